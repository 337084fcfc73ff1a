// Line charts (lines, areas, stacked areas) and scatter plots.

/** Positions of the categories: dates and numbers by value, text by place. Null is no place on a line of values. */
function linePositions(view) {
  const numbers = view.categories.map((one) => {
    if (one.other || one.value === null || one.value === undefined) return null;
    if (view.categoryType === "number") return Number(one.value);
    const match = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?/.exec(String(one.value));
    return match ? Date.UTC(+match[1], +match[2] - 1, +match[3], +(match[4] || 0), +(match[5] || 0), +(match[6] || 0)) : null;
  });
  const ascending = numbers.every((value, at) => value !== null && (at === 0 || value > numbers[at - 1]));
  return view.categoryType !== "text" && ascending ? numbers : view.categories.map((_, at) => at);
}

function drawLine(canvas, visual, view, box) {
  const entries = view.series.map((one, series) => ({ name: one.name, series: seriesColor(view, series), line: true }));
  box = legend(canvas, entries, box, Object.assign({ title: view.colorLabel }, visual.legend));
  const stacked = visual.options.type === "STACKED_AREA", area = stacked || visual.options.type === "AREA";
  const base = view.categories.map(() => 0);
  const lines = view.series.map((one) => one.values.map((value, at) => {
    if (!stacked) return value === null ? null : [0, value];
    const from = base[at];
    base[at] += value || 0;
    return [from, base[at]];
  }));
  const category = visual.axes.category || {};
  const title = titleOf(category, view.categoryLabel);
  const under = 20 + (title ? 20 : 0);
  const values = [].concat(...lines.map((line) => line.filter(Boolean).map((pair) => pair[1])));
  const options = Object.assign({ fallbackTitle: view.series.length === 1 || view.colorLabel ? view.series[0].measure.label : "" }, visual.axes.value);
  const { plot, scale, axis } = leftAxis(canvas, box, values, view.series[0].measure.format, options, area, under);
  const places = linePositions(view);
  const first = places[0], span = places[places.length - 1] - first;
  const across = (at) => (span > 0 ? plot.x + 6 + ((places[at] - first) / span) * (plot.width - 12) : plot.x + plot.width / 2);
  const floor = scale(Math.max(axis.low, Math.min(0, axis.high)));
  lines.forEach((line, series) => drawOneLine(canvas, visual, view, { line, series, across, scale, area, stacked, floor }));
  canvas.line(plot.x, plot.y + plot.height, plot.x + plot.width, plot.y + plot.height, { stroke: canvas.theme.axis });
  let free = -Infinity;
  view.categories.forEach((one, at) => {
    const text = ellipsize(one.label, 110, 11), half = textWidth(text, 11) / 2;
    const x = Math.max(plot.x + half - 20, Math.min(across(at), canvas.width - half - 2));
    if (x - half < free) return;
    canvas.text(x, plot.y + plot.height + 11, text, { size: 11, anchor: "middle", fill: canvas.theme.muted });
    free = x + half + 12;
  });
  bottomTitle(canvas, title, plot, box.y + box.height - 8);
}

function drawOneLine(canvas, visual, view, set) {
  const { line, series, across, scale } = set;
  const runs = [];
  line.forEach((pair, at) => {
    if (!pair) return;
    if (!at || !line[at - 1]) runs.push([]);
    runs[runs.length - 1].push([across(at), scale(pair[1]), set.stacked ? scale(pair[0]) : set.floor]);
  });
  const number = seriesColor(view, series), color = canvas.color(number), opacity = canvas.strength(number);
  for (const run of runs) {
    const top = run.map(([x, y]) => `${n2(x)} ${n2(y)}`).join("L");
    if (set.area) canvas.path(`M${top}L${run.slice().reverse().map(([x, , y]) => `${n2(x)} ${n2(y)}`).join("L")}Z`, { fill: color, "fill-opacity": set.stacked ? 0.75 * opacity : 0.22 });
    canvas.path(`M${top}`, { fill: "none", stroke: color, "stroke-width": 2, "stroke-opacity": opacity, "stroke-linejoin": "round" });
  }
  const many = line.length * view.series.length > 60;
  const radius = many ? 2.5 : 3;
  line.forEach((pair, at) => {
    if (!pair) return;
    const one = view.series[series];
    const x = across(at), y = scale(pair[1]);
    const attributes = canvas.mark([x, y], view.categories[at].label, [[one.name, formatFull(one.values[at], one.measure.format)]]);
    canvas.push("circle", Object.assign(attributes, { cx: x, cy: y, r: radius, fill: color, "fill-opacity": many ? 0 : opacity }));
    if (visual.labels.visible && line.length <= 14) canvas.text(x, y - 10, formatShort(one.values[at], one.measure.format), { size: 10.5, anchor: "middle" });
  });
}

function drawScatter(canvas, visual, view, box) {
  const entries = view.seriesNames.map((name, at) => ({ name, series: view.seriesColors[at] }));
  box = legend(canvas, entries, box, Object.assign({ title: view.colorLabel }, visual.legend));
  const { x, y, size } = view.fields;
  const xOptions = visual.axes.category || {};
  const title = titleOf(xOptions, x.label);
  const under = 20 + (title ? 20 : 0);
  const options = Object.assign({ fallbackTitle: y.label }, visual.axes.value);
  const { plot, scale } = leftAxis(canvas, box, view.points.map((point) => point.y), y.format, options, false, under);
  const axis = valueAxis(view.points.map((point) => point.x), Math.max(2, Math.min(9, Math.floor(plot.width / 70))), xOptions, false);
  const across = bottomAxis(canvas, plot, axis, x.format, xOptions);
  canvas.line(plot.x, plot.y + plot.height, plot.x + plot.width, plot.y + plot.height, { stroke: canvas.theme.axis });
  const largest = size ? Math.max(...view.points.map((point) => Math.abs(point.size || 0))) : 0;
  const many = view.points.length > 400;
  const numbers = new Map(view.seriesNames.map((name, at) => [name, view.seriesColors[at]]));
  for (const point of view.points) {
    if (point.x < axis.low || point.x > axis.high) continue;
    const radius = largest ? 2.5 + 15 * Math.sqrt(Math.abs(point.size || 0) / largest) : many ? 2.6 : 4;
    const lines = [[x.label, formatFull(point.x, x.format)], [y.label, formatFull(point.y, y.format)]];
    if (size) lines.push([size.label, formatFull(point.size, size.format)]);
    if (point.series) lines.push([view.colorLabel, point.series]);
    const attributes = canvas.mark([across(point.x), scale(point.y)], point.label, lines);
    canvas.push("circle", Object.assign(attributes, { cx: across(point.x), cy: scale(point.y), r: radius, fill: canvas.color(numbers.get(point.series)), "fill-opacity": many ? 0.55 : 0.7 }));
  }
  bottomTitle(canvas, title, plot, box.y + box.height - 8);
}
