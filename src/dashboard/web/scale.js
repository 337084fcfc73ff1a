// Scales and ticks.

/** The step of 1, 2, 2.5 or 5 times a power of ten that cuts `span` into about `count` parts. */
function niceStep(span, count) {
  const raw = span / Math.max(1, count);
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  const lead = raw / power;
  const step = lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 2.5 ? 2.5 : lead <= 5 ? 5 : 10;
  return step * power;
}

/** Round ticks around [low, high]: {low, high, step, ticks}. Ends are ticks. A range of no width gets one. */
function niceTicks(low, high, count, fixedRange) {
  fixedRange = fixedRange || {};
  if (!(high > low)) {
    const pad = Math.abs(low) > 0 ? Math.abs(low) * 0.5 : 1;
    if (low > 0) { high = low + pad; low = Math.max(0, low - pad); }
    else if (low < 0) { high = Math.min(0, low + pad); low = low - pad; }
    else high = 1;
  }
  const step = fixedRange.step > 0 && (high - low) / fixedRange.step <= 100 ? fixedRange.step : niceStep(high - low, count);
  const first = fixedRange.min !== undefined ? fixedRange.min : Math.floor(low / step + 1e-9) * step;
  const last = fixedRange.max !== undefined ? fixedRange.max : Math.ceil(high / step - 1e-9) * step;
  const ticks = [];
  const digits = Math.max(0, 12 - Math.ceil(Math.log10(Math.max(Math.abs(first), Math.abs(last), 1e-300))));
  const start = Math.ceil(first / step - 1e-9);
  for (let i = start; i * step <= last + step * 1e-9 && ticks.length < 200; i++)
    ticks.push(Number((i * step).toFixed(Math.min(20, digits))));
  return { low: first, high: last > first ? last : first + step, step, ticks };
}

/** Powers of the base that hold [low, high], both positive. */
function logTicks(low, high, base) {
  const log = (value) => Math.log(value) / Math.log(base);
  const from = Math.floor(log(low) + 1e-9);
  const to = Math.max(from + 1, Math.ceil(log(high) - 1e-9));
  const every = Math.ceil((to - from) / 8);
  const ticks = [];
  for (let i = from; i <= to; i += every) ticks.push(Number(Math.pow(base, i).toPrecision(12)));
  return { low: Math.pow(base, from), high: Math.pow(base, to), step: Math.pow(base, from), ticks, log: base };
}

/** Domain to pixels. */
function scaleOf(axis, from, to) {
  if (axis.log) {
    const low = Math.log(axis.low), span = Math.log(axis.high) - low;
    return (value) => from + ((Math.log(Math.max(value, axis.low)) - low) / span) * (to - from);
  }
  return (value) => from + ((value - axis.low) / (axis.high - axis.low)) * (to - from);
}

/**
 * The axis of a set of values. `options`: {min, max, step, log, driven} of the definition. `zero`: bars start at nothing
 * else. Other marks start at zero where it is near, unless the definition says that the data drive the range.
 */
function valueAxis(values, count, options, zero) {
  options = options || {};
  const real = values.filter((value) => typeof value === "number" && isFinite(value));
  let low = real.reduce((a, b) => Math.min(a, b), Infinity);
  let high = real.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!real.length) { low = 0; high = 1; }
  if (options.log && low > 0 && !(options.min <= 0)) return logTicks(options.min || low, options.max || high, options.log);
  if (zero || (!options.driven && low >= 0 && low < high * 0.35)) { low = Math.min(low, 0); high = Math.max(high, 0); }
  if (options.min !== undefined) low = options.min;
  if (options.max !== undefined) high = options.max;
  if (low > high) high = low;
  return niceTicks(low, high, count, options);
}
