// The page: lays out sheets, draws visuals, follows the controls, shows tooltips.

const data = JSON.parse(document.getElementById("data").textContent);
const selections = {};
const cards = [];

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// --- Head and foot

function head() {
  const about = make("div", { class: "about" });
  if (data.description) about.append(make("p", {}, data.description));
  const made = [data.madeAt, data.madeFrom && "from " + data.madeFrom].filter(Boolean).join(" ");
  if (made) about.append(make("p", {}, `Made ${made}.`));
  const button = make("button", { class: "theme", type: "button", on: { click: () => setTheme(isDark() ? "light" : "dark") } });
  document.getElementById("head").append(make("div", {}, make("h1", {}, (data.sheets.length === 1 && data.sheets[0].title) || data.name), about), button);
  const media = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (media.matches ? "dark" : "light")) === "dark";
  const name = () => (button.textContent = isDark() ? "Light" : "Dark");
  const setTheme = (theme) => { document.documentElement.dataset.theme = theme; name(); };
  media.addEventListener("change", name);
  name();
}

function foot() {
  const element = document.getElementById("foot");
  if (data.unsupported.length) {
    const list = make("ul", {}, ...data.unsupported.map((one) => make("li", {}, one)));
    const title = `Not drawn by this preview, though the definition has ${data.unsupported.length === 1 ? "it" : "them"}: ${data.unsupported.length}`;
    element.append(make("details", { open: data.unsupported.length <= 6 }, make("summary", {}, title), list));
  }
  element.append(make("p", {}, `pipectl ${data.version}. A preview of the Amazon QuickSight dashboard's definition; every number comes from the queries of the warehouse.`));
}

// --- Controls

function chosenText(control) {
  const selection = selections[control.id];
  if (!selection) return "All";
  if (!selection.length) return "None";
  return selection.map((key) => (key === NULL_KEY ? "null" : key)).join(", ");
}

function choose(control, selection) {
  selections[control.id] = selection;
  for (const other of cards) if (other.visual.controls.includes(control.id)) other.refresh();
  document.getElementById("said").textContent = `${control.title}: ${chosenText(control)}`;
}

function single(control) {
  const select = make("select", { id: "control-" + control.id, on: { change: () => choose(control, select.value === "" ? null : [JSON.parse(select.value)]) } },
    make("option", { value: "" }, "All"),
    ...control.values.map((value) => make("option", { value: JSON.stringify(keyOf(value)) }, value === null ? "null" : value)));
  const selection = selections[control.id];
  if (selection && selection.length) select.value = JSON.stringify(selection[0]);
  return make("label", { class: "control" }, control.title, select);
}

function several(control) {
  const summary = make("summary", { "aria-label": control.title });
  const boxes = control.values.map((value) => make("input", { type: "checkbox", value: keyOf(value) }));
  const all = make("input", { type: "checkbox" });
  const show = () => {
    const selection = selections[control.id];
    boxes.forEach((box) => (box.checked = !selection || selection.includes(box.value)));
    all.checked = !selection;
    all.indeterminate = !!selection && selection.length > 0;
    summary.textContent = chosenText(control);
    summary.setAttribute("aria-label", `${control.title}: ${chosenText(control)}`);
  };
  const changed = () => {
    const kept = boxes.filter((box) => box.checked).map((box) => box.value);
    choose(control, kept.length === boxes.length ? null : kept);
    show();
  };
  boxes.forEach((box) => box.addEventListener("change", changed));
  all.addEventListener("change", () => { choose(control, all.checked ? null : []); show(); });
  const choices = make("div", { class: "choices", role: "group", "aria-label": control.title }, make("label", {}, all, "All"),
    ...boxes.map((box, at) => make("label", {}, box, control.values[at] === null ? "null" : control.values[at])));
  show();
  if (control.list) return make("div", { class: "control" }, make("span", {}, control.title), choices);
  const details = make("details", { id: "control-" + control.id }, summary, choices);
  document.addEventListener("pointerdown", (event) => { if (!details.contains(event.target)) details.open = false; });
  details.addEventListener("keydown", (event) => { if (event.key === "Escape") { details.open = false; summary.focus(); } });
  return make("div", { class: "control" }, make("span", {}, control.title), details);
}

// --- Tooltips

const tip = document.getElementById("tip");

function showTip(mark, x, y) {
  tip.replaceChildren();
  if (mark.title) tip.append(make("b", {}, mark.title));
  for (const [name, value] of mark.lines) tip.append(make("span", {}, name, make("i", {}, value)));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = Math.max(6, Math.min(x + 14, window.innerWidth - box.width - 6));
  const top = y - box.height - 12 < 4 ? y + 18 : y - box.height - 12;
  tip.style.left = left + "px";
  tip.style.top = top + "px";
}

function hideTip() {
  tip.hidden = true;
  document.querySelectorAll(".m.on").forEach((element) => element.classList.remove("on"));
}

function wireTips(card) {
  const over = (event) => {
    const element = event.target.closest && event.target.closest(".m");
    hideTip();
    if (!element || !card.drawn) return;
    element.classList.add("on");
    showTip(card.drawn.marks[Number(element.dataset.m)], event.clientX, event.clientY);
  };
  card.plot.addEventListener("pointermove", over);
  card.plot.addEventListener("pointerdown", over);
  card.plot.addEventListener("pointerleave", hideTip);
  card.plot.addEventListener("blur", hideTip);
  card.plot.addEventListener("keydown", (event) => {
    const count = card.drawn ? card.drawn.marks.length : 0;
    if (event.key === "Escape") return hideTip();
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!count || (!step && event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    card.at = event.key === "Home" ? 0 : event.key === "End" ? count - 1 : card.at === null ? (step > 0 ? 0 : count - 1) : (card.at + step + count) % count;
    const element = card.plot.querySelector(`[data-m="${card.at}"]`), mark = card.drawn.marks[card.at];
    hideTip();
    if (!element) return;
    element.classList.add("on");
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
    const frame = card.plot.querySelector("svg").getBoundingClientRect();
    showTip(mark, frame.left + mark.x, frame.top + mark.y);
    document.getElementById("said").textContent = [mark.title].concat(mark.lines.map((line) => line.join(": "))).filter(Boolean).join(", ");
  });
}

// --- Tables

const PAGE = 50;

function tableOf(view, title, start, all) {
  const numeric = view.columns.map((column) => column.numeric);
  const row = (cells, className) => make("tr", { class: className || null }, ...cells.map((text, at) => make("td", { class: numeric[at] ? "n" : null, title: text.length > 40 ? text : null }, text)));
  return make("table", {}, make("caption", { class: "unseen" }, title),
    make("thead", {}, make("tr", {}, ...view.columns.map((column) => make("th", { scope: "col", class: column.numeric ? "n" : null }, column.label)))),
    make("tbody", {}, ...view.rows.slice(start, all ? undefined : start + PAGE).map((cells) => row(cells)), ...(view.total ? [row(view.total, "total")] : [])));
}

function pagedTable(card, into) {
  const { view, visual } = card;
  const pages = Math.max(1, Math.ceil(view.rows.length / PAGE));
  card.page = Math.min(card.page, pages - 1);
  const show = (page) => { card.page = page; pagedTable(card, into); into.scrollTop = 0; };
  into.replaceChildren(tableOf(view, visual.title || visual.id, card.page * PAGE));
  if (pages > 1) into.append(make("div", { class: "pager" },
    make("button", { type: "button", disabled: card.page === 0, on: { click: () => show(card.page - 1) } }, "Previous"),
    `${formatValue(card.page * PAGE + 1, {})} to ${formatValue(Math.min(view.rows.length, card.page * PAGE + PAGE), {})} of ${formatValue(view.rows.length, {})}`,
    make("button", { type: "button", disabled: card.page === pages - 1, on: { click: () => show(card.page + 1) } }, "Next")));
}

// --- Visuals

class Card {
  constructor(visual, place) {
    Object.assign(this, { visual, page: 0, at: null, drawn: null, asTable: false });
    this.isTable = visual.kind === "table" || visual.kind === "pivot";
    this.plot = make("div", { class: "plot", tabindex: 0, role: "group" });
    this.notes = make("ul", { class: "notes" });
    const title = make("div", {}, make("h3", {}, visual.title || visual.id));
    if (visual.subtitle) title.append(make("p", { class: "subtitle" }, visual.subtitle));
    const heading = make("header", {}, title);
    if (!this.isTable && visual.kind !== "kpi") {
      this.switch = make("button", { class: "more", type: "button", "aria-pressed": "false", on: { click: () => this.toggle() } }, "Table");
      this.switch.setAttribute("aria-label", `Show ${visual.title || visual.id} as a table`);
      heading.append(this.switch);
    }
    this.element = make("section", { class: "visual " + visual.kind, id: "visual-" + visual.id, "aria-label": visual.title || visual.id }, heading, this.plot, this.notes);
    this.element.style.gridColumn = `${place.column + 1} / span ${place.columns}`;
    this.element.style.gridRow = `${place.row + 1} / span ${place.rows}`;
    if (!this.isTable) wireTips(this);
    cards.push(this);
  }
  toggle() {
    this.asTable = !this.asTable;
    this.switch.textContent = this.asTable ? "Chart" : "Table";
    this.switch.setAttribute("aria-pressed", String(this.asTable));
    this.draw();
  }
  refresh() {
    this.view = viewOf(this.visual, selections);
    this.page = 0;
    this.draw();
  }
  draw() {
    hideTip();
    let notes = this.view.notes;
    if (this.isTable || this.asTable) {
      this.drawn = null;
      this.plot.setAttribute("aria-label", `${this.visual.title || this.visual.id}, ${this.view.rows.length} rows`);
      if (this.view.empty) this.plot.replaceChildren(make("p", {}, this.view.undecided ? "Not known for several values" : "No data"));
      else pagedTable(this, this.plot);
    } else {
      // The box that the layout gives, measured without what was drawn before.
      this.plot.replaceChildren();
      const box = this.plot.getBoundingClientRect();
      this.size = [Math.round(box.width), Math.round(box.height)];
      const width = Math.max(120, Math.floor(box.width)), height = Math.max(this.visual.kind === "kpi" ? 40 : 140, Math.floor(box.height));
      this.drawn = drawView(this.visual, this.view, { width, height, theme: "page", grow: true });
      this.plot.innerHTML = this.drawn.svg;
      this.plot.setAttribute("aria-label", describe(this.visual, this.view) + " Arrow keys go through the marks; the button shows the table.");
      notes = this.drawn.notes;
      this.at = null;
    }
    this.notes.replaceChildren(...notes.map((note) => make("li", {}, note)));
  }
}

function sheet(one) {
  const section = make("section", { "aria-label": one.name });
  if (data.sheets.length > 1) section.append(make("h2", {}, one.title || one.name));
  if (one.description) section.append(make("p", { class: "about" }, one.description));
  if (one.controls.length) section.append(make("div", { class: "controls" }, ...one.controls.map((control) => (control.multiple || control.list ? several(control) : single(control)))));
  const grid = make("div", { class: "sheet" });
  const order = one.places.slice().sort((a, b) => a.row - b.row || a.column - b.column);
  let figures = 0;
  for (const place of order) {
    const visual = one.visuals.find((each) => each.id === place.element);
    const text = one.texts.find((each) => each.id === place.element);
    if (visual) {
      const card = new Card(visual, place);
      // On a narrow screen key figures stand in twos; one that would stand alone is wide.
      if (visual.kind === "kpi") figures++;
      else figures = 0;
      grid.append(card.element);
      const last = order.indexOf(place) + 1 >= order.length || (one.visuals.find((each) => each.id === order[order.indexOf(place) + 1].element) || {}).kind !== "kpi";
      if (visual.kind === "kpi" && figures % 2 === 1 && last) card.element.classList.add("wide");
    } else if (text) {
      const element = make("div", { class: "visual text" }, text.text);
      element.style.gridColumn = `${place.column + 1} / span ${place.columns}`;
      element.style.gridRow = `${place.row + 1} / span ${place.rows}`;
      grid.append(element);
    }
  }
  section.append(grid);
  return section;
}

// --- A served page follows the warehouse

const KEPT = "selections";

function keep() {
  sessionStorage.setItem(KEPT, JSON.stringify(selections));
}

function restore() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "{}");
  for (const id of Object.keys(selections)) if (id in kept) selections[id] = kept[id];
}

// One question at a time, and none once the new page is on its way: a second reload would cancel the first.
async function follow() {
  let old = false;
  try {
    const answer = document.hidden ? null : await fetch(data.live.path, { cache: "no-store" });
    old = answer !== null && answer.ok && (await answer.text()) !== data.live.fingerprint;
  } catch {
    // The server has ended; the page stays as it is.
  }
  if (!old) return setTimeout(follow, 3000);
  keep();
  location.reload();
}

for (const one of data.sheets) for (const control of one.controls) selections[control.id] = control.selected;
if (data.live) {
  restore();
  setTimeout(follow, 3000);
}
head();
document.getElementById("sheets").append(...data.sheets.map(sheet));
foot();
cards.forEach((card) => card.refresh());
if (document.fonts && document.fonts.ready) document.fonts.ready.then(() => document.documentElement.setAttribute("data-ready", ""));
if (window.ResizeObserver) {
  let waiting = 0;
  const observer = new ResizeObserver(() => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => cards.forEach((card) => {
      if (card.isTable || card.asTable || !card.size) return;
      const box = card.plot.getBoundingClientRect();
      if (Math.abs(box.width - card.size[0]) > 1 || Math.abs(box.height - card.size[1]) > 1) card.draw();
    }));
  });
  cards.forEach((card) => observer.observe(card.plot));
}
