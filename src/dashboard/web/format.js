// Numbers and dates as text. `format` is what the definition says, read by read/format.rs:
// {style: "number"|"currency"|"percent"|"date"|"text", symbol, decimals, scale, prefix, suffix, thousands, decimal, nullText, granularity}

const SCALES = {
  NONE: [1, ""], THOUSANDS: [1e3, "k"], MILLIONS: [1e6, "M"], BILLIONS: [1e9, "B"], TRILLIONS: [1e12, "T"],
  LAKHS: [1e5, "L"], CRORES: [1e7, "Cr"],
};
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function grouped(digits, separator) {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, separator);
}

function fixed(value, decimals, format) {
  // Halves are rounded up as decimals are, whatever the last bit of the binary number.
  const [whole, fraction] = (Math.abs(value) * (1 + 1e-13)).toFixed(decimals).split(".");
  const separator = format.thousands === undefined ? "," : format.thousands;
  return grouped(whole, separator) + (fraction ? (format.decimal || ".") + fraction : "");
}

function autoScale(size) {
  for (const name of ["TRILLIONS", "BILLIONS", "MILLIONS", "THOUSANDS"]) if (size >= SCALES[name][0]) return name;
  return "NONE";
}

/** The digits after the point a value needs: at most `most`. */
function decimalsOf(value, most) {
  for (let d = 0; d < most; d++) if (Math.abs(value - Number(value.toFixed(d))) < Math.abs(value) * 1e-11 + 1e-12) return d;
  return most;
}

function dress(value, text, format) {
  const symbol = format.style === "currency" ? format.symbol || "$" : "";
  const percent = format.style === "percent" ? "%" : "";
  const negative = value < 0 && /[1-9]/.test(text) ? "-" : "";
  return negative + (format.prefix || "") + symbol + text + percent + (format.suffix || "");
}

/** As the visual shows it. */
function formatValue(value, format) {
  format = format || {};
  if (value === null || value === undefined) return format.nullText === undefined ? "null" : format.nullText;
  if (format.style === "date") return formatDate(value, format.granularity);
  if (typeof value !== "number") return String(value);
  if (format.style === "text") return String(value);
  if (format.style === "percent") value *= 100;
  const scale = format.scale === "AUTO" ? autoScale(Math.abs(value)) : format.scale || "NONE";
  const [divisor, unit] = SCALES[scale] || SCALES.NONE;
  const scaled = value / divisor;
  const decimals = format.decimals !== undefined && format.decimals !== null ? format.decimals
    : format.style === "currency" ? 2 : decimalsOf(scaled, 2);
  return dress(value, fixed(scaled, decimals, format) + unit, format);
}

/** In full: no scale, money to the cent. For tooltips and data tables. */
function formatFull(value, format) {
  format = format || {};
  if (typeof value !== "number" || format.style === "date" || format.style === "text") return formatValue(value, format);
  const least = format.style === "currency" ? 2 : format.decimals || 0;
  const shown = format.style === "percent" ? value * 100 : value;
  return dress(shown, fixed(shown, Math.max(least, decimalsOf(shown, format.style === "currency" ? 2 : 4)), format), format);
}

/** A formatter for the ticks of an axis: one unit for all, as many decimals as the step needs. */
function tickFormatter(ticks, step, format) {
  format = format || {};
  const factor = format.style === "percent" ? 100 : 1;
  const size = Math.max(0, ...ticks.map((tick) => Math.abs(tick * factor)));
  const scale = format.style === "percent" || size < 10000 ? "NONE" : autoScale(size);
  const [divisor, unit] = SCALES[scale];
  const decimals = decimalsOf((step * factor) / divisor, 6);
  return (tick) => {
    const value = tick * factor;
    return dress(value, value === 0 ? "0" : fixed(value / divisor, decimals, format) + unit, format);
  };
}

/** Short, for labels beside marks: with no more decimals than the definition wants. */
function formatShort(value, format) {
  format = format || {};
  if (typeof value !== "number" || format.style === "date") return formatValue(value, format);
  if (format.scale && format.scale !== "NONE") return formatValue(value, format);
  const factor = format.style === "percent" ? 100 : 1;
  const scale = Math.abs(value * factor) < 10000 ? "NONE" : autoScale(Math.abs(value * factor));
  const scaled = (value * factor) / SCALES[scale][0];
  const decimals = decimalsOf(scaled, scale === "NONE" ? Math.min(2, format.decimals ?? 2) : 1);
  return dress(value, fixed(scaled, decimals, format) + SCALES[scale][1], format);
}

/** Dates come as "YYYY-MM-DD" or "YYYY-MM-DD hh:mm:ss". */
function formatDate(value, granularity) {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?/.exec(String(value));
  if (!match) return String(value);
  const [, year, month, day, hour, minute, second] = match;
  const name = MONTHS[Number(month) - 1];
  switch (granularity) {
    case "YEAR": return year;
    case "QUARTER": return "Q" + Math.ceil(Number(month) / 3) + " " + year;
    case "MONTH": return name + " " + year;
    case "HOUR": return `${name} ${Number(day)}, ${year} ${hour || "00"}:00`;
    case "MINUTE": return `${name} ${Number(day)}, ${year} ${hour || "00"}:${minute || "00"}`;
    case "SECOND": return `${name} ${Number(day)}, ${year} ${hour || "00"}:${minute || "00"}:${second || "00"}`;
    default: return `${name} ${Number(day)}, ${year}`;
  }
}
