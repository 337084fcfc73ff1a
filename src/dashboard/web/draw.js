// A view as SVG, and tables as SVG for the files (the page has real tables).

function drawTable(canvas, visual, view, box) {
  const size = 11, line = 20, pad = 8;
  const numeric = view.columns.map((one) => one.numeric);
  const fits = Math.max(1, Math.floor((box.height - line - 4 - (view.total ? line : 0)) / line));
  const rows = view.rows.slice(0, fits);
  if (rows.length < view.rows.length) view.notes.push(`The picture shows the first ${rows.length} of ${formatValue(view.rows.length, {})} rows.`);
  const natural = view.columns.map((one, at) => Math.min(260, Math.max(textWidth(one.label, size, true), ...rows.map((row) => textWidth(row[at], size)), view.total ? textWidth(view.total[at], size, true) : 0)) + pad * 2);
  // Numbers are never cut; text may be, down to this.
  const least = natural.map((width, at) => (numeric[at] ? width : Math.min(width, 90)));
  let shown = natural.length, sum = 0;
  for (let at = 0; at < natural.length; at++) {
    sum += least[at];
    if (sum > box.width && at) { shown = at; break; }
  }
  if (shown < natural.length) view.notes.push(`The picture shows ${shown} of ${natural.length} columns.`);
  const widths = natural.slice(0, shown), wanted = widths.reduce((a, b) => a + b, 0);
  if (wanted > box.width) {
    const spare = widths.reduce((a, b, at) => a + b - least[at], 0);
    for (let at = 0; at < shown; at++) widths[at] -= spare ? ((widths[at] - least[at]) * Math.min(spare, wanted - box.width)) / spare : 0;
  } else for (let at = 0; at < shown; at++) widths[at] *= Math.min(1.6, box.width / wanted);
  const total = widths.reduce((a, b) => a + b, 0);
  let y = box.y + line / 2;
  const write = (cells, bold, fill) => {
    let x = box.x;
    for (let at = 0; at < shown; at++) {
      const text = ellipsize(cells[at], widths[at] - pad * 2, size, bold);
      canvas.text(numeric[at] ? x + widths[at] - pad : x + pad, y, text, { size, bold, fill, anchor: numeric[at] ? "end" : undefined });
      x += widths[at];
    }
    y += line;
  };
  write(view.columns.map((one) => one.label), true, canvas.theme.muted);
  canvas.line(box.x, y - line / 2, box.x + total, y - line / 2, { stroke: canvas.theme.axis });
  y += 2;
  rows.forEach((row, at) => {
    if (at) canvas.line(box.x, y - line / 2, box.x + total, y - line / 2);
    write(row, false);
  });
  if (view.total) {
    canvas.line(box.x, y - line / 2, box.x + total, y - line / 2, { stroke: canvas.theme.axis });
    write(view.total, true);
  }
}

const DRAWERS = { bar: drawBar, line: drawLine, pie: drawPie, scatter: drawScatter, box: drawBox, histogram: drawHistogram, heatmap: drawHeat, kpi: drawKpi, table: drawTable, pivot: drawTable };

/**
 * Draws a view. options: {width, height, theme, title: with title and notes, grow: may get larger than asked (the page
 * scrolls)}. Gives {svg, width, height, marks, notes}.
 */
function drawView(visual, view, options) {
  const first = paintView(visual, view, options, view.notes);
  // Drawing may find that not all fits and say so: then once more, with room for that.
  const painted = options.title && first.notes.length > view.notes.length ? paintView(visual, view, options, first.notes) : first;
  const { canvas, notes } = painted;
  return { svg: canvas.svg(describe(visual, view)), width: canvas.width, height: canvas.height, marks: canvas.marks, notes };
}

/** `expected`: the notes to leave room for. */
function paintView(visual, view, options, expected) {
  view = Object.assign({}, view, { notes: view.notes.slice() });
  const canvas = new Canvas(options.width, options.height, THEMES[options.theme || "light"]);
  const inset = options.title ? 16 : 2;
  const outer = { x: inset, y: inset, width: options.width - inset * 2, height: options.height - inset * 2 };
  let box = outer;
  if (options.title) {
    canvas.rect(0, 0, options.width, options.height, { fill: canvas.theme.paper });
    box = surround(canvas, visual, expected, box);
  }
  if (view.empty) noData(canvas, view, box);
  else DRAWERS[visual.kind](canvas, visual, view, box, options.grow);
  const notes = Array.from(new Set(view.notes));
  if (options.title) drawNotes(canvas, notes, outer);
  return { canvas, notes };
}

const KIND_NAMES = { bar: "Bar chart", line: "Line chart", pie: "Pie chart", scatter: "Scatter plot", box: "Box plot", histogram: "Histogram", heatmap: "Heat map", kpi: "Key figure", table: "Table", pivot: "Pivot table" };

/** One sentence for who does not see the picture. */
function describe(visual, view) {
  const what = `${KIND_NAMES[visual.kind]}: ${visual.title || visual.id}.`;
  if (visual.alt) return visual.alt;
  if (view.empty) return what + " No data.";
  if (visual.kind === "kpi") return `${what} ${view.label}: ${formatFull(view.value, view.measure.format)}.`;
  return `${what} ${view.rows.length} ${view.rows.length === 1 ? "row" : "rows"}.`;
}
