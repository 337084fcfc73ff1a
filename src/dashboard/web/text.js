// Text: widths, shortening, escaping. Widths are those of the embedded font (Inter), in thousandths of an em, so that a
// label takes the same room in the page and in the files.
const ASCII_WIDTHS = [281, 278, 403, 631, 638, 812, 639, 222, 362, 362, 500, 659, 280, 460, 276, 357, 625, 464, 605, 636, 642, 608, 624, 571, 616, 624, 276, 280, 659, 659, 659, 507, 936, 676, 651, 727, 719, 598, 587, 743, 740, 264, 543, 652, 562, 889, 753, 761, 635, 761, 639, 638, 642, 741, 676, 949, 642, 665, 625, 362, 357, 362, 469, 452, 497, 564, 621, 558, 621, 582, 361, 609, 591, 237, 237, 544, 237, 869, 585, 597, 609, 609, 372, 523, 364, 581, 557, 812, 540, 557, 541, 362, 327, 362, 659];

function charWidth(code) {
  if (code >= 32 && code < 127) return ASCII_WIDTHS[code - 32];
  if (code >= 0x300 && code < 0x370) return 0;
  if (code >= 0x1100 && (code < 0x1200 || code >= 0x2e80)) return 1000;
  return code >= 0x400 && code < 0x530 ? 680 : 610;
}

function textWidth(text, size, bold) {
  let sum = 0;
  for (const char of String(text)) sum += charWidth(char.codePointAt(0));
  return (sum * size * (bold ? 1.05 : 1)) / 1000;
}

/** Shortens to a width with an ellipsis; the empty string where not even one character fits. */
function ellipsize(text, width, size, bold) {
  text = String(text);
  const scale = (size * (bold ? 1.05 : 1)) / 1000, room = width - charWidth(0x2026) * scale;
  let sum = 0, fits = 0, at = 0;
  for (const char of text) {
    sum += charWidth(char.codePointAt(0)) * scale;
    at += char.length;
    if (sum <= room) fits = at;
    else if (sum > width) return fits ? text.slice(0, fits).trimEnd() + "…" : "";
  }
  return text;
}

/** Breaks at spaces into at most `lines` lines; the last is shortened. */
function wrap(text, width, size, lines, bold) {
  const out = [];
  let line = "";
  const words = String(text).split(/\s+/);
  for (let i = 0; i < words.length; i++) {
    const longer = line ? line + " " + words[i] : words[i];
    if (textWidth(longer, size, bold) <= width || !line) line = longer;
    else if (out.length + 1 === lines) {
      line = [line].concat(words.slice(i)).join(" ");
      break;
    } else {
      out.push(line);
      line = words[i];
    }
  }
  out.push(line);
  return out.map((one) => ellipsize(one, width, size, bold));
}

function escapeText(text) {
  return String(text)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}

/** A coordinate with two decimals at most. */
function n2(value) {
  return String(Math.round(value * 100) / 100);
}
