"use strict";
// The page of an explanation: data in #data, what is shown in `state`. Start reading at show().
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const CHUNK = 200;
const rows = [];            // every row, by its number
const open = new Set();     // the numbers of those that are open
let visible = [];           // the rows of the list, in order
let at = 0;                 // the step: forward, then backward, then one for each leaf
let hits = [], hit = -1;

function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Rows that are many and have no structure come in chunks that open.
function chunked(list, parent, level) {
  if (list.length <= CHUNK) return list;
  const size = CHUNK * Math.ceil(list.length / CHUNK / CHUNK);
  const parts = [];
  for (let i = 0; i < list.length; i += size) {
    const inner = list.slice(i, i + size), last = inner[inner.length - 1];
    parts.push({n: last.n, f: `operations ${i + 1} to ${i + inner.length}`, k: "chunk", s: last.s,
                d: last.d, o: "", v: last.v, c: last.c, l: last.l, a: [], in: inner});
  }
  return parts;
}

function enter(list, parent, level) {
  const kept = chunked(list, parent, level);
  for (const row of kept) {
    row.i = rows.length; row.up = parent; row.level = level;
    rows.push(row);
    if (row.in && row.in.length) row.in = enter(row.in, row, level + 1);
    row.last = rows.length - 1;
  }
  return kept;
}
const top_ = enter(data.rows, null, 0);
const byName = new Map();
for (const row of rows) byName.set(row.n, row);

function list() {           // what the list shows, with what is folded
  visible = [];
  const walk = (part) => {
    for (const row of part) {
      if (row.in && row.in.length && open.has(row.i)) {
        if (row.k !== "call") visible.push({row, head: true});
        walk(row.in);
      } else visible.push({row, head: false});
    }
  };
  walk(top_);
  steps = visible.filter((each) => !each.head).map((each) => each.row);
}
let steps = [];

function total() { return 2 * steps.length + data.leaves.length; }

function where(step) {      // what a step is: its phase, its row or leaf
  const n = steps.length;
  if (step < n) return {phase: "forward", row: steps[step], k: step + 1, of: n};
  if (step < 2 * n) return {phase: "backward", row: steps[2 * n - 1 - step], k: step - n + 1, of: n};
  return {phase: "leaf", leaf: data.leaves[step - 2 * n], k: step - 2 * n + 1, of: data.leaves.length};
}

function drawList() {
  const ol = $("rows");
  ol.replaceChildren(...visible.map(({row, head}) => {
    const folds = row.in && row.in.length;
    const fold = el("button", {class: folds ? "fold" : "fold none", tabindex: "-1", "data-fold": row.i,
      "aria-label": folds ? (open.has(row.i) ? "fold" : "open") : null,
      "aria-expanded": folds ? String(open.has(row.i)) : null}, folds ? (open.has(row.i) ? "▾" : "▸") : "·");
    const text = head ? (row.t || row.f) : row.f === row.n ? row.n : `${row.n} = ${row.f}`;
    const made = el("span", {class: "made mono", title: text}, fold, text);
    if (row.k && row.k !== "call" && !head) made.append(el("span", {class: "kind"}, row.t || row.k));
    const li = el("li", {"data-row": row.i, style: `--level:${row.level}`, class: head ? "head" : "step"}, made);
    if (!head) li.append(el("span", {class: "num mono"}, el("span", {class: "v"}, row.v || "–"), " ",
                            el("span", {class: "ct"}, "")));
    return li;
  }));
}

function drawLeaves() {
  $("leaves").replaceChildren(...data.leaves.map((leaf, k) => el("li", {"data-leaf": k, style: "--level:0"},
    el("span", {class: "made mono"}, `${leaf.name}.grad`, el("span", {class: "kind"}, leaf.kind)), el("span", {class: "num mono ct"}, ""))));
}

function arrivals(name, upTo) {   // the parts that have come to a name so far, in the backward pass
  const found = [];
  for (let k = steps.length - 1; k >= upTo; k--)
    for (const [argument, text, value, part] of steps[k].a)
      if (argument === name) found.push([steps[k].n, part]);
  return found;
}

function show() {
  at = Math.max(0, Math.min(total() - 1, at));
  const now = where(at), n = steps.length, backward = now.phase !== "forward";
  document.body.className = backward ? "backward" : "forward";
  $("phase").className = backward ? "backward" : "forward";
  $("phase").textContent = now.phase === "leaf" ? `into .grad, ${now.k} of ${now.of}` : `${now.phase}, step ${now.k} of ${now.of}`;
  const slider = $("slider");
  slider.max = total() - 1; slider.value = at;
  slider.setAttribute("aria-valuetext", $("phase").textContent);
  const order = new Map(steps.map((row, k) => [row.i, k]));
  let current = null;
  for (const li of $("rows").children) {
    const k = order.get(Number(li.dataset.row));
    li.removeAttribute("aria-current");
    if (k === undefined) continue;
    const done = at >= n || k <= at, returned = at >= 2 * n - 1 - k;
    li.classList.toggle("later", !done);
    li.querySelector(".ct").textContent = returned ? `∂ = ${steps[k].c || "not known"}` : "";
    if (now.row === steps[k]) { li.setAttribute("aria-current", "step"); current = li; }
  }
  const lowest = now.phase === "leaf" ? 0 : now.phase === "backward" ? n - now.k : n;
  data.leaves.forEach((leaf, k) => {
    const li = $("leaves").children[k], parts = arrivals(leaf.name, lowest);
    const done = now.phase === "leaf" && k <= now.k - 1;
    li.removeAttribute("aria-current");
    if (now.leaf === leaf) { li.setAttribute("aria-current", "step"); current = li; }
    li.classList.toggle("later", !parts.length && !done);
    li.querySelector(".num").textContent = done
      ? (leaf.before ? `${leaf.before} + (${leaf.gradient})` : leaf.gradient || "not known")
      : parts.length ? `${parts.length} part${parts.length > 1 ? "s" : ""} so far: ${parts.map((p) => p[1] || "?").join("  +  ")}` : "";
  });
  drawSource(now); drawCard(now, lowest); drawPicture(now);
  if (current) current.scrollIntoView({block: "nearest"});
}

let shownFile = null;
function drawSource(now) {
  const [file, line] = now.row && now.row.l ? now.row.l : [shownFile, 0];
  if (file !== null && file !== undefined && file !== shownFile && data.files[file]) {
    shownFile = file;
    const has = new Set(rows.filter((row) => row.l && row.l[0] === file).map((row) => row.l[1]));
    $("file").textContent = data.files[file].name;
    $("code").replaceChildren(...data.files[file].lines.map((text, k) => {
      const number = k + data.files[file].first;
      return el("span", {class: has.has(number) ? "l has" : "l", "data-line": number},
                el("i", {}, String(number)), text || " ");
    }));
  }
  for (const each of $("code").querySelectorAll(".now")) each.classList.remove("now");
  const mark = line && $("code").querySelector(`[data-line="${line}"]`);
  if (mark) { mark.classList.add("now"); mark.scrollIntoView({block: "nearest"}); }
}

function pair(dl, name, value, kind) {
  if (value) dl.append(el("dt", {}, name), el("dd", {class: `mono ${kind || ""}`}, value));
}

function drawCard(now, lowest) {
  const card = $("card");
  card.replaceChildren();
  if (now.phase === "leaf") {
    const leaf = now.leaf, dl = el("dl");
    card.append(el("h3", {class: "mono"}, `${leaf.name}.grad`),
      el("p", {class: "say"}, "All parts have arrived; their sum is added to .grad."), dl);
    for (const [from, part] of arrivals(leaf.name, 0)) pair(dl, `through ${from}`, part || "not known", "ct");
    pair(dl, "together", leaf.gradient || "not known", "ct");
    pair(dl, ".grad before", leaf.before || "None");
    return;
  }
  const row = now.row, dl = el("dl");
  card.append(el("h3", {class: "mono"}, row.f === row.n ? row.n : `${row.n} = ${row.f}`));
  card.append(el("p", {class: "say"}, now.phase === "forward"
    ? "Forward: the value is computed, and the operation is recorded."
    : "Backward: the derivative of the result with respect to this value has arrived; it goes on to each argument, times the local derivative."));
  card.append(dl);
  pair(dl, "value", row.v || "freed");
  pair(dl, "kind", `${row.d}[${row.s.join(", ")}]${row.o ? " · " + row.o : ""}`);
  if (row.t && row.k !== "call") pair(dl, "folds", `${row.t}: ${row.in ? row.in.length : 0} rows (Enter opens)`);
  if (now.phase === "backward") {
    const parts = arrivals(row.n, lowest + 1);
    if (parts.length > 1) parts.forEach(([from, part]) => pair(dl, `from ${from}`, part, "ct"));
    pair(dl, `∂${data.output}/∂${row.n}`, (row.c || "not known") + (parts.length > 1 ? "  (the sum)" : ""), "ct");
  }
  const flow = el("div", {class: "flow"});
  for (const [argument, text, value, part] of row.a) {
    const p = el("p", {class: "mono"}, `∂${row.n}/∂${argument} = ${text}${value && value !== text ? " = " + value : ""}`);
    if (now.phase === "backward") p.append(el("br"), el("span", {class: "ct"}, `→ ${argument} receives ${part || "a part that is not known"}`));
    flow.append(p);
  }
  if (row.a.length) card.append(flow);
}

let shownPicture = null;
function drawPicture(now) {
  const row = now.row;
  let group = row ? row.up : null;
  while (group && !(group.i in pictures)) group = group.up;
  const key = group ? group.i : "top";
  if (!row && shownPicture !== null) return mark(now);
  if (key !== shownPicture) {
    shownPicture = key;
    const text = key === "top" ? data.picture : pictures[key];
    $("picture").innerHTML = text || `<p class="say">${data.nopicture}</p>`;
  }
  mark(now);
}
const pictures = {};
for (const row of rows) if (row.p) pictures[row.i] = row.p;

function mark(now) {
  const rank = new Map(steps.map((row, k) => [row.n, k]));
  for (const label of $("picture").querySelectorAll(".label.back")) {
    const k = rank.get(label.dataset.to);
    label.classList.toggle("later", k !== undefined && at < 2 * steps.length - 1 - k);
  }
  for (const box of $("picture").querySelectorAll(".box")) {
    const name = box.dataset.row, k = box.dataset.leaf === undefined ? rank.get(name) : -1;
    box.classList.toggle("later", k === -1 ? now.phase !== "leaf" : k !== undefined && at < 2 * steps.length - 1 - k);
    const is = box.dataset.row !== undefined && (now.row && box.dataset.row === now.row.n);
    box.classList.toggle("now", Boolean(is));
    if (is) {
      const pane = $("picture"), a = box.getBoundingClientRect(), b = pane.getBoundingClientRect();
      if (a.top < b.top || a.bottom > b.bottom) pane.scrollTop += a.top - b.top - b.height / 3;
      if (a.left < b.left || a.right > b.right) pane.scrollLeft += a.left - b.left - b.width / 3;
    }
  }
}

function go(row, backward) {       // to the step of a row, opening what hides it
  let opened = false;
  for (let up = row.up; up; up = up.up) if (!open.has(up.i)) { open.add(up.i); opened = true; }
  if (opened) { list(); drawList(); }
  let target = row;
  if (open.has(row.i) && row.in && row.in.length) target = steps.find((each) => each.i > row.i) || row;
  const k = steps.indexOf(target);
  if (k >= 0) at = backward ? 2 * steps.length - 1 - k : k;
  show();
}

function toggle(row) {
  const now = where(at), backward = now.phase === "backward", leaf = now.phase === "leaf" ? now.k : 0;
  const kept = now.row;
  if (open.has(row.i)) open.delete(row.i); else open.add(row.i);
  list(); drawList();
  if (leaf) { at = 2 * steps.length + leaf - 1; show(); return; }
  let target = kept;
  if (kept && kept.i >= row.i && kept.i <= row.last) target = open.has(row.i)
    ? steps.find((each) => each.i > row.i && each.i <= row.last) : row;
  while (target && steps.indexOf(target) < 0) target = target.up;
  at = target ? (backward ? 2 * steps.length - 1 - steps.indexOf(target) : steps.indexOf(target)) : 0;
  show();
}

function fold() {                  // the row that one is at, or what it is in
  const now = where(at);
  if (!now.row) return;
  if (now.row.in && now.row.in.length) toggle(now.row); else if (now.row.up) toggle(now.row.up);
}

function search() {
  const text = $("search").value.trim().toLowerCase();
  hits = text ? rows.filter((row) => [row.n, row.f, row.o, row.t, row.l ? `${data.files[row.l[0]]?.name}:${row.l[1]}` : ""]
    .some((each) => each && each.toLowerCase().includes(text))) : [];
  hit = -1;
  const marked = new Set(hits.map((row) => row.i));
  for (const li of $("rows").children) li.classList.toggle("hit", marked.has(Number(li.dataset.row)));
  $("found").textContent = text ? `${hits.length} found` : "";
}

function nextHit(step) {
  if (!hits.length) return;
  hit = (hit + step + hits.length) % hits.length;
  const backward = where(at).phase !== "forward";
  go(hits[hit], backward);
  const marked = new Set(hits.map((row) => row.i));
  for (const li of $("rows").children) li.classList.toggle("hit", marked.has(Number(li.dataset.row)));
  $("found").textContent = `${hit + 1} of ${hits.length}`;
}

const moves = {
  first: () => { at = 0; show(); }, back: () => { at--; show(); }, next: () => { at++; show(); },
  last: () => { at = total() - 1; show(); }, turn: () => { at = at < steps.length ? steps.length : 0; show(); },
};
for (const [id, move] of Object.entries(moves)) $(id).addEventListener("click", move);
$("slider").addEventListener("input", (event) => { at = Number(event.target.value); show(); });
$("search").addEventListener("input", search);
$("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") { event.preventDefault(); nextHit(event.shiftKey ? -1 : 1); }
  if (event.key === "Escape") { event.target.value = ""; search(); event.target.blur(); }
  event.stopPropagation();
});
$("rows").addEventListener("click", (event) => {
  const button = event.target.closest("[data-fold]"), li = event.target.closest("li");
  if (button && !button.classList.contains("none")) toggle(rows[Number(button.dataset.fold)]);
  else if (li) go(rows[Number(li.dataset.row)], where(at).phase !== "forward");
});
$("leaves").addEventListener("click", (event) => {
  const li = event.target.closest("li");
  if (li) { at = 2 * steps.length + Number(li.dataset.leaf); show(); }
});
$("code").addEventListener("click", (event) => {
  const line = event.target.closest(".has");
  if (!line) return;
  const row = rows.find((each) => !(each.in && each.in.length) && each.l && each.l[0] === shownFile && each.l[1] === Number(line.dataset.line));
  if (row) go(row, where(at).phase !== "forward");
});
$("picture").addEventListener("click", (event) => {
  const box = event.target.closest(".box[data-row]");
  if (!box) return;
  const group = shownPicture === "top" ? null : rows[shownPicture];
  const row = rows.find((each) => each.n === box.dataset.row && (group ? each.i > group.i && each.i <= group.last : true));
  if (row) go(row, where(at).phase !== "forward");
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const keys = {ArrowRight: "next", ArrowDown: "next", l: "next", j: "next", ArrowLeft: "back", ArrowUp: "back",
                h: "back", k: "back", Home: "first", End: "last", b: "turn"};
  if (event.target.id === "slider" && event.key.startsWith("Arrow")) return;
  if (event.key in keys) { moves[keys[event.key]](); event.preventDefault(); }
  else if (event.key === "Enter" && event.target.tagName !== "BUTTON") { fold(); event.preventDefault(); }
  else if (event.key === "/") { $("search").focus(); event.preventDefault(); }
  else if (event.key === "n") nextHit(1);
  else if (event.key === "N") nextHit(-1);
});

list();
for (let k = 0; k < rows.length && k < 500; k++) {   // modules are open at first, where there is room
  const row = rows[k];
  if (row.k !== "module" || (row.up && !open.has(row.up.i))) continue;
  if (row.in && row.in.length > 1 && steps.length + row.in.length <= 24) { open.add(row.i); list(); }
}
drawList(); drawLeaves(); show();
