// The preview of one verdict for many: what is alike, to be heard and ticked.

import { address } from "./sound.js";

const $ = (id) => document.getElementById(id);
const LONGEST = 10; // seconds heard of each
const player = new Audio();

// Show the preview of an item; gives the judgement and the ticked keys, or null.
export async function chosen(key, reviewer, ask) {
  const dialog = $("bulk");
  const text = await (await ask(`alike/${key}?${new URLSearchParams({ reviewer })}`)).text();
  const page = new DOMParser().parseFromString(text, "text/html");
  $("alike").replaceChildren(...[...page.body.childNodes].map((node) => document.importNode(node, true)));
  const boxes = [...$("alike").querySelectorAll("input")];
  const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const count = () => { $("ticked").textContent = `${ticked().length} ticked`; };
  $("alike").onchange = count;
  $("alike").onclick = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const line = button.closest("li");
    if (line) return hear(line.dataset);
    for (const box of boxes.filter((each) => !each.disabled)) box.checked = button.dataset.tick === "all" || "alike" in box.closest("li").dataset;
    count();
  };
  count();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      player.pause();
      const judgement = dialog.returnValue;
      done(judgement && ticked().length ? { judgement, keys: ticked() } : null);
    }, { once: true });
  });
}

function hear({ recording, onset, offset }) {
  $("audio").pause();
  player.src = address(recording, { start: onset, duration: Math.min(LONGEST, offset - onset) });
  player.play();
}
