// What each key does: the one list behind the keyboard and the help.

export const KEYS = [
  ["Decide", [
    ["v", "voice", "a voice: cut it"],
    ["n", "no-voice", "not a voice: keep it"],
    ["x", "cut", "cut, whatever it is"],
    ["k", "keep", "keep"],
    ["D", "drop", "drop the whole recording"],
    ["l", "relabel", "the recording is of another class"],
    ["b", "also", "another class is heard in the background, too"],
    ["y", "same", "the same sound as the other recording"],
    ["N", "different", "not the same sound as the other recording"],
    ["i", "like", "like this: what the search looks for"],
    ["d", "unlike", "not like this"],
    ["m", "note", "a word that goes with the next verdict"],
    ["A", "alike", "one verdict for what is alike, after a preview"],
    ["u", "undo", "undo, as often as you like"],
    ["s", "skip", "decide later"],
    ["ArrowRight", "next", "next item"],
    ["ArrowLeft", "previous", "previous item"],
  ]],
  ["Listen", [
    [" ", "play", "play or pause"],
    ["p", "again", "from the start"],
    ["o", "loop", "loop"],
    ["1", "half", "half speed"],
    ["2", "normal", "normal speed"],
    ["3", "double", "double speed"],
    ["t", "expand", "ten times slower and lower, for ultrasound"],
    ["c", "clean", "raw, or as it sounds once this is cut"],
    ["g", "twin", "the other recording of the same sound, at the same place"],
  ]],
  ["Borders", [
    ["q", "onset-", "start 10 ms earlier (Q: 100 ms)"],
    ["w", "onset+", "start 10 ms later (W: 100 ms)"],
    ["e", "offset-", "end 10 ms earlier (E: 100 ms)"],
    ["r", "offset+", "end 10 ms later (R: 100 ms)"],
    ["a", "draw", "a new stretch of 1 s where you hear"],
    ["j", "other", "choose the next candidate in view"],
    ["Escape", "back", "back to the item itself"],
  ]],
  ["Look", [
    ["+", "in", "zoom in"],
    ["-", "out", "zoom out"],
    ["0", "reset", "all of it"],
    ["H", "left", "look further left"],
    ["L", "right", "look further right"],
    ["f", "band", "range of frequencies"],
    ["?", "help", "these keys"],
  ]],
];

const ACTIONS = new Map(KEYS.flatMap(([, keys]) => keys.map(([key, act]) => [key, act])));
const TENFOLD = new Map([["Q", "onset-"], ["W", "onset+"], ["E", "offset-"], ["R", "offset+"]]);
const SHOWN = { " ": "space", Arrows: "← → ↑ ↓", ArrowRight: "→", ArrowLeft: "←", Escape: "Esc" };

// Find what a key press means: the action and, for borders, the step in seconds.
export function action(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return (event.ctrlKey || event.metaKey) && event.key === "z" ? { act: "undo" } : null;
  }
  if (TENFOLD.has(event.key)) return { act: TENFOLD.get(event.key), step: 0.1 };
  if (event.key === "=") return { act: "in" };
  const act = ACTIONS.get(event.key);
  return act ? { act, step: 0.01 } : null;
}

// Write the list for the help.
export function list(into, groups = KEYS) {
  for (const [title, keys] of groups) {
    const table = document.createElement("table");
    table.createCaption().textContent = title;
    for (const [key, , means] of keys) {
      const row = table.insertRow();
      const kbd = document.createElement("kbd");
      kbd.textContent = SHOWN[key] ?? key;
      row.insertCell().append(kbd);
      row.insertCell().textContent = means;
    }
    into.append(table);
  }
}
