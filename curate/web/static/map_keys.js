// What each key does on the map: the one list behind the keyboard and the help.

export const MAP_KEYS = [
  ["Decide, after a preview", [
    ["v", "voices", "these are voices: cut them"],
    ["k", "keep", "keep these, whatever a machine says"],
    ["D", "drop", "drop their recordings"],
    ["l", "relabel", "their recordings are of another class"],
    ["r", "review", "hear them one by one, on the review page"],
    ["u", "undo", "undo, as often as you like"],
  ]],
  ["Select", [
    ["Arrows", "go", "to the next dot in that direction"],
    [" ", "brush", "add what lies below the brush, or take it out"],
    ["[", "smaller", "smaller brush"],
    ["]", "larger", "larger brush"],
    ["a", "all", "all dots of the colour that is shown alone"],
    ["Escape", "clear", "select nothing"],
  ]],
  ["Look and listen", [
    ["p", "play", "play the dot again, or stop"],
    ["s", "sound", "play dots below the pointer, or not"],
    ["c", "colour", "colour by something else"],
    ["m", "move", "drag moves the map, or draws a lasso"],
    ["+", "in", "zoom in"],
    ["-", "out", "zoom out"],
    ["0", "reset", "the whole map"],
    ["?", "help", "these keys"],
  ]],
];

const ACTIONS = new Map(MAP_KEYS.flatMap(([, keys]) => keys.map(([key, act]) => [key, act])));
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Find what a key press means: the action, and of an arrow its direction to the right and downwards.
export function action(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return (event.ctrlKey || event.metaKey) && event.key === "z" ? { act: "undo" } : null;
  }
  if (ARROWS[event.key]) return { act: "go", direction: ARROWS[event.key] };
  const act = ACTIONS.get(event.key === "=" ? "+" : event.key);
  return act && act !== "go" ? { act } : null;
}
