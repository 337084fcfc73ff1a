// What a visual shows under a selection: numbers and labels, no geometry. The page's data tables, the pictures and the
// charts in the terminal are all made of this.
// {kind, empty, notes, columns: [{label, numeric}], rows: [[text]], ...what the kind needs}

const dimsWith = (visual, role) => visual.dims.map((dim, index) => ({ dim, index })).filter((one) => one.dim.role === role);
const measuresWith = (visual, role) => visual.measures.filter((measure) => measure.role === role);

const palettes = new WeakMap();
const MOST_COLORS = 23;

/**
 * The colour of a dimension's value: its place among all values, whatever is selected, so that a filter changes no
 * colour. Of more values than can be told apart, undefined: then the place in the picture decides.
 */
function colorOf(visual, index, value, other) {
  if (!palettes.has(visual)) palettes.set(visual, new Map());
  const known = palettes.get(visual);
  if (!known.has(index)) {
    const all = new Map();
    for (const cube of visual.cubes) for (let row = 0; row < cube.length && all.size <= MOST_COLORS; row++) {
      const one = cell(cube.dims[index], row);
      all.set(keyOf(one), one);
    }
    const sorted = Array.from(all.values()).sort(compare).map(keyOf);
    known.set(index, new Map(sorted.map((key, at) => [key, at])));
  }
  const places = known.get(index);
  if (places.size > MOST_COLORS) return undefined;
  return other ? places.size : places.get(keyOf(value));
}

function label(dim, value, other) {
  if (other) return "Other";
  if (value === null || value === undefined) return (dim.format && dim.format.nullText) || "null";
  if (value === "") return "(empty)";
  return formatValue(value, dim.format);
}

function fullOrDash(value, measure) {
  return value === null || value === undefined ? "–" : formatFull(value, measure.format);
}

/** As the visual shows it; a dash for what is not known. `missing`: what to write for null, where that is no value. */
function known(value, measure, missing) {
  if (value === undefined) return "–";
  return value === null && missing ? missing : formatValue(value, measure.format);
}

function baseView(visual) {
  return { kind: visual.kind, empty: false, notes: visual.notes.slice(), columns: [], rows: [] };
}

/** The order where the definition gives none: dates and numbers ascend, text descends by the first measure. */
function defaultSort(visual, role, index) {
  const dim = visual.dims[index];
  return dim.type === "text" && role !== "color" ? [{ measure: 0, descending: true }] : [{ dim: index, descending: false }];
}

function sortRules(rules, map) {
  return rules.map((rule) => (rule.dim === undefined ? rule : Object.assign({}, rule, { dim: map[rule.dim] })))
    .filter((rule) => rule.measure !== undefined || rule.dim !== undefined);
}

const UNDECIDED = "A percentile, distinct count or variance of this many rows is known for one value of a filter or for all of them, not for several.";

function noteUndecided(view, grouped) {
  if (!grouped.undecided) return;
  view.undecided = true;
  view.notes.push(UNDECIDED);
}

/** Categories and series: bars, lines, pies. */
function seriesView(visual, selections) {
  const view = baseView(visual);
  const category = dimsWith(visual, "category")[0], color = dimsWith(visual, "color")[0];
  const shown = measuresWith(visual, "value");
  const byCategory = group(visual, selections, category ? [category.index] : []);
  noteUndecided(view, byCategory);
  const sort = visual.sort.length ? visual.sort : category ? defaultSort(visual, "category", category.index) : [];
  const sorted = sortGroups(byCategory.groups, sortRules(sort, category ? { [category.index]: 0 } : {}));
  const limited = limitGroups(visual, sorted, visual.limit);
  if (limited.rest && !(visual.limit && visual.limit.other))
    view.notes.push(`The first ${visual.limit.count} of ${sorted.length} values of ${category.dim.label}.`);
  view.categories = limited.list.map((one) => ({ key: one.key, value: one.values[0], color: category ? colorOf(visual, category.index, one.values[0], one.other) : 0, label: category ? label(category.dim, one.values[0], one.other) : "", other: one.other || 0 }));
  view.categoryLabel = category ? category.dim.label : "";
  view.categoryType = category ? category.dim.type : "text";
  view.granularity = category && category.dim.format ? category.dim.format.granularity : undefined;
  view.measures = shown;
  if (color) colorSeries(view, visual, selections, category, color, limited.list, shown[0]);
  else view.series = shown.map((measure) => ({ name: measure.label, measure, values: limited.list.map((one) => one.results[measure.index]) }));
  view.empty = !view.categories.length || !view.series.some((one) => one.values.some((value) => value !== null && value !== undefined));
  view.columns = [{ label: view.categoryLabel || "" }].concat(view.series.map((one) => ({ label: one.name, numeric: true })));
  view.rows = view.categories.map((one, at) => [one.label].concat(view.series.map((series) => fullOrDash(series.values[at], series.measure))));
  return view;
}

function colorSeries(view, visual, selections, category, color, kept, measure) {
  const palette = sortGroups(group(visual, selections, [color.index]).groups, sortRules(visual.colorSort.length ? visual.colorSort : [{ dim: color.index }], { [color.index]: 0 }));
  const limited = limitGroups(visual, palette, visual.colorLimit || { count: 20, other: true });
  const cells = group(visual, selections, category ? [category.index, color.index] : [color.index]).groups;
  const own = new Set(kept.filter((one) => !one.other).map((one) => one.key));
  const colors = new Set(limited.list.filter((one) => !one.other).map((one) => one.key));
  const buckets = new Map();
  for (const one of cells) {
    const categoryKey = category ? keyOf(one.values[0]) : "";
    const colorKey = keyOf(one.values[category ? 1 : 0]);
    const key = (own.has(categoryKey) ? categoryKey : "\u0000other") + "\u0001" + (colors.has(colorKey) ? colorKey : "\u0000other");
    if (!buckets.has(key)) buckets.set(key, []);
    buckets.get(key).push(one);
  }
  view.colorLabel = color.dim.label;
  view.series = limited.list.map((one) => ({
    name: label(color.dim, one.values[0], one.other), measure, color: colorOf(visual, color.index, one.values[0], one.other),
    values: kept.map((row) => {
      const bucket = buckets.get((row.other ? "\u0000other" : row.key) + "\u0001" + (one.other ? "\u0000other" : one.key));
      return bucket ? mergeGroups(visual, [], bucket).results[measure.index] : null;
    }),
  }));
}

function scatterView(visual, selections) {
  const view = baseView(visual);
  const x = visual.x, y = visual.y, size = visual.size;
  const pick = (one, field) => (!field ? null : field.dim !== undefined ? one.values[field.dim] : one.results[field.measure]);
  const list = visual.cubes[0] && visual.cubes[0].kind === "rows" ? rawRows(visual, selections) : group(visual, selections, visual.dims.map((_, index) => index)).groups;
  const color = dimsWith(visual, "color")[0], name = dimsWith(visual, "label")[0];
  view.points = [];
  let missing = 0;
  for (const one of list) {
    const px = pick(one, x), py = pick(one, y);
    if (typeof px !== "number" || typeof py !== "number") { missing++; continue; }
    view.points.push({ x: px, y: py, size: pick(one, size), series: color ? label(color.dim, one.values[color.index]) : "", color: color ? colorOf(visual, color.index, one.values[color.index]) : 0, label: name ? label(name.dim, one.values[name.index]) : "" });
  }
  if (missing) view.notes.push(`${missing} ${missing === 1 ? "row has" : "rows have"} no value on one of the axes and ${missing === 1 ? "is" : "are"} not drawn.`);
  const colors = new Map(view.points.map((point) => [point.series, point.color]));
  view.seriesNames = Array.from(colors.keys()).sort(compare);
  view.seriesColors = view.seriesNames.map((name, at) => (colors.get(name) === undefined ? at : colors.get(name)));
  view.colorLabel = color ? color.dim.label : "";
  view.fields = { x, y, size };
  view.empty = !view.points.length;
  view.columns = [];
  if (name) view.columns.push({ label: name.dim.label });
  if (color) view.columns.push({ label: color.dim.label });
  view.columns.push({ label: x.label, numeric: true }, { label: y.label, numeric: true });
  if (size) view.columns.push({ label: size.label, numeric: true });
  view.rows = view.points.map((point) => [].concat(name ? [point.label] : [], color ? [point.series] : [], [formatFull(point.x, x.format), formatFull(point.y, y.format)], size ? [fullOrDash(point.size, size)] : []));
  return view;
}

/** Rows as they came: dimensions and, for measures of unaggregated visuals, the column's value. */
function rawRows(visual, selections) {
  const cube = visual.cubes[0], list = [];
  for (let row = 0; row < cube.length; row++) {
    if (!passes(cube, row, visual.controls, selections)) continue;
    list.push({ key: String(row), values: cube.dims.map((column) => cell(column, row)), results: visual.measures.map((measure) => cell(cube.columns[measure.at.raw], row)) });
  }
  return list;
}

function boxView(visual, selections) {
  const view = baseView(visual);
  const category = dimsWith(visual, "category")[0];
  const { groups, undecided } = group(visual, selections, category ? [category.index] : []);
  noteUndecided(view, { undecided });
  const sort = visual.sort.length ? visual.sort : category ? [{ dim: category.index }] : [];
  const sorted = sortGroups(groups, sortRules(sort, category ? { [category.index]: 0 } : {}));
  const limited = limitGroups(visual, sorted, visual.limit ? { count: visual.limit.count, other: false } : null);
  if (limited.rest) view.notes.push(`The first ${visual.limit.count} of ${sorted.length} values of ${category.dim.label}.`);
  view.categoryLabel = category ? category.dim.label : "";
  view.categories = limited.list.map((one) => ({ label: category ? label(category.dim, one.values[0]) : "" }));
  const fields = Array.from(new Set(visual.measures.filter((m) => m.role === "value").map((m) => m.field)));
  view.series = fields.map((field) => {
    const own = visual.measures.filter((measure) => measure.field === field);
    return { name: own[0].label, measure: own[0], boxes: limited.list.map((one) => boxOf(one, own, visual.options.outliers !== false)) };
  });
  view.measures = view.series.map((one) => one.measure);
  view.empty = !view.series.some((one) => one.boxes.some(Boolean));
  view.columns = [{ label: view.categoryLabel }];
  for (const one of view.series) for (const what of ["minimum", "first quartile", "median", "third quartile", "maximum"])
    view.columns.push({ label: (view.series.length > 1 ? one.name + ", " : "") + what, numeric: true });
  view.rows = view.categories.map((one, at) => [one.label].concat(...view.series.map((series) => {
    const box = series.boxes[at];
    return box ? [box.min, box.q1, box.median, box.q3, box.max].map((value) => formatFull(value, series.measure.format)) : ["–", "–", "–", "–", "–"];
  })));
  return view;
}

/** Quartiles, whiskers at the last value within 1.5 interquartile ranges, and what lies outside. */
function boxOf(one, measures, outliers) {
  const state = one.states[measures[0].index];
  if (state.answer !== undefined) {
    const [min, q1, median, q3, max] = measures.map((measure) => one.results[measure.index]);
    return median === null ? null : { min, q1, median, q3, max, low: min, high: max, outliers: [] };
  }
  const pairs = sortedPairs(state);
  if (!pairs.length) return null;
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((p) => quantile(pairs, p));
  const min = pairs[0][0], max = pairs[pairs.length - 1][0];
  if (!outliers) return { min, q1, median, q3, max, low: min, high: max, outliers: [] };
  const reach = 1.5 * (q3 - q1);
  const inside = pairs.filter((pair) => pair[0] >= q1 - reach && pair[0] <= q3 + reach);
  const low = Math.min(q1, inside[0][0]), high = Math.max(q3, inside[inside.length - 1][0]);
  return { min, q1, median, q3, max, low, high, outliers: pairs.filter((pair) => pair[0] < low || pair[0] > high) };
}

function histogramView(visual, selections) {
  const view = baseView(visual);
  const cube = visual.cubes[0], bins = visual.bins;
  view.bins = [];
  view.measure = visual.measures[0];
  const counts = new Map();
  for (let row = 0; cube && row < cube.length; row++) {
    if (!passes(cube, row, visual.controls, selections)) continue;
    const bin = cell(cube.dims[0], row);
    if (bin !== null) counts.set(bin, (counts.get(bin) || 0) + cell(cube.columns[0], row));
  }
  for (let bin = 0; bins && bin < bins.count; bin++) {
    const from = bins.start + bin * bins.width;
    view.bins.push({ from, to: from + bins.width, count: counts.get(bin) || 0 });
  }
  view.width = bins ? bins.width : 1;
  view.empty = !view.bins.some((bin) => bin.count > 0);
  view.columns = [{ label: visual.measures[0].label }, { label: "Count", numeric: true }];
  view.rows = view.bins.map((bin) => [binLabel(view, bin), formatFull(bin.count, {})]);
  return view;
}

function binLabel(view, bin) {
  const format = Object.assign({}, view.measure.format, { scale: undefined, decimals: decimalsOf(view.width, 4) });
  return formatValue(bin.from, format) + " to " + formatValue(bin.to, format);
}

function heatView(visual, selections) {
  const view = baseView(visual);
  const row = dimsWith(visual, "row")[0], column = dimsWith(visual, "column")[0];
  const measure = measuresWith(visual, "value")[0];
  const axis = (one, rules, limit) => {
    if (!one) return [{ key: "", label: "" }];
    const sorted = sortGroups(group(visual, selections, [one.index]).groups, sortRules(rules.length ? rules : [{ dim: one.index }], { [one.index]: 0 }));
    const kept = limit ? sorted.slice(0, limit.count) : sorted;
    if (kept.length < sorted.length) view.notes.push(`The first ${kept.length} of ${sorted.length} values of ${one.dim.label}.`);
    return kept.map((each) => ({ key: each.key, label: label(one.dim, each.values[0]) }));
  };
  view.rowsAxis = axis(row, visual.sort, visual.limit);
  view.columnsAxis = axis(column, visual.colorSort, visual.colorLimit);
  const picked = [row, column].filter(Boolean).map((one) => one.index);
  const cells = group(visual, selections, picked);
  noteUndecided(view, cells);
  const found = new Map(cells.groups.map((one) => [one.key, one.results[measure.index]]));
  view.cells = view.rowsAxis.map((r) => view.columnsAxis.map((c) => {
    const value = found.get([row ? r.key : null, column ? c.key : null].filter((key) => key !== null).join("\u0001"));
    return value === undefined ? null : value;
  }));
  view.measure = measure;
  view.rowLabel = row ? row.dim.label : "";
  view.columnLabel = column ? column.dim.label : "";
  view.empty = !view.cells.some((line) => line.some((value) => value !== null));
  view.columns = [{ label: view.rowLabel }].concat(view.columnsAxis.map((one) => ({ label: one.label || measure.label, numeric: true })));
  view.rows = view.rowsAxis.map((one, at) => [one.label].concat(view.cells[at].map((value) => fullOrDash(value, measure))));
  return view;
}

function kpiView(visual, selections) {
  const view = baseView(visual);
  const trend = dimsWith(visual, "trend")[0];
  const value = measuresWith(visual, "value")[0], target = measuresWith(visual, "target")[0];
  const all = group(visual, selections, []);
  noteUndecided(view, all);
  const total = all.groups[0];
  view.measure = value;
  view.value = total ? total.results[value.index] : null;
  view.label = value.label;
  if (trend) {
    const steps = sortGroups(group(visual, selections, [trend.index]).groups, [{ dim: 0 }]).filter((one) => one.values[0] !== null);
    view.spark = steps.map((one) => ({ label: label(trend.dim, one.values[0]), value: one.results[value.index] }));
    const last = view.spark[view.spark.length - 1], before = view.spark[view.spark.length - 2];
    view.value = last ? last.value : null;
    view.label = last ? `${value.label}, ${last.label}` : value.label;
    if (before) view.compared = comparison(view.value, before.value, before.label, visual, value);
  }
  if (target && total) view.compared = comparison(view.value, total.results[target.index], target.label, visual, value);
  view.empty = view.value === null || view.value === undefined;
  view.columns = [{ label: "Measure" }, { label: "Value", numeric: true }];
  view.rows = view.empty ? [] : [[view.label, formatFull(view.value, value.format)]];
  if (view.compared) view.rows.push([view.compared.name, view.compared.text]);
  if (view.spark) for (const step of view.spark) view.rows.push([step.label, fullOrDash(step.value, value)]);
  return view;
}

function comparison(value, base, name, visual, measure) {
  if (typeof value !== "number" || typeof base !== "number") return null;
  const difference = value - base;
  const method = visual.options.comparison || "DIFFERENCE";
  const percent = { style: "percent", decimals: 1 };
  let text = formatShort(difference, measure.format);
  if (method === "PERCENT_DIFFERENCE" && base) text = formatValue(difference / Math.abs(base), percent);
  if (method === "PERCENT" && base) text = formatValue(value / base, percent);
  return { name: `against ${name} (${formatShort(base, measure.format)})`, text: (difference > 0 && method !== "PERCENT" ? "+" : "") + text, difference };
}

function tableView(visual, selections) {
  const view = baseView(visual);
  const raw = visual.cubes[0] && visual.cubes[0].kind === "rows";
  const grouped = raw ? { groups: rawRows(visual, selections) } : group(visual, selections, visual.dims.map((_, index) => index));
  noteUndecided(view, grouped);
  const list = visual.sort.length ? sortGroups(grouped.groups, visual.sort) : raw ? grouped.groups : sortGroups(grouped.groups, visual.dims.map((_, dim) => ({ dim })));
  view.columns = visual.order.map((field) => {
    const one = field.dim !== undefined ? visual.dims[field.dim] : visual.measures[field.measure];
    return { label: one.label, numeric: field.measure !== undefined || one.type === "number" };
  });
  view.rows = list.map((one) => visual.order.map((field) => field.dim !== undefined
    ? label(visual.dims[field.dim], one.values[field.dim]) : known(one.results[field.measure], visual.measures[field.measure])));
  if (visual.options.totals && !raw && list.length) {
    const total = group(visual, selections, []).groups[0];
    view.total = visual.order.map((field, at) => field.measure !== undefined && total ? known(total.results[field.measure], visual.measures[field.measure], "–") : at === 0 ? "Total" : "");
  }
  view.empty = !view.rows.length;
  return view;
}

function pivotView(visual, selections) {
  const view = baseView(visual);
  const rows = dimsWith(visual, "row"), columns = dimsWith(visual, "column"), measures = measuresWith(visual, "value");
  const axis = (list) => list.length
    ? sortGroups(group(visual, selections, list.map((one) => one.index)).groups, list.map((one, dim) => ({ dim, descending: !!one.dim.descending })))
    : [{ key: "", values: [] }];
  const left = axis(rows), top = axis(columns).slice(0, 50);
  if (columns.length && axis(columns).length > top.length) view.notes.push(`The first ${top.length} columns of ${axis(columns).length}.`);
  const all = group(visual, selections, rows.concat(columns).map((one) => one.index));
  noteUndecided(view, all);
  const found = new Map(all.groups.map((one) => [one.key, one]));
  const byRow = visual.options.rowTotals ? new Map(group(visual, selections, rows.map((one) => one.index)).groups.map((one) => [one.key, one])) : null;
  const show = (one, measure) => (one ? known(one.results[measure.index], measure, "–") : "–");
  view.columns = rows.map((one) => ({ label: one.dim.label }));
  for (const head of top) for (const measure of measures) {
    const name = columns.map((one, at) => label(one.dim, head.values[at])).join(" / ");
    view.columns.push({ label: name && measures.length > 1 ? `${name}, ${measure.label}` : name || measure.label, numeric: true });
  }
  if (byRow && columns.length) for (const measure of measures) view.columns.push({ label: measures.length > 1 ? `Total, ${measure.label}` : "Total", numeric: true });
  view.rows = left.map((line) => {
    const cells = rows.map((one, at) => label(one.dim, line.values[at]));
    for (const head of top) for (const measure of measures) cells.push(show(found.get([].concat(rows.length ? [line.key] : [], columns.length ? [head.key] : []).join("\u0001")), measure));
    if (byRow && columns.length) for (const measure of measures) cells.push(show(byRow.get(line.key), measure));
    return cells;
  });
  if (visual.options.columnTotals && rows.length) {
    const tops = new Map(group(visual, selections, columns.map((one) => one.index)).groups.map((one) => [one.key, one]));
    const grand = group(visual, selections, []).groups[0];
    view.total = rows.map((_, at) => (at ? "" : "Total"));
    for (const head of top) for (const measure of measures) view.total.push(show(columns.length ? tops.get(head.key) : grand, measure));
    if (byRow && columns.length) for (const measure of measures) view.total.push(show(grand, measure));
  }
  view.empty = !all.groups.length;
  if (view.empty) view.rows = [];
  return view;
}

const VIEWS = { bar: seriesView, line: seriesView, pie: seriesView, scatter: scatterView, box: boxView, histogram: histogramView, heatmap: heatView, kpi: kpiView, table: tableView, pivot: pivotView };

/** `selections`: control id -> null (all) or an array of keys. */
function viewOf(visual, selections) {
  const view = VIEWS[visual.kind](visual, selections || {});
  view.notes = Array.from(new Set(view.notes));
  return view;
}
