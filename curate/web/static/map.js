// The map: what is seen, heard and selected, and what is done with a selection.

import { list } from "./keys.js";
import { typed } from "./labels.js";
import { MAP_KEYS, action } from "./map_keys.js";
import { MapView } from "./map_view.js";
import { insist, nameOfAnAct, reason } from "./outbox.js";
import { address, fetched } from "./sound.js";

const $ = (id) => document.getElementById(id);
const { reviewer } = document.body.dataset;
const REST = 140; // milliseconds on a dot after which it is shown and heard
const LISTED = 200; // names of colours
const FEW = 12; // names that need no field to find them
const HIGH = 12000; // upper edge of the picture, Hz

// Colours that people with any colour vision tell apart, as far as twelve go (after Okabe and Ito 2008).
const PALETTES = {
  light: { back: "#ffffff", none: "#b4bcc6", ordered: ["#c3cad3", "#e6b85c", "#dd7a12", "#b01c1c"],
    words: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#3fa7dd", "#6a3d9a", "#8c510a", "#1b7837", "#e0298a", "#5b6770"] },
  dark: { back: "#171c23", none: "#4a5563", ordered: ["#47515e", "#a07a2c", "#f0a030", "#ff6b5e"],
    words: ["#56b4e9", "#f0883e", "#2bd4a0", "#f08bc0", "#f0e442", "#7d9cff", "#c9a0ff", "#d9a066", "#8fe388", "#ff7f7f", "#b8c4d0"] },
};
const SAID = { kept: { light: "#009e73", dark: "#2bd4a0" }, cut: { light: "#d55e00", dark: "#f0883e" }, renamed: { light: "#0072b2", dark: "#56b4e9" }, dropped: { light: "#8b1a1a", dark: "#ff6b5e" } };

const state = {
  points: "", // which points the server has
  by: null, // { names, counts, in_order, colour }
  alone: -1, // the colour that is shown alone
  chosen: new Uint8Array(0),
  sound: true,
  moves: false,
  info: new Map(), // dot -> promise of what it is
  asked: -1, // the dot that is asked for
  sending: false, // whether a verdict or an undo is on its way
};

const view = new MapView($("dots"), $("marks"), () => {});

// Talking to the server.

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error(reason(undefined).replace("review", "map"));
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    const why = answer.status === 403 ? reason(403).replace("review", "map") : [told.error ?? answer.statusText, told.hint].filter(Boolean).join("; ");
    throw Object.assign(new Error(why), { status: answer.status });
  }
  return answer;
}

async function post(path, body) {
  const sent = { ...body, reviewer, points: state.points };
  return (await ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(sent) })).json();
}

// Take JSON and the numbers behind it apart.
async function unpacked(path) {
  const data = await (await ask(path)).arrayBuffer();
  const length = new DataView(data).getUint32(0, true);
  return { ...JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length))), numbers: new Uint16Array(data, 4 + length) };
}

// A bit of each dot, the lowest of a byte first.
function packed() {
  const bits = new Uint8Array(Math.ceil(view.n / 8));
  state.chosen.forEach((is, k) => { if (is) bits[k >> 3] |= 1 << (k & 7); });
  let text = "";
  // In pieces: browsers limit the number of arguments of a call.
  for (let at = 0; at < bits.length; at += 8192) text += String.fromCharCode(...bits.subarray(at, at + 8192));
  return btoa(text);
}

function say(words) {
  $("status").textContent = words;
}

// Colours.

function scheme() {
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

function palette() {
  const { back, none, ordered, words } = PALETTES[scheme()];
  const { names, in_order: inOrder } = state.by;
  const colours = names.map((name, k) => {
    if (inOrder) return ordered[Math.min(k, ordered.length - 1)];
    if (name === "none") return none;
    return SAID[name] && $("by").value === "verdict" ? SAID[name][scheme()] : words[k] ?? none;
  });
  return { back, none, colours };
}

function bits(colour, share = 1, back = "#000000") {
  const part = (at) => Math.round(parseInt(colour.slice(at, at + 2), 16) * share + parseInt(back.slice(at, at + 2), 16) * (1 - share));
  // A canvas holds the bytes R, G, B, A: read as one number, the lowest byte first, that is ABGR.
  return ((0xff << 24) | (part(5) << 16) | (part(3) << 8) | part(1)) >>> 0;
}

function colour() {
  const { back, colours } = palette();
  const { numbers } = state.by;
  const strong = Uint32Array.from(colours, (each) => bits(each));
  const faint = Uint32Array.from(colours, (each) => bits(each, 0.22, back));
  const any = many() > 0;
  const paint = new Uint32Array(view.n);
  const front = new Uint8Array(view.n);
  for (let k = 0; k < view.n; k += 1) {
    const shown = (state.alone < 0 || numbers[k] === state.alone) && (!any || state.chosen[k]);
    front[k] = shown ? 1 : 0;
    paint[k] = (shown ? strong : faint)[numbers[k]];
  }
  view.colour(paint, front, bits(back));
}

async function colourBy(name) {
  const found = await unpacked(`colours/${name}`);
  if ($("by").value !== name) return;
  state.by = found;
  state.alone = -1;
  legend();
  colour();
}

function legend() {
  const { names, counts } = state.by;
  const { colours } = palette();
  const wanted = $("filter").value.trim().toLowerCase();
  $("filter").hidden = names.length <= FEW;
  const rows = names.map((name, k) => [name, k]).filter(([name, k]) => counts[k] && name.toLowerCase().includes(wanted));
  const lines = rows.slice(0, LISTED).map(([name, k]) => {
    const line = document.createElement("li");
    const button = document.createElement("button");
    const swatch = document.createElement("i");
    const many = document.createElement("span");
    button.type = "button";
    button.dataset.colour = k;
    button.setAttribute("aria-pressed", state.alone === k);
    swatch.style.background = colours[k];
    many.textContent = counts[k].toLocaleString("en");
    button.append(swatch, name, many);
    line.append(button);
    return line;
  });
  $("names-of-colours").replaceChildren(...lines);
  const more = rows.length - lines.length;
  $("more").textContent = more > 0 ? `${more.toLocaleString("en")} more: type to find them` : "";
  $("all").disabled = state.alone < 0;
}

// Selecting.

function many() {
  return state.many ?? 0;
}

function select(found, how = "replace") {
  if (how === "replace") state.chosen.fill(0);
  for (const k of found) state.chosen[k] = how === "remove" ? 0 : 1;
  state.many = state.chosen.reduce((sum, is) => sum + is, 0);
  $("chosen").textContent = state.many ? `${state.many.toLocaleString("en")} ${state.many === 1 ? "window" : "windows"} selected` : "nothing selected";
  for (const button of document.querySelectorAll("[data-needs]")) button.disabled = !state.many;
  colour();
}

// The dot that is meant.

function info(k) {
  if (!state.info.has(k)) {
    const made = ask(`point/${k}`).then((answer) => answer.json());
    made.catch(() => state.info.delete(k));
    state.info.set(k, made);
  }
  return state.info.get(k);
}

let resting;
function mean(k, { brushing = false } = {}) {
  view.brushing = brushing;
  if (k === view.at) return;
  view.at = k;
  view.mark();
  clearTimeout(resting);
  if (k >= 0) resting = setTimeout(() => show(k).catch((error) => say(error.message)), REST);
}

async function show(k) {
  state.asked = k;
  const found = await info(k);
  if (state.asked !== k) return;
  const { recording, onset, offset } = found;
  $("what").textContent = found.name || found.label || "no label";
  $("where").textContent = [found.name && found.label, found.id, found.recordist, `${onset.toFixed(2)}–${offset.toFixed(2)} s`, found.dropped && `dropped: ${found.dropped}`].filter(Boolean).join(" · ");
  const high = Math.min(HIGH, found.sr / 2);
  const asked = new URLSearchParams({ start: onset, duration: offset - onset, high, width: 320, height: 160, palette: scheme() });
  $("spectrogram").hidden = false;
  $("spectrogram").onerror = () => { $("spectrogram").hidden = true; };
  $("spectrogram").src = `spectrogram/${recording}?${asked}`;
  $("spectrogram").alt = `Spectrogram, ${onset.toFixed(1)} to ${offset.toFixed(1)} s, 0 to ${high / 1000} kHz`;
  if (state.sound) await play(found, () => state.sound && state.asked === k);
}

// Play a window, unless it is wanted no more once its sound is there.
async function play({ recording, onset, offset }, isWanted = () => true) {
  const { source } = await fetched(address(recording, { start: onset, duration: offset - onset }));
  if (!isWanted()) return;
  const audio = $("audio");
  audio.src = source;
  try {
    await audio.play();
  } catch (error) {
    if (error.name === "NotAllowedError") say("Click once on the map to listen.");
    else if (error.name !== "AbortError") throw error;
  }
}

// Deciding.

const WORDS = {
  voices: { judgement: "cut", label: "voice", title: "These are voices", does: "Cut", about: "cut out" },
  keep: { judgement: "keep", label: "", title: "Keep these", does: "Keep", about: "kept, whatever a machine says" },
  drop: { judgement: "drop", label: "", title: "Drop these recordings", does: "Drop", about: "dropped as a whole", whole: true },
  relabel: { judgement: "relabel", title: "Another class", does: "Rename", whole: true },
};

function counted(number, noun, several = `${noun}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : several}`;
}

function seconds(length) {
  if (length < 60) return `${length.toFixed(1)} s`;
  const whole = Math.round(length);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600).toLocaleString("en")} h ${Math.floor(whole / 60) % 60} min`;
}

// Preview a verdict; give whether it is meant.
async function confirmed({ title, does, about, whole }, found) {
  const recordings = counted(found.recordings, "recording");
  const what = whole ? `${recordings}, ${seconds(found.seconds)}` : `${counted(found.windows, "window")}, ${seconds(found.seconds)} of ${recordings}`;
  $("preview-title").textContent = title;
  $("preview-words").textContent = `${what}: ${about}.${found.already ? ` ${counted(found.already, "recording is", "recordings are")} so already.` : ""}`;
  $("preview-behind").textContent = behindWords(found.behind);
  $("preview-list").replaceChildren(...found.listed.map((each) => {
    const line = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Hear";
    button.setAttribute("aria-label", `Hear ${each.id} at ${each.onset.toFixed(2)} s`);
    button.onclick = () => play({ ...each, offset: Math.min(each.offset, each.onset + 10) }).catch((error) => say(error.message));
    line.append(`${each.id}${each.label ? `, ${each.label}` : ""}: ${counted(each.windows, "window")} `, button);
    return line;
  }));
  const more = found.recordings - found.listed.length;
  $("preview-more").textContent = more > 0 ? `and ${counted(more, "recording")} more` : "";
  $("preview-do").textContent = does;
  const dialog = $("preview");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      $("audio").pause();
      done(dialog.returnValue === "do");
    }, { once: true });
  });
}

function behindWords(behind) {
  const there = Object.entries(behind ?? {}).filter(([, number]) => number > 0);
  return there.length ? `No longer as exported then: ${there.map(([path, number]) => `${counted(number, "recording")} of ${path}`).join(", ")}. The files stay as they are.` : "";
}

async function decide(name) {
  if (!many()) return say("Select something first: drag around it, or press space on a dot.");
  const label = name === "relabel" ? await typed("relabelAll", "", ask) : WORDS[name].label;
  if (label === null || (name === "relabel" && !label)) return undefined;
  const words = name === "relabel" ? { ...WORDS.relabel, about: `of the class ${label} from now on` } : WORDS[name];
  const body = { chosen: packed(), judgement: words.judgement, label };
  say("Looking what that would change …");
  const found = await post("preview", body);
  say("");
  if (!(await confirmed(words, found))) return say("Nothing was changed.");
  say("Noting …");
  const told = await noted("verdict", { ...body, act: nameOfAnAct() });
  await changed();
  return say(`Noted: ${counted(found.recordings, "recording")}, ${words.about}. u takes it back. ${behindWords(told.behind)}`);
}

// Send what is named, until it is answered: noted once, even if an answer is lost.
async function noted(path, body) {
  if (state.sending) throw new Error("The latest verdict or undo is on its way: that key did not count.");
  state.sending = true;
  try {
    return await insist(() => post(path, body), (why) => why && say(`${why}. What you decided waits in this tab: leave it open.`));
  } finally {
    state.sending = false;
  }
}

async function changed() {
  state.info.clear();
  const { alone } = state;
  await colourBy($("by").value);
  state.alone = alone;
  legend();
  colour();
}

async function review() {
  if (!many()) return say("Select something first: drag around it, or press space on a dot.");
  const { stretches } = await post("selection", { chosen: packed() });
  say(`${counted(stretches, "stretch", "stretches")} to review; also: curate review --queue selection`);
  location.assign(`review/?${new URLSearchParams({ reviewer })}`);
  return undefined;
}

async function undo() {
  const { act } = await (await ask(`latest?${new URLSearchParams({ reviewer })}`)).json();
  if (act === null) return say("There is nothing to undo.");
  await noted("undo", { act });
  await changed();
  return say("Undone.");
}

// Keys and buttons.

function pressed(id, is) {
  $(id).setAttribute("aria-pressed", is);
}

const ACTIONS = {
  voices: () => decide("voices"),
  keep: () => decide("keep"),
  drop: () => decide("drop"),
  relabel: () => decide("relabel"),
  review,
  undo,
  go: (direction) => {
    const next = view.at < 0 ? view.central() : view.beside(view.at, direction);
    if (next < 0) return say("There is no dot further in that direction.");
    mean(next, { brushing: true });
    view.show(next);
    return undefined;
  },
  brush: () => {
    if (view.at < 0) mean(view.central(), { brushing: true });
    const found = view.brushing ? view.brushed(view.at) : [view.at];
    select(found, state.chosen[view.at] ? "remove" : "add");
  },
  smaller: () => { Object.assign(view, { brush: Math.max(4, view.brush / 1.4), brushing: true }).mark(); },
  larger: () => { Object.assign(view, { brush: Math.min(400, view.brush * 1.4), brushing: true }).mark(); },
  all: () => {
    if (state.alone < 0) return say("Choose a colour of the list first.");
    const { numbers } = state.by;
    const found = [];
    for (let k = 0; k < view.n; k += 1) if (numbers[k] === state.alone) found.push(k);
    return select(found);
  },
  clear: () => {
    if (many()) return select([]);
    state.alone = -1;
    legend();
    return colour();
  },
  play: async () => {
    if (!$("audio").paused) return $("audio").pause();
    if (view.at >= 0) await play(await info(view.at));
    return undefined;
  },
  sound: () => {
    state.sound = !state.sound;
    pressed("sound", state.sound);
    if (!state.sound) $("audio").pause();
  },
  colour: () => {
    $("by").selectedIndex = ($("by").selectedIndex + 1) % $("by").options.length;
    return colourBy($("by").value);
  },
  move: () => {
    state.moves = !state.moves;
    pressed("move", state.moves);
    $("plane").classList.toggle("moves", state.moves);
  },
  in: () => view.zoomBy(1.5),
  out: () => view.zoomBy(1 / 1.5),
  reset: () => view.reset(),
  help: () => $("help").showModal(),
};

function act(name, value) {
  Promise.resolve().then(() => ACTIONS[name](value)).catch((error) => say(error.message));
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.target.closest("input, textarea, select")) return;
  const found = action(event);
  if (!found || (event.target.closest("button, a") && event.key === " ")) return;
  event.preventDefault();
  act(found.act, found.direction);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.act) {
    act(button.dataset.act);
    if (event.detail) button.blur();
  } else if (button?.dataset.colour) {
    const k = Number(button.dataset.colour);
    state.alone = state.alone === k ? -1 : k;
    legend();
    document.querySelector(`[data-colour="${k}"]`)?.focus();
    colour();
  }
});
$("by").addEventListener("change", () => colourBy($("by").value).catch((error) => say(error.message)));
$("filter").addEventListener("input", legend);

// The pointer: it hovers, draws a lasso, moves the map; two fingers zoom.

const plane = $("marks");
const down = new Map(); // pointer -> place
let dragging = null; // "lasso", "move" or null
let gap = 0; // between two fingers

function placeOf(event) {
  const box = plane.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function spread() {
  const [[ax, ay], [bx, by]] = down.values();
  return { far: Math.hypot(ax - bx, ay - by), middle: [(ax + bx) / 2, (ay + by) / 2] };
}

plane.addEventListener("pointerdown", (event) => {
  const place = placeOf(event);
  down.set(event.pointerId, place);
  plane.setPointerCapture(event.pointerId);
  $("dots").focus({ preventScroll: true });
  if (down.size === 2) {
    dragging = "pinch";
    view.path = null;
    gap = spread().far;
  } else {
    dragging = state.moves || event.button !== 0 ? "move" : "lasso";
    view.path = dragging === "lasso" ? [place] : null;
  }
});
plane.addEventListener("pointermove", (event) => {
  const place = placeOf(event);
  const before = down.get(event.pointerId);
  if (!before) {
    mean(view.nearest(...place));
    return;
  }
  if (dragging === "pinch") {
    down.set(event.pointerId, place);
    const { far, middle } = spread();
    if (gap > 0) view.zoomBy(far / gap, ...middle);
    gap = far;
  } else if (dragging === "move") {
    view.moveBy(place[0] - before[0], place[1] - before[1]);
    down.set(event.pointerId, place);
  } else if (dragging === "lasso") {
    const last = view.path.at(-1);
    if (Math.hypot(place[0] - last[0], place[1] - last[1]) < 3) return;
    view.path.push(place);
    view.mark();
  }
});
plane.addEventListener("pointerup", (event) => {
  const path = view.path;
  const how = event.shiftKey ? "add" : event.altKey ? "remove" : "replace";
  if (dragging === "lasso" && path?.length > 2) {
    view.path = null;
    const found = view.inside(path);
    select(found, how);
    say(found.length ? "" : "No dot lies in there.");
  } else if (dragging === "lasso") {
    view.path = null;
    const k = view.nearest(...placeOf(event));
    mean(k);
    if (k >= 0 && how !== "replace") select([k], how);
  }
  down.delete(event.pointerId);
  if (!down.size) dragging = null;
  view.mark();
});
plane.addEventListener("pointercancel", (event) => {
  down.delete(event.pointerId);
  view.path = null;
  dragging = null;
  view.mark();
});
plane.addEventListener("contextmenu", (event) => event.preventDefault());
plane.addEventListener("wheel", (event) => {
  event.preventDefault();
  view.zoomBy(Math.exp(-event.deltaY / 400), ...placeOf(event));
}, { passive: false });

new ResizeObserver(() => view.fit()).observe($("plane"));
matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => {
  if (!state.by) return;
  legend();
  colour();
});

list($("keys"), MAP_KEYS);
const query = new URLSearchParams(location.search);
query.delete("token");
history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
try {
  const [there, by] = await Promise.all([unpacked("points"), unpacked(`colours/${$("by").value}`)]);
  state.points = there.points;
  state.by = by;
  view.place(there.numbers);
  state.chosen = new Uint8Array(view.n);
  view.fit();
  legend();
  select([]);
  view.draw();
  performance.mark("first-picture");
  document.body.dataset.ready = "";
} catch (error) {
  $("banner").textContent = error.message;
  $("banner").hidden = false;
}
export { view };
