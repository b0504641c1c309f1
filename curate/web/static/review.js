// The page: which item is in front of the reviewer, what a key does, and verdicts on their way.

import { chosen } from "./alike.js";
import { action, list } from "./keys.js";
import { typed } from "./labels.js";
import { Outbox, insist, pause, reason } from "./outbox.js";
import { Sound, address, fetched } from "./sound.js";
import { View, pictureOf, shapeOf, shared } from "./view.js";

const $ = (id) => document.getElementById(id);
const { reviewer, identity } = document.body.dataset;
const about = "about" in document.body.dataset; // whether the queue asks for the class
const pairs = "pairs" in document.body.dataset; // whether the queue asks if two hold the same sound
const AROUND = 2; // seconds heard before and behind a stretch
const AHEAD = 2; // items made ready beforehand

const state = {
  keys: [], // of all items, in their order
  done: new Map(), // key -> what was said
  broken: new Map(), // key -> why it was seen not to be readable
  at: -1, // which item is asked for; the number of items at the end
  item: null, // the one that is shown; null while it is on its way, and at the end
  span: null, // what is seen
  selection: null, // what a verdict is about
  twin: -1, // which other recording of the same sound is heard; -1 is none
  high: 0, // upper edge of the picture, Hz
  label: "", // for the next verdict
  stamps: [], // when verdicts were given
  undos: 0, // that are on their way
  unanswered: false, // whether one of them waits for a server that does not answer
};

let stored = []; // [key, what was said] of all items, as the server has them
const sheets = new Map(); // key -> promise of { article, item }

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
  return good(await fetch(path));
}

async function good(answer) {
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(told.error ?? answer.statusText), { status: answer.status });
  }
  return answer;
}

function post(path, body) {
  return fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, reviewer }),
  });
}

const outbox = new Outbox(`outbox-${identity}-${reviewer}`, {
  post,
  waits: (why) => {
    const many = outbox.entries.length;
    banner(why && `${why}. ${many === 1 ? "1 verdict waits" : `${many} verdicts wait`} in this tab: leave it open.`);
  },
  sent: ({ body }, told) => {
    stored = answered(body, stored);
    leftBehind(told.behind);
  },
  refused: (_entry, why) => {
    recount();
    say(`Not taken: ${why}`);
    progress();
  },
});

// Try again for as long as the server does not answer, unless the person goes on; gives undefined then.
async function patiently(made, isWanted) {
  for (;;) {
    try {
      const found = await made();
      if (!outbox.entries.length) banner("");
      return found;
    } catch (error) {
      const passes = error.status === undefined || error.status === 403 || error.status === 503;
      if (!passes || !isWanted()) throw error;
      banner(`${reason(error.status, error.message)}. Nothing is lost: this page goes on then.`);
      await pause();
      if (!isWanted()) return undefined;
    }
  }
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

// Moving through the queue. Until the next item is there, no key counts.

function leave() {
  delete document.body.dataset.finished;
  state.item = null;
  sound.stop();
  view.clear();
  $("card").setAttribute("aria-busy", "true");
  document.body.dataset.waiting = "";
}

function arrive(article) {
  $("card").replaceChildren(document.importNode(article, true));
  $("card").removeAttribute("aria-busy");
  delete document.body.dataset.waiting;
}

function remember(key) {
  const query = new URLSearchParams(location.search);
  // The token must not stay in the address bar or the history.
  query.delete("token");
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}${key ? `#${key}` : ""}`);
}

async function go(index, { play = true } = {}) {
  if (index < 0 || index >= state.keys.length) return;
  const key = state.keys[index];
  const isWanted = () => state.keys[state.at] === key;
  state.at = index;
  remember(key);
  leave();
  let made;
  try {
    made = await patiently(() => sheet(key), isWanted);
  } catch (error) {
    if (isWanted()) broken(key, error.message);
    return;
  }
  if (!made || !isWanted()) return;
  const { article, item } = made;
  arrive(article);
  $("spoken").textContent = `${article.querySelector("h2").textContent}, ${article.querySelector(".why").textContent}`;
  Object.assign(state, { item, span: spanOf(item), label: "", high: item.band });
  state.selection = { onset: item.onset, offset: item.offset, kind: "item" };
  sound.cut = null;
  state.twin = -1;
  $("status").textContent = "";
  if (item.gone) broken(key, item.gone);
  else state.broken.delete(key);
  progress();
  if (item.gone) {
    shown();
    prepare();
    return;
  }
  Object.assign(view, { selection: state.selection, twin: null });
  shown();
  const [, why] = await Promise.all([view.show(item, state.span, state.high), load(item, { play })]);
  if (state.item !== item) return;
  if (why) broken(key, why);
  prepare();
}

// Load the sound of an item, and its picture once more if the server did not answer meanwhile. Gives why not, or null.
async function load(item, { play }) {
  const isWanted = () => state.item === item;
  let tries = 0;
  const tried = () => {
    tries += 1;
    return fetched(address(item.recording, state.span, sound));
  };
  try {
    await patiently(tried, isWanted);
  } catch {
    // what the server says of it is told below
  }
  if (!isWanted()) return null;
  if (tries > 1) view.show(item, state.span, state.high);
  return sound.load(item.recording, state.span, region(), { play });
}

// Say that an item cannot be heard: nobody can decide about it.
function broken(key, why) {
  state.broken.set(key, why);
  sound.stop();
  view.clear();
  say(`${why.startsWith("cannot read") ? why : `cannot read it: ${why}`}. No verdict is taken; s goes on.`);
}

// Go to the next item without a verdict. What was seen not to be readable comes last, or with `again` not at all.
function next({ again = false } = {}) {
  const order = [...state.keys.keys()];
  const waiting = [...order.slice(state.at + 1), ...order.slice(0, state.at + 1)].filter((n) => !state.done.has(state.keys[n]));
  const found = waiting.find((n) => !state.broken.has(state.keys[n])) ?? (again ? waiting[0] : undefined);
  return found === undefined ? finish() : go(found);
}

async function finish() {
  state.at = state.keys.length;
  const isWanted = () => state.at === state.keys.length;
  remember("");
  leave();
  await outbox.flush();
  if (!isWanted()) return;
  const made = await patiently(() => ask("summary"), isWanted);
  if (!made || !isWanted()) return;
  const page = new DOMParser().parseFromString(await made.text(), "text/html");
  if (!isWanted()) return;
  arrive(page.querySelector("article"));
  document.body.dataset.finished = "";
  const unread = state.keys.filter((key) => !state.done.has(key)).length;
  say(unread ? `${unread} ${unread === 1 ? "item" : "items"} could not be read, and ${unread === 1 ? "has" : "have"} no verdict.` : "");
  progress();
}

// What is looked at and heard.

function spanOf({ start, duration }) {
  return { start, duration };
}

function region() {
  const { start, duration } = sound.span && state.item.recording === sound.recording ? sound.span : state.span;
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
  if (!sound.span) return;
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
  if (!heard) return;
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
  if (!mayDecide()) return;
  const { onset, offset } = selection;
  const body = { key: item.key, judgement, onset, offset, label, beside, other };
  outbox.add("verdict", body);
  forget(item.recording);
  state.label = "";
  if (beside) {
    const noted = { like: "like this", unlike: "not like this", relabel: `the recording is of ${label}`, also: `${label} is heard, too`, same: "the two are the same", different: "the two are not the same" }[judgement] ?? `${judgement} ${onset.toFixed(2)} to ${offset.toFixed(2)} s`;
    outbox.flush().then(() => state.item === item && go(state.at, { play: false })).then(() => say(`Noted: ${noted}.`));
    return;
  }
  recount();
  state.stamps.push(performance.now());
  progress();
  next();
}

// Whether a verdict counts now: on an item that is shown and can be heard, and after all undoing.
function mayDecide() {
  const item = state.item;
  const why = state.broken.get(item?.key);
  if (!item) say("The next item is not here yet: that key did not count.");
  else if (state.undos) say("Undoing: that key did not count.");
  else if (why) broken(item.key, why);
  else return true;
  return false;
}

// Note in a list of items what was said of some. Of a dropped recording nothing else is asked.
function answered({ key, keys = [key], judgement, label, beside }, items) {
  if (beside) return items;
  const now = items.map(([each, said]) => [each, keys.includes(each) ? saidOf({ judgement, label }) : said]);
  const [recording] = key.split("-");
  return judgement === "drop" ? now.filter(([each, said]) => said || each.split("-")[0] !== recording) : now;
}

// A verdict in a word, as the server says it.
function saidOf({ judgement, label }) {
  if (judgement === "relabel") return `is ${label}`;
  return ["keep", "same", "different", "like", "unlike"].includes(judgement) ? judgement : "cut";
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

// Say whether this is what the search looks for, which asked about it.
function likeness(judgement) {
  const { onset, offset } = state.selection;
  const asked = state.item.segments.find((s) => s.layer === "search" && s.onset < offset && s.offset > onset);
  if (!asked) return say("No search asks about this stretch: curate search makes one.");
  return decide(judgement, "", { label: asked.label });
}

// Undo as often as asked, one after the other.
let undoing = Promise.resolve();
function undo() {
  if (state.unanswered || (state.undos && outbox.stuck)) return say("The undo is on its way: that key did not count.");
  state.undos += 1;
  document.body.dataset.undoing = "";
  undoing = undoing.then(undoOnce).catch((error) => refresh().then(progress, () => {}).then(() => say(error.message))).finally(() => {
    state.undos -= 1;
    if (!state.undos) delete document.body.dataset.undoing;
  });
  return undoing;
}

async function undoOnce() {
  const unsent = outbox.takeBack();
  if (unsent) {
    recount();
    return back(unsent.body.key);
  }
  await outbox.flush();
  // It names the act, so that one act is taken back even if the answer is lost and it is asked again.
  const { act } = await insisted(async () => (await ask(`latest?${new URLSearchParams({ reviewer })}`)).json());
  if (act === null) return say("There is nothing to undo.");
  const told = await insisted(async () => (await good(await post("undo", { act }))).json());
  leftBehind(told.behind);
  sheets.clear();
  await refresh();
  return back(told.key);
}

function insisted(asked) {
  return insist(asked, (why) => {
    state.unanswered = Boolean(why);
    if (why) banner(`${reason()}. The undo waits in this tab: leave it open.`);
    else if (!outbox.entries.length) banner("");
  });
}

function back(key) {
  const index = state.keys.indexOf(key);
  forget(Number(key.split("-")[0]));
  state.stamps.pop();
  progress();
  if (index < 0) return say("Undone; it was about an item of another queue.");
  // The next undo does not wait for picture and sound.
  go(index).then(() => state.broken.has(key) || say("Undone."), (error) => say(error.message));
  return undefined;
}

function forget(recording) {
  for (const key of sheets.keys()) if (key.startsWith(`${recording}-`)) sheets.delete(key);
}

// Read what is decided.
async function refresh() {
  const before = outbox.sent;
  const { items } = await (await ask(`queue?${new URLSearchParams({ reviewer })}`)).json();
  if (outbox.sent !== before) return refresh(); // it may tell of a moment before that
  stored = items;
  return recount();
}

// Count what is stored, and what is on its way.
function recount() {
  const here = state.keys[state.at];
  const atEnd = state.at >= 0 && state.at === state.keys.length;
  const items = outbox.entries.reduce((found, { body }) => answered(body, found), stored);
  state.keys = items.map(([key]) => key);
  state.done = new Map(items.filter(([, said]) => said));
  state.at = atEnd ? state.keys.length : state.keys.indexOf(here);
}

// One verdict for many, after a preview.
async function alike() {
  const { item } = state;
  if (!mayDecide()) return;
  say("Listening for what is alike …");
  const found = await chosen(item.key, reviewer, ask);
  say("");
  if (!found) return;
  if (state.item !== item || !mayDecide()) return;
  const { judgement, keys } = found;
  const body = { key: item.key, keys, judgement, label: judgement === "cut" ? "voice" : "" };
  outbox.add("bulk", body);
  recount();
  sheets.clear();
  progress();
  if (keys.includes(item.key)) next();
}

// Say another class, one more that is heard, or a word that goes with the next verdict.
async function label(what) {
  const { item } = state;
  if (!mayDecide()) return;
  const typedIn = await typed(what, what === "note" ? state.label : "", ask);
  if (typedIn === null || state.item !== item) return;
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

// Tell, until it is read, which exports say something else than the ledger since this page was opened.
const behind = new Map(); // path -> recordings
const read = new Set(); // paths that the person knows of
function leftBehind(change = {}) {
  for (const [path, number] of Object.entries(change)) behind.set(path, (behind.get(path) ?? 0) + number);
  const left = [...behind].filter(([path, number]) => number > 0 && !read.has(path));
  $("behind").hidden = !left.length;
  $("behind-text").textContent = `No longer as exported: ${left.map(([path, number]) => `${number} ${number === 1 ? "recording" : "recordings"} of ${path}`).join(", ")}. The files stay as they are.`;
}

function shown() {
  if (!state.item) return;
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
  const which = state.at < all ? `item ${state.at + 1} · ` : "";
  $("count").textContent = `${which}${done} of ${all} decided${said ? ` · this one: ${said}` : ""}`;
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
  like: () => likeness("like"),
  unlike: () => likeness("unlike"),
  drop: () => decide("drop"),
  skip: () => {
    if (state.keys.some((key, n) => n !== state.at && !state.done.has(key))) return next({ again: true });
    return state.at + 1 < state.keys.length ? go(state.at + 1) : finish();
  },
  next: () => (state.at + 1 < state.keys.length ? go(state.at + 1) : undefined),
  previous: () => go(Math.min(state.at, state.keys.length) - 1),
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

// What needs no item before the reviewer, and what needs nothing but its words.
const ALWAYS = new Set(["help", "next", "previous", "undo"]);
const UNHEARD = new Set([...ALWAYS, "alike", "also", "cut", "different", "drop", "keep", "like", "no-voice", "note", "relabel", "same", "skip", "unlike", "voice"]);

function act(name, step) {
  const why = state.broken.get(state.item?.key);
  if (!state.item && !ALWAYS.has(name) && !(name === "skip" && state.broken.has(state.keys[state.at]))) {
    say(state.at < state.keys.length ? "The next item is not here yet: that key did not count." : "Nothing is left to decide: u takes the latest verdict back.");
    return;
  }
  if (why && !UNHEARD.has(name)) {
    broken(state.item.key, why);
    return;
  }
  Promise.resolve(ACTIONS[name](step)).catch((error) => say(error.message));
  shown();
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
$("behind-read").addEventListener("click", () => {
  for (const path of behind.keys()) read.add(path);
  leftBehind();
});
addEventListener("resize", () => view.span && view.show(state.item, state.span, state.high));
matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => dispatchEvent(new Event("resize")));
addEventListener("beforeunload", (event) => { if (outbox.entries.length) event.preventDefault(); });
for (const name of ["play", "pause"]) {
  $("audio").addEventListener(name, () => { $("play").firstChild.textContent = $("audio").paused ? "Play " : "Pause "; });
}

// What another tab or another command decided meanwhile.
addEventListener("focus", () => {
  if (!state.undos && !outbox.entries.length) refresh().then(progress, () => {});
});

list($("keys"));
await patiently(refresh, () => true);
outbox.flush();
const asked = state.keys.indexOf(decodeURIComponent(location.hash.slice(1)));
if (asked >= 0) await go(asked);
else {
  state.at = -1;
  await next();
}
document.body.dataset.ready = "";
