// Bar charts: clustered, stacked, stacked to 100%, upright or lying; histograms.

/** Bars as {category, series, from, to, value}; in stacks negatives go down. */
function barSegments(view, arrangement) {
  const bars = [];
  view.categories.forEach((_, category) => {
    let up = 0, down = 0;
    const total = view.series.reduce((sum, one) => sum + Math.abs(one.values[category] || 0), 0);
    view.series.forEach((one, series) => {
      const value = one.values[category];
      if (value === null || value === undefined) return;
      if (arrangement === "CLUSTERED") { bars.push({ category, series, from: 0, to: value, value }); return; }
      const size = arrangement === "STACKED_PERCENT" ? (total ? value / total : 0) : value;
      const from = size < 0 ? down : up;
      if (size < 0) down += size; else up += size;
      bars.push({ category, series, from, to: from + size, value, share: total ? value / total : 0 });
    });
  });
  return bars;
}

/** The number of a series' colour. */
function seriesColor(view, series) {
  const own = view.series[series].color;
  return own === undefined ? series : own;
}

function barTip(view, bar, arrangement) {
  const series = view.series[bar.series];
  const lines = [[series.name, formatFull(bar.value, series.measure.format)]];
  if (arrangement === "STACKED_PERCENT") lines.push(["Share", formatValue(bar.share, { style: "percent", decimals: 1 })]);
  const category = view.categories[bar.category];
  const title = category.other ? `Other (${category.other} values of ${view.categoryLabel})` : category.label || series.measure.label;
  return [title, lines];
}

function drawBar(canvas, visual, view, box, grow) {
  const arrangement = visual.options.arrangement || "CLUSTERED";
  const entries = view.series.map((one, series) => ({ name: one.name, series: seriesColor(view, series) }));
  box = legend(canvas, entries, box, Object.assign({ title: view.colorLabel }, visual.legend));
  const percent = arrangement === "STACKED_PERCENT";
  const format = percent ? { style: "percent" } : view.series[0].measure.format;
  const across = arrangement === "CLUSTERED" ? view.series.length : 1;
  const valueOptions = Object.assign({ fallbackTitle: view.series.length === 1 || view.colorLabel ? view.series[0].measure.label : "" }, visual.axes.value);
  if (percent) Object.assign(valueOptions, { max: valueOptions.max === undefined ? 1 : valueOptions.max });
  const draw = visual.options.horizontal ? lyingBars : uprightBars;
  draw(canvas, visual, view, box, { bars: barSegments(view, arrangement), arrangement, across, format, valueOptions, grow });
}

/** How many categories fit; the picture of a file shows no more, the page scrolls. */
function cut(view, room, least, grow, setup) {
  const fits = Math.max(1, Math.floor(room / least));
  const count = view.categories.length;
  if (count <= fits || grow) return count;
  view.notes.push(`The picture shows ${fits} of ${count} values of ${view.categoryLabel}.`);
  setup.bars = setup.bars && setup.bars.filter((bar) => bar.category < fits);
  return fits;
}

function uprightBars(canvas, visual, view, box, setup) {
  const least = Math.max(8, setup.across * 4 + 4);
  const count = cut(view, box.width - 70, least, setup.grow, setup);
  if (setup.grow && count * least > box.width - 70) {
    canvas.width += count * least - (box.width - 70);
    box = Object.assign({}, box, { width: 70 + count * least });
  }
  const labels = view.categories.slice(0, count).map((one) => one.label);
  const category = visual.axes.category || {};
  const title = titleOf(category, view.categoryLabel);
  const guess = (box.width - 70) / count;
  const set = bandLabels(labels, guess, box.height, view.categoryType !== "text");
  const under = (category.hidden ? 4 : set.height) + (title ? 20 : 0);
  const values = [].concat(...setup.bars.map((bar) => [bar.from, bar.to]));
  const { plot, scale } = leftAxis(canvas, box, values, setup.format, setup.valueOptions, true, under);
  const band = plot.width / count;
  const width = Math.min(band * 0.78, 90 * setup.across);
  for (const bar of setup.bars) {
    const one = width / setup.across;
    const x = plot.x + band * bar.category + (band - width) / 2 + (setup.across > 1 ? one * bar.series : 0);
    const low = scale(bar.from), high = scale(bar.to);
    const [tip, lines] = barTip(view, bar, setup.arrangement);
    const attributes = canvas.mark([x + one / 2, Math.min(low, high)], tip, lines);
    canvas.rect(x, Math.min(low, high), Math.max(1, one - (setup.across > 1 ? 1 : 0)), Math.max(Math.abs(high - low), bar.value ? 0.75 : 0),
      Object.assign(attributes, { fill: canvas.color(seriesColor(view, bar.series)), "fill-opacity": canvas.strength(seriesColor(view, bar.series)), rx: one > 8 ? 1.5 : 0 }));
    if (visual.labels.visible) barLabel(canvas, bar, view, setup, x + one / 2, Math.min(low, high), Math.max(low, high), one);
  }
  canvas.line(plot.x, scale(Math.max(setup.valueOptions.min || 0, 0)), plot.x + plot.width, scale(Math.max(setup.valueOptions.min || 0, 0)), { stroke: canvas.theme.axis });
  if (!category.hidden) drawBandLabels(canvas, set, plot, band);
  bottomTitle(canvas, title, plot, box.y + box.height - 8);
}

function barLabel(canvas, bar, view, setup, x, top, bottom, width) {
  const text = setup.arrangement === "STACKED_PERCENT" ? formatValue(bar.share, { style: "percent", decimals: 0 }) : formatShort(bar.value, view.series[bar.series].measure.format);
  const size = 10.5;
  if (textWidth(text, size) > width + (setup.across > 1 ? 0 : 6)) return;
  if (setup.arrangement === "CLUSTERED") canvas.text(x, bar.value < 0 ? bottom + 8 : top - 8, text, { size, anchor: "middle" });
  else if (bottom - top > 14) canvas.text(x, (top + bottom) / 2, text, { size, anchor: "middle", fill: canvas.strength(seriesColor(view, bar.series)) < 1 ? canvas.theme.ink : canvas.theme.paper });
}

function lyingBars(canvas, visual, view, box, setup) {
  const category = visual.axes.category || {};
  const least = Math.max(14, setup.across * 5 + 5);
  const title = titleOf(setup.valueOptions, setup.valueOptions.fallbackTitle);
  const under = 20 + (title ? 18 : 0);
  const count = cut(view, box.height - under, least, setup.grow, setup);
  if (setup.grow && count * least > box.height - under) {
    canvas.height += count * least - (box.height - under);
    box = Object.assign({}, box, { height: under + count * least });
  }
  const labels = view.categories.slice(0, count).map((one) => one.label);
  const size = 11;
  const widest = category.hidden ? 0 : Math.min(Math.max(...labels.map((text) => textWidth(text, size))), box.width * 0.34);
  const turned = titleOf(category, view.categoryLabel);
  const left = widest + 8 + (turned ? 18 : 0);
  const bars = setup.bars;
  const values = [].concat(...bars.map((bar) => [bar.from, bar.to]));
  const room = visual.labels.visible && setup.arrangement === "CLUSTERED" ? 46 : 14;
  const plot = { x: box.x + left, y: box.y + 2, width: Math.max(10, box.width - left - room), height: Math.max(10, box.height - under - 2) };
  const axis = valueAxis(values, Math.max(2, Math.min(7, Math.floor(plot.width / 80))), setup.valueOptions, true);
  const scale = bottomAxis(canvas, plot, axis, setup.format, setup.valueOptions);
  const band = plot.height / count;
  const width = Math.min(band * 0.76, 34 * setup.across);
  labels.forEach((text, at) => {
    if (!category.hidden) canvas.text(plot.x - 6, plot.y + band * (at + 0.5), ellipsize(text, widest, size), { size, anchor: "end", fill: canvas.theme.muted });
  });
  for (const bar of bars) {
    const one = width / setup.across;
    const y = plot.y + band * bar.category + (band - width) / 2 + (setup.across > 1 ? one * bar.series : 0);
    const low = Math.min(scale(bar.from), scale(bar.to)), high = Math.max(scale(bar.from), scale(bar.to));
    const [tip, lines] = barTip(view, bar, setup.arrangement);
    const attributes = canvas.mark([high, y + one / 2], tip, lines);
    canvas.rect(low, y, Math.max(high - low, bar.value ? 0.75 : 0), Math.max(1, one - (setup.across > 1 ? 1 : 0)),
      Object.assign(attributes, { fill: canvas.color(seriesColor(view, bar.series)), "fill-opacity": canvas.strength(seriesColor(view, bar.series)), rx: one > 8 ? 1.5 : 0 }));
    if (!visual.labels.visible) continue;
    const text = setup.arrangement === "STACKED_PERCENT" ? formatValue(bar.share, { style: "percent", decimals: 0 }) : formatShort(bar.value, view.series[bar.series].measure.format);
    if (one < 10) continue;
    if (setup.arrangement === "CLUSTERED") canvas.text(high + 5, y + one / 2, text, { size: 10.5 });
    else if (textWidth(text, 10.5) + 4 < high - low) canvas.text((low + high) / 2, y + one / 2, text, { size: 10.5, anchor: "middle", fill: canvas.strength(seriesColor(view, bar.series)) < 1 ? canvas.theme.ink : canvas.theme.paper });
  }
  const zero = scale(Math.max(axis.low, Math.min(0, axis.high)));
  canvas.line(zero, plot.y, zero, plot.y + plot.height, { stroke: canvas.theme.axis });
  bottomTitle(canvas, title, plot, plot.y + plot.height + 29);
  if (turned) canvas.text(box.x + 7, plot.y + plot.height / 2, ellipsize(turned, plot.height, 11.5), { size: 11.5, anchor: "middle", rotate: -90, fill: canvas.theme.muted });
}

function drawHistogram(canvas, visual, view, box) {
  const x = visual.axes.category || {};
  const title = titleOf(x, view.measure.label);
  const under = 20 + (title ? 20 : 0);
  const { plot, scale } = leftAxis(canvas, box, view.bins.map((bin) => bin.count), {}, Object.assign({ fallbackTitle: "Count" }, visual.axes.value), true, under);
  const first = view.bins[0].from, last = view.bins[view.bins.length - 1].to;
  const across = (value) => plot.x + ((value - first) / (last - first)) * plot.width;
  const edges = view.bins.map((bin) => bin.from).concat([last]);
  const write = tickFormatter(edges, view.width, view.measure.format);
  const texts = edges.map(write);
  const band = plot.width / view.bins.length;
  const least = Math.ceil((Math.max(...texts.map((text) => textWidth(text, 11))) + 10) / band);
  const every = [1, 2, 5, 10, 20, 50, 100, 200].find((step) => step >= least) || least;
  // Labels stand at round numbers where the edges are multiples of the width.
  const offset = Math.abs(first / view.width - Math.round(first / view.width)) < 1e-6 ? Math.round(first / view.width) : 0;
  const labels = visual.labels.visible && view.bins.every((bin) => textWidth(formatShort(bin.count, {}), 10.5) < band);
  for (const bin of view.bins) {
    const left = across(bin.from), top = scale(bin.count);
    const attributes = canvas.mark([(left + across(bin.to)) / 2, top], binLabel(view, bin), [["Count", formatFull(bin.count, {})]]);
    canvas.rect(left + 0.5, top, Math.max(1, band - 1), plot.y + plot.height - top, Object.assign(attributes, { fill: canvas.color(0) }));
    if (labels && bin.count) canvas.text((left + across(bin.to)) / 2, top - 8, formatShort(bin.count, {}), { size: 10.5, anchor: "middle" });
  }
  canvas.line(plot.x, plot.y + plot.height, plot.x + plot.width, plot.y + plot.height, { stroke: canvas.theme.axis });
  edges.forEach((edge, at) => { if ((at + offset) % every === 0) canvas.text(across(edge), plot.y + plot.height + 11, texts[at], { size: 11, anchor: "middle", fill: canvas.theme.muted }); });
  bottomTitle(canvas, title, plot, box.y + box.height - 8);
}
