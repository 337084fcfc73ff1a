// The query's rows, filtered and aggregated. A cube holds the finest groups that the warehouse made: by the visual's
// dimensions and by the columns of the filter controls. Kinds (see query/cube.rs):
//   parts   sums, counts, minima and maxima: any roll-up is exact
//   values  every distinct value with its number of rows: percentiles, distinct counts and variances of any roll-up are exact
//   answers what the warehouse computed for each single value of the controls and for all of them: no other roll-up
//   rows    rows as they are

/** One column of a cube: plain, or {dict, at} for text. */
function cell(column, row) {
  if (column.dict) {
    const at = column.at[row];
    return at < 0 ? null : column.dict[at];
  }
  return column[row];
}

const NULL_KEY = "\u0000null";
const keyOf = (value) => (value === null || value === undefined ? NULL_KEY : String(value));

/** Does the row pass the controls? A selection is null (all) or an array of keys. */
function passes(cube, row, controls, selections) {
  for (let c = 0; c < controls.length; c++) {
    const selection = selections[controls[c]];
    if (!selection || !cube.controls.length) continue;
    if (!selection.includes(keyOf(cell(cube.controls[c], row)))) return false;
  }
  return true;
}

/** For answers: the subset of controls (a bit mask) that were set to one value, or -1 where one has several. */
function answerMask(controls, selections) {
  let mask = 0;
  for (let c = 0; c < controls.length; c++) {
    const selection = selections[controls[c]];
    if (!selection) continue;
    if (selection.length > 1) return -1;
    mask |= 1 << c;
  }
  return mask;
}

function emptyState() {
  return { sum: 0, count: 0, min: null, max: null, values: null, answer: undefined };
}

function merge(into, from) {
  into.sum += from.sum;
  into.count += from.count;
  if (from.min !== null && (into.min === null || from.min < into.min)) into.min = from.min;
  if (from.max !== null && (into.max === null || from.max > into.max)) into.max = from.max;
  if (from.values) into.values = (into.values || []).concat(from.values);
  if (from.answer !== undefined) into.answer = into.answer === undefined ? from.answer : null;
  return into;
}

/** Adds one row of its cube to a measure's state. */
function feed(state, measure, cube, row) {
  const part = (name) => (measure.at[name] === undefined ? null : cell(cube.columns[measure.at[name]], row));
  if (cube.kind === "answers") {
    const value = part("answer");
    state.answer = state.answer === undefined ? value : null;
  } else if (cube.kind === "values") {
    const value = part("value");
    if (value !== null) (state.values = state.values || []).push([value, part("rows")]);
  } else {
    const count = part("count");
    const next = { sum: part("sum") || 0, count: count === null ? 0 : count, min: part("min"), max: part("max") };
    merge(state, Object.assign(emptyState(), next));
  }
}

/** Value at quantile p (0 to 1) by linear interpolation, as PERCENTILE_CONT. `pairs`: [value, rows], sorted. */
function quantile(pairs, p) {
  const total = pairs.reduce((sum, pair) => sum + pair[1], 0);
  if (!total) return null;
  const position = p * (total - 1);
  const at = (index) => {
    let seen = 0;
    for (const [value, rows] of pairs) if ((seen += rows) > index) return value;
    return pairs[pairs.length - 1][0];
  };
  const low = at(Math.floor(position)), high = at(Math.ceil(position));
  return low + (high - low) * (position - Math.floor(position));
}

function sortedPairs(state) {
  return (state.values || []).slice().sort((a, b) => a[0] - b[0]);
}

function deviation(state, sample) {
  const pairs = state.values || [];
  const total = pairs.reduce((sum, pair) => sum + pair[1], 0);
  if (total < (sample ? 2 : 1)) return null;
  const mean = pairs.reduce((sum, [value, rows]) => sum + value * rows, 0) / total;
  return pairs.reduce((sum, [value, rows]) => sum + rows * (value - mean) * (value - mean), 0) / (total - (sample ? 1 : 0));
}

/** A measure's value of its state. */
function finish(state, measure) {
  if (state.answer !== undefined) return state.answer;
  const root = (value) => (value === null ? null : Math.sqrt(value));
  switch (measure.aggregation) {
    case "SUM": return state.count ? state.sum : null;
    case "AVERAGE": return state.count ? state.sum / state.count : null;
    case "MIN": return state.min;
    case "MAX": return state.max;
    case "COUNT": return state.count;
    case "DISTINCT_COUNT": return new Set((state.values || []).map((pair) => pair[0])).size;
    case "MEDIAN": return quantile(sortedPairs(state), 0.5);
    case "PERCENTILE": return quantile(sortedPairs(state), measure.percentile / 100);
    case "VAR": return deviation(state, true);
    case "VARP": return deviation(state, false);
    case "STDEV": return root(deviation(state, true));
    case "STDEVP": return root(deviation(state, false));
    default: return null;
  }
}

/**
 * Groups by the dimensions with these indices. Gives [{keys, values: dimension values, states}], in order of appearance,
 * and `undecided`: a measure that the warehouse answered only for single values was asked for several; its
 * result is undefined. A roll-up of several answers is null.
 */
function group(visual, selections, dims) {
  const groups = new Map();
  const unknown = [];
  let undecided = false;
  visual.cubes.forEach((cube, index) => {
    const measures = visual.measures.filter((measure) => measure.cube === index);
    const mask = cube.kind === "answers" ? answerMask(visual.controls, selections) : 0;
    if (mask < 0) { undecided = true; unknown.push(...measures.map((measure) => measure.index)); return; }
    for (let row = 0; row < cube.length; row++) {
      if (cube.kind === "answers") {
        if (cell(cube.mask, row) !== mask) continue;
        let fits = true;
        for (let c = 0; c < visual.controls.length; c++)
          if (mask & (1 << c) && !selections[visual.controls[c]].includes(keyOf(cell(cube.controls[c], row)))) fits = false;
        if (!fits) continue;
      } else if (!passes(cube, row, visual.controls, selections)) continue;
      const values = dims.map((dim) => cell(cube.dims[dim], row));
      const key = values.map(keyOf).join("\u0001");
      let found = groups.get(key);
      if (!found) groups.set(key, (found = { key, values, states: visual.measures.map(emptyState) }));
      for (const measure of measures) feed(found.states[measure.index], measure, cube, row);
    }
  });
  const list = Array.from(groups.values());
  for (const one of list) one.results = visual.measures.map((measure) => (unknown.includes(measure.index) ? undefined : finish(one.states[measure.index], measure)));
  return { groups: list, undecided };
}

function mergeGroups(visual, values, list) {
  const states = visual.measures.map((measure) => list.reduce((state, one) => merge(state, one.states[measure.index]), emptyState()));
  return { key: values.map(keyOf).join("\u0001"), values, states, results: visual.measures.map((m) => finish(states[m.index], m)) };
}

/** Order of two dimension values or results: numbers by size, text by letters without case, nulls last. */
function compare(a, b) {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  const left = String(a).toLowerCase(), right = String(b).toLowerCase();
  return left < right ? -1 : left > right ? 1 : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

/** Sorts groups; `sort`: [{dim | measure, descending}]. Nulls are last in both directions. */
function sortGroups(list, sort) {
  const pick = (one, rule) => (rule.dim !== undefined ? one.values[rule.dim] : one.results[rule.measure]);
  return list.slice().sort((a, b) => {
    for (const rule of sort) {
      const left = pick(a, rule), right = pick(b, rule);
      const missing = (left === null) - (right === null);
      const order = missing || compare(left, right) * (rule.descending ? -1 : 1);
      if (order) return order;
    }
    return compare(a.key, b.key);
  });
}

/** The first `limit.count` groups; the rest becomes "Other" or, where the definition says EXCLUDE, goes. */
function limitGroups(visual, list, limit) {
  if (!limit || list.length <= limit.count) return { list, rest: 0 };
  const kept = list.slice(0, limit.count), rest = list.slice(limit.count);
  if (limit.other) {
    const other = mergeGroups(visual, rest[0].values.map(() => null), rest);
    other.key = "\u0000other";
    other.other = rest.length;
    kept.push(other);
  }
  return { list: kept, rest: rest.length };
}
