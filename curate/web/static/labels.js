// The dialog that asks for a class or a word, with completion over the taxonomy.

const $ = (id) => document.getElementById(id);
const TITLES = {
  relabel: "Which class is this recording of?",
  relabelAll: "Which class are these recordings of?",
  also: "Which class is heard here, too?",
  note: "What is heard there?",
};

// Ask for a label; gives null if the person thought better of it. `ask` fetches a path.
export function typed(what, first, ask) {
  const [dialog, field, told] = [$("labels"), $("label"), $("unknown")];
  let insisted = null;
  $("labels-title").textContent = TITLES[what];
  field.value = first;
  told.textContent = "";
  dialog.returnValue = "";
  field.oninput = () => complete(field.value, ask).catch(() => {});
  dialog.querySelector("form").onsubmit = async (event) => {
    event.preventDefault();
    const label = field.value.trim();
    if (what !== "note" && label && label !== insisted && !(await isKnown(label, ask))) {
      insisted = label;
      told.textContent = `No class of this dataset is called “${label}” yet. Enter once more makes it one.`;
    } else {
      dialog.close("ok");
    }
  };
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "ok" ? field.value.trim() : null), { once: true });
  });
}

async function found(text, ask) {
  return (await ask(`labels?${new URLSearchParams({ q: text })}`)).json();
}

async function isKnown(label, ask) {
  return (await found(label, ask)).some((each) => each.label === label);
}

async function complete(text, ask) {
  const options = (await found(text, ask)).map(({ label, means }) => {
    const option = document.createElement("option");
    option.value = label;
    option.label = means;
    return option;
  });
  $("names").replaceChildren(...options);
}
