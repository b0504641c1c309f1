// The page: which item is in front of the reviewer, what a key does, and verdicts on their way.

import { chosen } from "./alike.js";
import { action, list } from "./keys.js";
import { typed } from "./labels.js";
import { Sound, address, fetched } from "./sound.js";
import { View, pictureOf, shapeOf, shared } from "./view.js";

const $ = (id) => document.getElementById(id);
const { reviewer, identity } = document.body.dataset;
const about = "about" in document.body.dataset; // whether the queue asks for the class
const pairs = "pairs" in document.body.dataset; // whether the queue asks if two hold the same sound
const AROUND = 2; // seconds heard before and behind a stretch
const AHEAD = 2; // items made ready beforehand
const RETRY = 1500; // milliseconds
const OUTBOX = `outbox-${identity}-${reviewer}`;

const state = {
  keys: [], // of all items, in their order
  done: new Map(), // key -> what was said
  at: -1,
  item: null,
  span: null, // what is seen
  selection: null, // what a verdict is about
  twin: -1, // which other recording of the same sound is heard; -1 is none
  high: 0, // upper edge of the picture, Hz
  label: "", // for the next verdict
  stamps: [], // when verdicts were given
};

const sheets = new Map(); // key -> promise of { article, item }
const outbox = JSON.parse(sessionStorage.getItem(OUTBOX) ?? "[]");
let flushing = null;

const sound = new Sound($("audio"), {
  moved: (time) => view.playhead(time),
  told: say,
});
const view = new View({
  chosen: (found) => choose({ onset: found.onset, offset: found.offset, kind: kindOf(found) }),
  changed: (selection) => choose(selection, { play: false }),
  drawn: (selection) => choose({ ...selection, kind: "new" }),
  heard: (time) => hear(time),
});

// Talking to the server.

async function ask(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error((await answer.json()).error ?? answer.statusText);
  return answer;
}

function post(path, body) {
  return fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, reviewer }),
  });
}

function keep() {
  sessionStorage.setItem(OUTBOX, JSON.stringify(outbox));
}

// Send what was decided, in its order, until it is in the dataset.
function flush() {
  flushing ??= (async () => {
    while (outbox.length) {
      let answer = null;
      try {
        answer = await post(outbox[0].path, outbox[0].body);
      } catch {
        // the server is gone: it may come back
      }
      if (answer?.ok) {
        outbox.shift();
        keep();
        banner("");
      } else if (answer && answer.status !== 503) {
        const lost = outbox.shift();
        keep();
        const told = await answer.json().catch(() => ({ error: answer.statusText }));
        state.done.delete(lost.body.key);
        say(`Not taken: ${told.error}`);
        progress();
      } else {
        const told = answer ? await answer.json().catch(() => ({})) : {};
        const why = told.error ?? "curate review does not answer";
        const what = outbox.length === 1 ? "1 verdict waits" : `${outbox.length} verdicts wait`;
        banner(`${why}. ${what} in this tab: leave it open.`);
        await new Promise((done) => setTimeout(done, RETRY));
      }
    }
    flushing = null;
  })();
  return flushing;
}

function sheet(key) {
  if (!sheets.has(key)) {
    const made = ask(`item/${encodeURIComponent(key)}`).then(async (answer) => {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const article = page.querySelector("article");
      return { article, item: JSON.parse(article.dataset.item) };
    });
    made.catch(() => sheets.delete(key));
    sheets.set(key, made);
  }
  return sheets.get(key);
}

// Make the next items ready, so that they are seen and heard at once.
async function prepare() {
  const open = state.keys.filter((key, n) => n > state.at && !state.done.has(key)).slice(0, AHEAD);
  for (const key of open) {
    try {
      const { item } = await sheet(key);
      new Image().src = pictureOf(item.recording, item, item.band);
      await Promise.all([fetch(shapeOf(item.recording, item)), fetched(address(item.recording, spanOf(item)))]);
    } catch {
      return; // it will be told when the item is there
    }
  }
}

// Moving through the queue.

async function go(index, { play = true } = {}) {
  if (index < 0 || index >= state.keys.length) return;
  const key = state.keys[index];
  state.at = index;
  const query = new URLSearchParams(location.search);
  query.delete("token");
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}#${key}`);
  let made;
  try {
    made = await sheet(key);
  } catch (error) {
    say(error.message);
    return;
  }
  if (state.keys[state.at] !== key) return;
  const { article, item } = made;
  $("card").replaceChildren(document.importNode(article, true));
  $("spoken").textContent = `${article.querySelector("h2").textContent}, ${article.querySelector(".why").textContent}`;
  Object.assign(state, { item, span: spanOf(item), label: "", high: item.band });
  state.selection = { onset: item.onset, offset: item.offset, kind: "item" };
  sound.cut = null;
  state.twin = -1;
  Object.assign(view, { selection: state.selection, twin: null });
  $("status").textContent = "";
  shown();
  progress();
  await Promise.all([
    view.show(item, state.span, state.high),
    sound.load(item.recording, state.span, region(), { play }),
  ]);
  prepare();
}

function next({ open = true } = {}) {
  const from = state.at + 1;
  const order = [...state.keys.keys()];
  const found = [...order.slice(from), ...(open ? order.slice(0, from) : [])]
    .find((n) => !open || !state.done.has(state.keys[n]));
  if (found !== undefined && !(open && state.done.size >= state.keys.length)) return go(found);
  return open ? finish() : undefined;
}

async function finish() {
  await flush();
  $("audio").pause();
  const page = new DOMParser().parseFromString(await (await ask("summary")).text(), "text/html");
  $("card").replaceChildren(document.importNode(page.querySelector("article"), true));
  progress();
}

// What is looked at and heard.

function spanOf({ start, duration }) {
  return { start, duration };
}

function region() {
  const { start, duration } = sound.span && state.item?.recording === sound.recording ? sound.span : state.span;
  const { onset, offset } = state.selection;
  return {
    onset: Math.min(Math.max(start, onset - AROUND), start + duration - 0.05),
    offset: Math.max(start + 0.05, Math.min(start + duration, offset + AROUND)),
  };
}

function kindOf({ onset, offset }) {
  const { item } = state;
  return onset < item.offset && offset > item.onset ? "item" : "other";
}

function choose(selection, { play = true } = {}) {
  state.selection = selection;
  view.select(selection);
  sound.region = region();
  shown();
  if (!play) return;
  sound.seek(sound.region.onset);
  sound.play();
}

function hear(time) {
  const { start, duration } = sound.span;
  if (time < start || time >= start + duration) return;
  if (time >= sound.region.offset) sound.region = { onset: time, offset: start + duration };
  sound.seek(time);
  sound.play();
}

function look(start, duration) {
  const { item } = state;
  duration = Math.min(Math.max(duration, 0.1), Math.min(120, item.length));
  start = Math.min(Math.max(0, start), item.length - duration);
  state.span = { start: Math.round(start * 1000) / 1000, duration: Math.round(duration * 1000) / 1000 };
  view.show(item, state.span, state.high);
  const heard = sound.span;
  if (state.span.start < heard.start || start + duration > heard.start + heard.duration + 0.01) {
    const all = { onset: state.span.start, offset: state.span.start + state.span.duration };
    listen(all, { play: !$("audio").paused });
  }
}

// Load what is looked at, of the recording or of its twin.
function listen(heard, options) {
  const { recording, part, shift } = shared(state.item.recording, state.span, state.item.twins[state.twin]);
  const onset = Math.max(part.start, heard.onset);
  const offset = Math.max(onset + 0.05, Math.min(part.start + part.duration, heard.offset));
  return sound.load(recording, part, { onset, offset }, { ...options, shift });
}

// Hear and see the next recording of the same sound, and after the last one the first again.
function twin() {
  const { twins } = state.item;
  if (!twins.length) return say("No other recording holds this sound.");
  const from = sound.now();
  state.twin = state.twin + 1 < twins.length ? state.twin + 1 : -1;
  view.twin = twins[state.twin] ?? null;
  view.show(state.item, state.span, state.high);
  say(view.twin ? `This is ${view.twin.recording_id}${view.twin.label ? `, ${view.twin.label}` : ""}, at the same place.` : "This is the recording itself.");
  return listen(region(), { from, play: true });
}

function zoom(factor) {
  const { start, duration } = state.span;
  const { onset, offset } = state.selection;
  const middle = Math.min(start + duration, Math.max(start, (onset + offset) / 2));
  look(middle - (duration * factor) / 2, duration * factor);
}

// Deciding.

function decide(judgement, word = "", { label = state.label || word, other = 0, beside = state.selection.kind !== "item" && judgement !== "drop" } = {}) {
  const { item, selection } = state;
  if (!item) return;
  const { onset, offset } = selection;
  const body = { key: item.key, judgement, onset, offset, label, beside, other };
  outbox.push({ path: "verdict", body });
  keep();
  forget(item.recording);
  state.label = "";
  if (beside) {
    const noted = { relabel: `the recording is of ${label}`, also: `${label} is heard, too`, same: "the two are the same", different: "the two are not the same" }[judgement] ?? `${judgement} ${onset.toFixed(2)} to ${offset.toFixed(2)} s`;
    flush().then(() => go(state.at, { play: false })).then(() => say(`Noted: ${noted}.`));
    return;
  }
  state.done.set(item.key, saidOf(body));
  state.stamps.push(performance.now());
  flush();
  next();
}

// A verdict in a word, as the server says it.
function saidOf({ judgement, label }) {
  if (judgement === "relabel") return `is ${label}`;
  return ["keep", "same", "different"].includes(judgement) ? judgement : "cut";
}

// Say of the recording, and of the one that is heard beside it, whether they hold the same sound. Where there
// are more of them, the question stays open for the others.
function pair(judgement) {
  const { twins } = state.item;
  const others = new Set(twins.map(({ number }) => number));
  if (!others.size) return say("No other recording holds this sound.");
  if (others.size > 1 && state.twin < 0) return say("There are several others: hear the one that you mean first (g).");
  const other = twins[Math.max(0, state.twin)].number;
  return decide(judgement, "", { label: "", other, beside: !pairs || others.size > 1 });
}

async function undo() {
  if (outbox.length > 1 || (outbox.length === 1 && !flushing)) {
    back(outbox.pop().body.key); // it never left
    keep();
    return;
  }
  await flush();
  const answer = await post("undo", {});
  const told = await answer.json();
  if (!answer.ok) say(told.error);
  else if (told.key === null) say("There is nothing to undo.");
  else {
    sheets.clear();
    await refresh();
    back(told.key);
  }
}

function back(key) {
  const index = state.keys.indexOf(key);
  forget(Number(key.split("-")[0]));
  state.stamps.pop();
  if (!outbox.some((each) => each.body.key === key)) state.done.delete(key);
  if (index >= 0) go(index).then(() => say("Undone."));
  else say("Undone; it was about an item of another queue.");
  progress();
}

function forget(recording) {
  for (const key of sheets.keys()) if (key.startsWith(`${recording}-`)) sheets.delete(key);
}

async function refresh() {
  const { items } = await (await ask(`queue?${new URLSearchParams({ reviewer })}`)).json();
  state.keys = items.map(([key]) => key);
  state.done = new Map(items.filter(([, said]) => said));
  for (const { path, body } of outbox) if (path === "verdict" && !body.beside) state.done.set(body.key, saidOf(body));
}

// One verdict for many, after a preview.
async function alike() {
  const { item } = state;
  say("Listening for what is alike …");
  const found = await chosen(item.key, reviewer, ask);
  say("");
  if (!found) return;
  const { judgement, keys } = found;
  outbox.push({ path: "bulk", body: { key: item.key, keys, judgement, label: judgement === "cut" ? "voice" : "" } });
  keep();
  for (const key of keys) state.done.set(key, judgement);
  sheets.clear();
  flush();
  progress();
  if (keys.includes(item.key)) next();
}

// Say another class, one more that is heard, or a word that goes with the next verdict.
async function label(what) {
  const typedIn = await typed(what, what === "note" ? state.label : "", ask);
  if (typedIn === null) return;
  if (what === "note") {
    state.label = typedIn;
    shown();
  } else if (typedIn) {
    decide(what, "", { label: typedIn, beside: what === "also" || !about });
  }
}

// What the reviewer is told.

function say(text) {
  $("status").textContent = text;
}

function banner(text) {
  $("banner").hidden = !text;
  $("banner").textContent = text;
}

function shown() {
  const { onset, offset, kind } = state.selection;
  const what = kind === "item" ? "" : kind === "new" ? "new stretch: " : "other candidate: ";
  const called = state.label ? ` · “${state.label}”` : "";
  $("stretch").textContent = `${what}${onset.toFixed(2)}–${offset.toFixed(2)} s, ${(offset - onset).toFixed(2)} s${called}`;
  $("loop").setAttribute("aria-pressed", sound.loop);
  $("expand").setAttribute("aria-pressed", sound.expand > 1);
  $("clean").setAttribute("aria-pressed", sound.cut !== null);
  $("twin").setAttribute("aria-pressed", state.twin >= 0);
  $("twin").hidden = !state.item.twins.length;
  for (const act of ["same", "different"]) {
    document.querySelector(`[data-act=${act}]`).hidden = !state.item.twins.length;
  }
  for (const button of document.querySelectorAll("[data-speed]")) {
    button.setAttribute("aria-pressed", Number(button.dataset.speed) === sound.speed);
  }
}

function progress() {
  const [done, all] = [state.done.size, state.keys.length];
  $("progress").value = done;
  $("progress").max = all;
  const said = state.done.get(state.keys[state.at]);
  $("count").textContent = `item ${state.at + 1} · ${done} of ${all} decided${said ? ` · this one: ${said}` : ""}`;
  const latest = state.stamps.slice(-20);
  const minutes = (latest.at(-1) - latest[0]) / 60000;
  if (latest.length < 3 || !minutes) return;
  const rate = (latest.length - 1) / minutes;
  const left = Math.ceil((all - done) / rate);
  $("rate").textContent = `${Math.round(rate * 60)} an hour · ${left} min left`;
}

// Actions by name: of keys and of buttons.

const ACTIONS = {
  voice: () => decide("cut", "voice"),
  "no-voice": () => decide("keep", "no voice"),
  cut: () => decide("cut"),
  keep: () => decide("keep"),
  same: () => pair("same"),
  different: () => pair("different"),
  drop: () => decide("drop"),
  skip: () => next({ open: state.keys.some((key, n) => n !== state.at && !state.done.has(key)) }),
  next: () => next({ open: false }),
  previous: () => go(state.at - 1),
  undo,
  alike,
  relabel: () => label("relabel"),
  also: () => label("also"),
  note: () => label("note"),
  play: () => sound.toggle(),
  again: () => hear(sound.region.onset),
  loop: () => { sound.loop = !sound.loop; },
  half: () => sound.setSpeed(0.5),
  normal: () => sound.setSpeed(1),
  double: () => sound.setSpeed(2),
  expand: () => sound.again({ expand: sound.expand > 1 ? 1 : 10 }),
  clean: () => sound.again({ cut: sound.cut ? null : state.selection }),
  twin,
  "onset-": (step) => view.move("onset", state.selection.onset - step),
  "onset+": (step) => view.move("onset", state.selection.onset + step),
  "offset-": (step) => view.move("offset", state.selection.offset - step),
  "offset+": (step) => view.move("offset", state.selection.offset + step),
  draw: () => choose({ onset: sound.now(), offset: Math.min(state.item.length, sound.now() + 1), kind: "new" }, { play: false }),
  other: () => {
    const all = state.item.segments.filter((s) => s.offset > state.span.start && s.onset < state.span.start + state.span.duration);
    const found = all.find((s) => s.onset > state.selection.onset + 1e-6) ?? all[0];
    if (found) view.chosen(found);
  },
  back: () => choose({ onset: state.item.onset, offset: state.item.offset, kind: "item" }),
  in: () => zoom(0.5),
  out: () => zoom(2),
  reset: () => look(state.item.start, state.item.duration),
  left: () => look(state.span.start - state.span.duration / 2, state.span.duration),
  right: () => look(state.span.start + state.span.duration / 2, state.span.duration),
  band: () => {
    const { band, nyquist } = state.item;
    const edges = [...new Set([nyquist / 4, nyquist / 2, band, nyquist])].sort((a, b) => a - b);
    state.high = edges.find((f) => f > state.high) ?? edges[0];
    view.show(state.item, state.span, state.high);
  },
  help: () => $("help").showModal(),
};

function act(name, step) {
  if (!state.item && name !== "help" && name !== "undo") return;
  Promise.resolve(ACTIONS[name](step)).catch((error) => say(error.message));
  if (state.selection) shown();
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.target.closest("input, textarea, select")) return;
  const found = action(event);
  if (!found) return;
  // Space and Enter press the button that has the focus; everything else is a key of the page.
  if (event.target.closest("button, a") && event.key === " ") return;
  event.preventDefault();
  act(found.act, found.step);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  act(button.dataset.act);
  if (event.detail) button.blur(); // clicked, not pressed: the space bar plays again
});
addEventListener("resize", () => state.item && view.show(state.item, state.span, state.high));
matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => dispatchEvent(new Event("resize")));
addEventListener("beforeunload", (event) => { if (outbox.length) event.preventDefault(); });
for (const name of ["play", "pause"]) {
  $("audio").addEventListener(name, () => { $("play").firstChild.textContent = $("audio").paused ? "Play " : "Pause "; });
}

list($("keys"));
await refresh();
if (outbox.length) flush();
const asked = state.keys.indexOf(decodeURIComponent(location.hash.slice(1)));
if (asked >= 0) await go(asked);
else {
  state.at = -1;
  await next();
}
document.body.dataset.ready = "";
