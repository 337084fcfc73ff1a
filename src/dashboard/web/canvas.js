// The drawing surface: pieces of SVG, the marks that carry tooltips, and what surrounds every chart.

const THEMES = {
  light: { paper: "#ffffff", ink: "#1b2430", muted: "#566171", grid: "#e3e7ec", axis: "#8a94a3", good: "#00734f", bad: "#a5322e", onHeat: ["#000000", "#000000", "#ffffff"],
    series: ["#2563a8", "#c65d00", "#00806b", "#b0438f", "#8f7400", "#3a85b5", "#a5322e", "#6b7280"] },
  dark: { paper: "#161b22", ink: "#e8ecf1", muted: "#a8b2bf", grid: "#2c333d", axis: "#7a8594", good: "#4fc99a", bad: "#f08078", onHeat: ["#ffffff", "#000000", "#000000"],
    series: ["#6fa8f0", "#f29a4a", "#3fc2a6", "#e288c4", "#d9bc4a", "#8fd6f7", "#f08078", "#a7afbb"] },
  // The page: colours are CSS variables, so that a theme changes without drawing again.
  page: { paper: "var(--paper)", ink: "var(--ink)", muted: "var(--muted)", grid: "var(--grid)", axis: "var(--axis)", good: "var(--good)", bad: "var(--bad)", onHeat: ["var(--heat0)", "var(--heat1)", "var(--heat2)"],
    series: [0, 1, 2, 3, 4, 5, 6, 7].map((at) => `var(--s${at})`) },
};
const FONT = "Inter, system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', 'DejaVu Sans', sans-serif";

class Canvas {
  constructor(width, height, theme) {
    Object.assign(this, { width, height, theme, parts: [], marks: [] });
  }
  color(series) {
    return this.theme.series[series % this.theme.series.length];
  }
  /** After eight series the colours repeat, lighter. */
  strength(series) {
    return [1, 0.62, 0.38][Math.floor(series / this.theme.series.length) % 3];
  }
  push(name, attributes, body) {
    const list = Object.keys(attributes).filter((key) => attributes[key] !== undefined && attributes[key] !== null)
      .map((key) => ` ${key}="${typeof attributes[key] === "number" ? n2(attributes[key]) : escapeText(attributes[key])}"`).join("");
    this.parts.push(body === undefined ? `<${name}${list}/>` : `<${name}${list}>${body}</${name}>`);
  }
  rect(x, y, width, height, attributes) {
    this.push("rect", Object.assign({ x, y, width: Math.max(0, width), height: Math.max(0, height) }, attributes));
  }
  line(x1, y1, x2, y2, attributes) {
    this.push("line", Object.assign({ x1, y1, x2, y2, stroke: this.theme.grid }, attributes));
  }
  path(d, attributes) {
    this.push("path", Object.assign({ d }, attributes));
  }
  /** `y` is the middle of the line. options: size, anchor, fill, bold, rotate */
  text(x, y, text, options) {
    options = options || {};
    if (text === "") return;
    const size = options.size || 12;
    const baseline = y + size * 0.355;
    this.push("text", {
      x, y: options.rotate ? y : baseline, "font-size": size, "text-anchor": options.anchor,
      fill: options.fill || this.theme.ink, "font-weight": options.bold ? 600 : undefined,
      transform: options.rotate ? `rotate(${options.rotate} ${n2(x)} ${n2(y)}) translate(0 ${n2(size * 0.355)})` : undefined,
    }, escapeText(text));
  }
  /** Declares the next shape a mark: returns the attributes it needs. `at`: where its tooltip points. */
  mark(at, title, lines) {
    this.marks.push({ x: at[0], y: at[1], title, lines });
    return { class: "m", "data-m": this.marks.length - 1 };
  }
  svg(name) {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${n2(this.width)}" height="${n2(this.height)}" viewBox="0 0 ${n2(this.width)} ${n2(this.height)}" font-family="${escapeText(FONT)}" role="img" aria-label="${escapeText(name)}">${this.parts.join("")}</svg>`;
  }
}

const NOTE_SIZE = 10.5;
const noteLines = (notes, width) => [].concat(...notes.slice(0, 3).map((note) => wrap(note, width, NOTE_SIZE, 2)));

/** Title and subtitle of a picture in a file (the page has them as html). Gives the box that they and the notes leave. */
function surround(canvas, visual, notes, box) {
  let top = box.y;
  for (const line of visual.title ? wrap(visual.title, box.width, 15, 2, true) : []) { canvas.text(box.x, top + 10, line, { size: 15, bold: true }); top += 20; }
  for (const line of visual.subtitle ? wrap(visual.subtitle, box.width, 12, 2) : []) { canvas.text(box.x, top + 7, line, { fill: canvas.theme.muted }); top += 16; }
  if (top > box.y) top += 8;
  const lines = noteLines(notes, box.width).length;
  return { x: box.x, y: top, width: box.width, height: box.y + box.height - top - (lines ? lines * 14 + 4 : 0) };
}

/** Notes at the foot of `box`. */
function drawNotes(canvas, notes, box) {
  const lines = noteLines(notes, box.width);
  lines.forEach((line, at) => canvas.text(box.x, box.y + box.height - 6 - (lines.length - 1 - at) * 14, line, { size: NOTE_SIZE, fill: canvas.theme.muted }));
}

function noData(canvas, view, box) {
  const text = view.undecided ? "Not known for several values" : "No data";
  canvas.text(box.x + box.width / 2, box.y + box.height / 2, text, { size: 14, anchor: "middle", fill: canvas.theme.muted });
}

/** Entries: {name, series, line}. Draws the legend and gives the box that is left. */
function legend(canvas, entries, box, options) {
  if (entries.length < 2 || options.visible === false) return box;
  const size = 11.5;
  const swatch = (x, y, entry) => {
    const attributes = { fill: canvas.color(entry.series), "fill-opacity": canvas.strength(entry.series) };
    if (entry.line) canvas.rect(x, y - 1.5, 12, 3, Object.assign({ rx: 1.5 }, attributes));
    else canvas.rect(x, y - 5, 10, 10, Object.assign({ rx: 2 }, attributes));
  };
  const longest = Math.max(...entries.map((entry) => textWidth(entry.name, size)));
  if (options.position !== "TOP" && options.position !== "BOTTOM" && box.width >= 520) {
    const width = Math.min(Math.max(longest + 18, textWidth(options.title || "", size, true)), box.width * 0.26);
    const lines = Math.max(1, Math.floor(box.height / 18) - (options.title ? 1 : 0));
    const shown = entries.length > lines ? entries.slice(0, lines - 1) : entries;
    let y = box.y + 9;
    const x = box.x + box.width - width;
    if (options.title) { canvas.text(x, y, ellipsize(options.title, width, size, true), { size, bold: true }); y += 18; }
    for (const entry of shown) { swatch(x, y, entry); canvas.text(x + 16, y, ellipsize(entry.name, width - 16, size), { size }); y += 18; }
    if (shown.length < entries.length) canvas.text(x, y, `+${entries.length - shown.length} more`, { size, fill: canvas.theme.muted });
    return { x: box.x, y: box.y, width: box.width - width - 16, height: box.height };
  }
  const rows = [[]];
  let used = 0;
  for (const entry of entries) {
    const width = Math.min(textWidth(entry.name, size), 160) + 30;
    if (used + width > box.width && used) { rows.push([]); used = 0; }
    rows[rows.length - 1].push({ entry, x: used });
    used += width;
  }
  const most = Math.max(1, Math.min(3, Math.floor(box.height / 90)));
  const shown = rows.slice(0, most);
  const hidden = entries.length - shown.reduce((sum, row) => sum + row.length, 0);
  const height = shown.length * 18 + (hidden ? 18 : 0) + 6;
  let y = options.position === "BOTTOM" ? box.y + box.height - height + 12 : box.y + 8;
  for (const row of shown) {
    for (const one of row) { swatch(box.x + one.x, y, one.entry); canvas.text(box.x + one.x + 16, y, ellipsize(one.entry.name, 160, size), { size }); }
    y += 18;
  }
  if (hidden) canvas.text(box.x, y, `+${hidden} more`, { size, fill: canvas.theme.muted });
  return { x: box.x, y: options.position === "BOTTOM" ? box.y : box.y + height, width: box.width, height: box.height - height };
}

/** The title of an axis: the definition's, or `fallback`. */
function titleOf(options, fallback) {
  if (options && options.titleVisible === false) return "";
  return (options && options.title) || fallback || "";
}

/** How the labels of bands are set: {mode: "flat"|"turned"|"thinned", every, height, shown}. */
function bandLabels(labels, band, room, thinFirst) {
  const size = 11;
  const widest = labels.reduce((most, text) => Math.max(most, textWidth(text, size)), 0);
  if (widest <= band - 6) return { mode: "flat", every: 1, height: 18, shown: labels, size };
  if (thinFirst) {
    const every = Math.max(1, Math.ceil((widest + 10) / band));
    return { mode: "flat", every, height: 18, shown: labels, size };
  }
  const lines = labels.map((text) => wrap(text, band - 6, size, 2));
  if (labels.length <= 12 && labels.every((text, at) => lines[at].join(" ") === text.trim())) return { mode: "lines", every: 1, height: 32, shown: labels, lines, size };
  const length = Math.min(widest, Math.max(40, room * 0.3), 120);
  // At 45 degrees lines of 13 px need 18.4 px of the axis.
  const every = Math.max(1, Math.ceil(18.4 / band));
  return { mode: "turned", every, height: length * 0.71 + 16, shown: labels.map((text) => ellipsize(text, length, size)), size };
}

function drawBandLabels(canvas, set, plot, band) {
  set.shown.forEach((text, at) => {
    if (at % set.every) return;
    const x = plot.x + band * (at + 0.5), y = plot.y + plot.height + 11;
    const options = { size: set.size, fill: canvas.theme.muted };
    if (set.mode === "turned") canvas.text(x + 2, y - 3, ellipsize(text, (x - 4) / 0.71, set.size), Object.assign({ anchor: "end", rotate: -45 }, options));
    else if (set.mode === "lines") set.lines[at].forEach((line, row) => canvas.text(x, y + row * 13, line, Object.assign({ anchor: "middle" }, options)));
    else canvas.text(x, y, text, Object.assign({ anchor: "middle" }, options));
  });
}

/** A vertical value axis: ticks, grid, title. `under`: height of what is below the plot. */
function leftAxis(canvas, box, values, format, options, zero, under) {
  options = options || {};
  const count = Math.max(2, Math.min(7, Math.floor((box.height - under) / 45)));
  const axis = valueAxis(values, count, options, zero);
  const write = tickFormatter(axis.ticks, axis.step, axis.log ? Object.assign({}, format) : format);
  const texts = axis.ticks.map(axis.log ? (tick) => formatShort(tick, format) : write);
  const title = titleOf(options, options.fallbackTitle);
  const width = (options.hidden ? 0 : Math.max(0, ...texts.map((text) => textWidth(text, 11))) + 8) + (title ? 18 : 0);
  const plot = { x: box.x + width, y: box.y + 8, width: Math.max(10, box.width - width - 6), height: Math.max(10, box.height - under - 8) };
  const scale = scaleOf(axis, plot.y + plot.height, plot.y);
  axis.ticks.forEach((tick, at) => {
    const y = scale(tick);
    if (options.grid !== false) canvas.line(plot.x, y, plot.x + plot.width, y);
    if (!options.hidden) canvas.text(plot.x - 6, y, texts[at], { size: 11, anchor: "end", fill: canvas.theme.muted });
  });
  if (title) canvas.text(box.x + 7, plot.y + plot.height / 2, ellipsize(title, plot.height, 11.5), { size: 11.5, anchor: "middle", rotate: -90, fill: canvas.theme.muted });
  return { plot, scale, axis };
}

/** A horizontal value axis below the plot; `plot` is known. */
function bottomAxis(canvas, plot, axis, format, options) {
  options = options || {};
  const scale = scaleOf(axis, plot.x, plot.x + plot.width);
  const write = axis.log ? (tick) => formatShort(tick, format) : tickFormatter(axis.ticks, axis.step, format);
  const texts = axis.ticks.map(write);
  const widest = Math.max(...texts.map((text) => textWidth(text, 11)));
  const gap = axis.ticks.length > 1 ? Math.abs(scale(axis.ticks[1]) - scale(axis.ticks[0])) : Infinity;
  const every = Math.max(1, Math.ceil((widest + 10) / gap));
  axis.ticks.forEach((tick, at) => {
    const x = scale(tick);
    if (options.grid !== false) canvas.line(x, plot.y, x, plot.y + plot.height);
    if (!options.hidden && at % every === 0) canvas.text(x, plot.y + plot.height + 11, texts[at], { size: 11, anchor: "middle", fill: canvas.theme.muted });
  });
  return scale;
}

function bottomTitle(canvas, text, plot, y) {
  if (text) canvas.text(plot.x + plot.width / 2, y, ellipsize(text, plot.width, 11.5), { size: 11.5, anchor: "middle", fill: canvas.theme.muted });
}
