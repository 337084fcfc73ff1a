// Pies, box plots, heat maps and KPIs.

function drawPie(canvas, visual, view, box) {
  let slices = view.series.length > 1 && !view.categoryLabel
    ? view.series.map((one) => ({ name: one.name, value: one.values[0], measure: one.measure }))
    : view.categories.map((one, at) => ({ name: one.label, series: one.color, value: view.series[0].values[at], measure: view.series[0].measure }));
  if (slices.some((one) => one.value < 0)) view.notes.push("Negative values have no slice.");
  slices = slices.filter((one) => one.value > 0);
  const total = slices.reduce((sum, one) => sum + one.value, 0);
  if (!total) return noData(canvas, view, box);
  slices.forEach((one, at) => { if (one.series === undefined) one.series = at; });
  const percent = (value) => formatValue(value / total, { style: "percent", decimals: 1 });
  box = legend(canvas, slices.map((one) => ({ name: one.name, series: one.series })), box, Object.assign({ title: view.categoryLabel }, visual.legend));
  const labels = visual.labels.visible !== false;
  const outer = Math.max(10, Math.min(box.width / 2 - (labels ? 62 : 6), box.height / 2 - (labels ? 20 : 6)));
  const inner = outer * (visual.options.donut || 0);
  const cx = box.x + box.width / 2, cy = box.y + box.height / 2;
  let angle = -Math.PI / 2;
  for (const one of slices) {
    const sweep = (one.value / total) * Math.PI * 2, end = angle + sweep, middle = angle + sweep / 2;
    const at = (radius, a) => `${n2(cx + radius * Math.cos(a))} ${n2(cy + radius * Math.sin(a))}`;
    const arc = (radius, to, clockwise) => `A${n2(radius)} ${n2(radius)} 0 ${sweep > Math.PI ? 1 : 0} ${clockwise} ${to}`;
    const whole = sweep > Math.PI * 2 - 1e-6;
    const tip = canvas.mark([cx + (outer + inner) / 2 * Math.cos(middle), cy + (outer + inner) / 2 * Math.sin(middle)], one.name, [[one.measure.label, formatFull(one.value, one.measure.format)], ["Share", percent(one.value)]]);
    const paint = Object.assign(tip, { fill: canvas.color(one.series), "fill-opacity": canvas.strength(one.series), stroke: canvas.theme.paper, "stroke-width": 1.5 });
    if (whole) canvas.push("circle", Object.assign(paint, { cx, cy, r: (outer + inner) / 2, fill: "none", stroke: canvas.color(one.series), "stroke-width": outer - inner }));
    else canvas.path(inner ? `M${at(outer, angle)}${arc(outer, at(outer, end), 1)}L${at(inner, end)}${arc(inner, at(inner, angle), 0)}Z` : `M${n2(cx)} ${n2(cy)}L${at(outer, angle)}${arc(outer, at(outer, end), 1)}Z`, paint);
    if (labels && sweep > 0.2) {
      const x = cx + (outer + 9) * Math.cos(middle), y = cy + (outer + 12) * Math.sin(middle);
      canvas.text(x, y, `${percent(one.value)}`, { size: 11, anchor: Math.abs(Math.cos(middle)) < 0.25 ? "middle" : Math.cos(middle) > 0 ? "start" : "end" });
    }
    angle = end;
  }
  if (inner > 34 && !visual.options.additive) {
    const measure = slices[0].measure;
    if (measure.aggregation === "SUM" || measure.aggregation === "COUNT") canvas.text(cx, cy, ellipsize(formatShort(total, measure.format), inner * 1.7, 17, true), { size: 17, bold: true, anchor: "middle" });
  }
}

function drawBox(canvas, visual, view, box, grow) {
  const entries = view.series.map((one, series) => ({ name: one.name, series }));
  box = legend(canvas, entries, box, visual.legend);
  const least = 14 * view.series.length + 6;
  const setup = {};
  const count = cut(view, box.width - 70, least, grow, setup);
  if (grow && count * least > box.width - 70) {
    canvas.width += count * least - (box.width - 70);
    box = Object.assign({}, box, { width: 70 + count * least });
  }
  const labels = view.categories.slice(0, count).map((one) => one.label);
  const category = visual.axes.category || {};
  const title = titleOf(category, view.categoryLabel);
  const set = bandLabels(labels, (box.width - 70) / count, box.height, false);
  const under = set.height + (title ? 20 : 0);
  const values = [].concat(...view.series.map((one) => [].concat(...one.boxes.slice(0, count).filter(Boolean).map((b) => [b.min, b.max]))));
  const options = Object.assign({ fallbackTitle: view.series.length === 1 ? view.series[0].name : "" }, visual.axes.value);
  const { plot, scale } = leftAxis(canvas, box, values, view.series[0].measure.format, options, false, under);
  const band = plot.width / count, width = Math.min((band * 0.62) / view.series.length, 52);
  view.series.forEach((one, series) => one.boxes.slice(0, count).forEach((b, at) => {
    if (!b) return;
    const x = plot.x + band * (at + 0.5) + (series - (view.series.length - 1) / 2) * width * 1.12;
    drawOneBox(canvas, { b, x, width, scale, series, name: labels[at] || one.name, format: one.measure.format, solid: visual.options.fill !== "TRANSPARENT" });
  }));
  canvas.line(plot.x, plot.y + plot.height, plot.x + plot.width, plot.y + plot.height, { stroke: canvas.theme.axis });
  drawBandLabels(canvas, set, plot, band);
  bottomTitle(canvas, title, plot, box.y + box.height - 8);
}

function drawOneBox(canvas, set) {
  const { b, x, width, scale, series } = set;
  const color = canvas.color(series), half = width / 2, write = (value) => formatFull(value, set.format);
  const stroke = { stroke: color, "stroke-width": 1.5 };
  for (const [value, rows] of b.outliers) {
    const attributes = canvas.mark([x, scale(value)], set.name, [["Outlier", write(value)]].concat(rows > 1 ? [["Rows", String(rows)]] : []));
    canvas.push("circle", Object.assign(attributes, { cx: x, cy: scale(value), r: 2.4, fill: color, "fill-opacity": 0.6 }));
  }
  canvas.line(x, scale(b.low), x, scale(b.q1), stroke);
  canvas.line(x, scale(b.q3), x, scale(b.high), stroke);
  for (const end of [b.low, b.high]) canvas.line(x - half * 0.5, scale(end), x + half * 0.5, scale(end), stroke);
  const lines = [["Maximum", write(b.max)], ["Third quartile", write(b.q3)], ["Median", write(b.median)], ["First quartile", write(b.q1)], ["Minimum", write(b.min)]];
  const attributes = canvas.mark([x, scale(b.q3)], set.name, lines);
  canvas.rect(x - half, scale(b.q3), width, Math.max(1, scale(b.q1) - scale(b.q3)), Object.assign(attributes, { fill: color, "fill-opacity": set.solid ? 0.28 : 0.02, rx: 1.5 }, stroke));
  canvas.line(x - half, scale(b.median), x + half, scale(b.median), { stroke: color, "stroke-width": 2.5, "pointer-events": "none" });
}

function drawHeat(canvas, visual, view, box, grow) {
  const size = 11;
  const columns = view.columnsAxis, rows = view.rowsAxis;
  const widest = Math.min(Math.max(...rows.map((one) => textWidth(one.label, size))), box.width * 0.3);
  const rowTitle = titleOf(visual.axes.row, view.rowLabel), columnTitle = titleOf(visual.axes.column, view.columnLabel);
  const left = widest + 8 + (rowTitle ? 18 : 0);
  let band = (box.width - left) / columns.length;
  const set = bandLabels(columns.map((one) => one.label), band, box.height, false);
  const under = set.height + (columnTitle ? 20 : 0) + 28;
  const least = 15;
  let shown = rows.length;
  if (rows.length * least > box.height - under) {
    if (grow) { canvas.height += rows.length * least - (box.height - under); box = Object.assign({}, box, { height: rows.length * least + under }); }
    else { shown = Math.max(1, Math.floor((box.height - under) / least)); view.notes.push(`The picture shows ${shown} of ${rows.length} values of ${view.rowLabel}.`); }
  }
  const plot = { x: box.x + left, y: box.y + 2, width: box.width - left, height: box.height - under - 2 };
  band = plot.width / columns.length;
  const high = plot.height / shown;
  const all = [].concat(...view.cells).filter((value) => value !== null);
  const low = Math.min(...all), top = Math.max(...all);
  // All cells have their number or none.
  const longest = Math.max(0, ...all.map((value) => textWidth(formatShort(value, view.measure.format), 10.5)));
  const numbers = visual.labels.visible !== false && high >= 15 && longest + 4 < band;
  // Black or white text has a contrast of 4.5 on every strength (tests/drawing.rs).
  const strength = (value) => 0.08 + 0.92 * (top > low ? (value - low) / (top - low) : 0.6);
  rows.slice(0, shown).forEach((row, r) => {
    canvas.text(plot.x - 6, plot.y + high * (r + 0.5), ellipsize(row.label, widest, size), { size, anchor: "end", fill: canvas.theme.muted });
    columns.forEach((column, c) => {
      const value = view.cells[r][c];
      if (value === null) return;
      const x = plot.x + band * c, y = plot.y + high * r;
      const attributes = canvas.mark([x + band / 2, y + high / 2], [row.label, column.label].filter(Boolean).join(" / "), [[view.measure.label, formatFull(value, view.measure.format)]]);
      canvas.rect(x + 0.5, y + 0.5, band - 1, high - 1, Object.assign(attributes, { fill: canvas.color(0), "fill-opacity": strength(value) }));
      const text = formatShort(value, view.measure.format);
      if (numbers)
        canvas.text(x + band / 2, y + high / 2, text, { size: 10.5, anchor: "middle", fill: canvas.theme.onHeat[strength(value) < 0.65 ? 0 : strength(value) < 0.86 ? 1 : 2] });
    });
  });
  drawBandLabels(canvas, set, plot, band);
  const scaleY = plot.y + plot.height + set.height + (columnTitle ? 20 : 0) + 12;
  bottomTitle(canvas, columnTitle, plot, plot.y + plot.height + set.height + 8);
  if (rowTitle) canvas.text(box.x + 7, plot.y + plot.height / 2, ellipsize(rowTitle, plot.height, 11.5), { size: 11.5, anchor: "middle", rotate: -90, fill: canvas.theme.muted });
  if (visual.legend.visible !== false) heatLegend(canvas, view, plot, scaleY, low, top, strength);
}

function heatLegend(canvas, view, plot, y, low, top, strength) {
  const write = (value) => formatShort(value, view.measure.format), size = 10.5;
  const name = ellipsize(view.measure.label, Math.max(0, plot.width - 260), size);
  let x = plot.x;
  if (name) { canvas.text(x, y, name, { size, fill: canvas.theme.muted }); x += textWidth(name, size) + 10; }
  canvas.text(x, y, write(low), { size, fill: canvas.theme.muted });
  x += textWidth(write(low), size) + 6;
  for (let i = 0; i < 10; i++) canvas.rect(x + i * 9, y - 5, 9, 10, { fill: canvas.color(0), "fill-opacity": strength(low + ((top - low) * i) / 9) });
  canvas.text(x + 96, y, write(top), { size, fill: canvas.theme.muted });
}

function drawKpi(canvas, visual, view, box) {
  const text = formatShort(view.value, view.measure.format);
  const spark = view.spark && view.spark.length > 2 && visual.options.sparkline !== false && box.height > 84;
  const size = Math.max(14, Math.min(40, (box.height - (view.compared ? 22 : 0) - (spark ? 40 : 0)) * 0.62, (box.width / textWidth(text, 1, true)) * 0.95));
  const height = size + (view.compared ? 22 : 0) + (spark ? 40 : 0);
  let y = box.y + Math.max(0, (box.height - height) / 2) + size / 2;
  const full = [[view.label, formatFull(view.value, view.measure.format)]];
  const attributes = canvas.mark([box.x + textWidth(text, size, true) / 2, y - size / 2], visual.title || view.measure.label, full);
  canvas.rect(box.x - 4, y - size * 0.6, textWidth(text, size, true) + 8, size * 1.2, Object.assign(attributes, { fill: canvas.theme.paper, "fill-opacity": 0.01, rx: 4 }));
  canvas.text(box.x, y, text, { size, bold: true });
  y += size / 2 + 13;
  if (view.compared) {
    const color = view.compared.difference > 0 ? canvas.theme.good : view.compared.difference < 0 ? canvas.theme.bad : canvas.theme.muted;
    const arrow = view.compared.difference > 0 ? "▲ " : view.compared.difference < 0 ? "▼ " : "";
    canvas.text(box.x, y, arrow + view.compared.text, { size: 12, bold: true, fill: color });
    const used = textWidth(arrow + view.compared.text, 12, true) + 12;
    canvas.text(box.x + used, y, ellipsize(view.compared.name, box.width - used, 11), { size: 11, fill: canvas.theme.muted });
    y += 20;
  }
  if (!spark) return;
  const values = view.spark.map((step) => step.value).filter((value) => typeof value === "number");
  const scale = scaleOf(niceTicks(Math.min(...values), Math.max(...values), 4), y + 34, y + 2);
  const points = view.spark.map((step, at) => (typeof step.value === "number" ? `${n2(box.x + (at / (view.spark.length - 1)) * (box.width - 8))} ${n2(scale(step.value))}` : null)).filter(Boolean);
  canvas.path(`M${points.join("L")}`, { fill: "none", stroke: canvas.color(0), "stroke-width": 1.75 });
}
