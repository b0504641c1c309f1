// Draws a stretch of a recording, and lets borders be moved and stretches be drawn.

const $ = (id) => document.getElementById(id);
const SHORTEST = 0.01; // seconds, of a stretch
const LABEL = 58; // pixels that a time below the picture needs

export function palette() {
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

export function pictureOf(recording, span, high) {
  const asked = new URLSearchParams({
    start: span.start, duration: span.duration, high: Math.round(high), width: width(), height: height(),
    palette: palette(),
  });
  return `spectrogram/${recording}?${asked}`;
}

// Find the part of a span that a twin has, too: the times of both are `shift` apart.
export function shared(recording, span, twin) {
  if (!twin) return { recording, part: span, shift: 0 };
  const shift = twin.there - twin.onset;
  const start = Math.max(span.start, -shift);
  const end = Math.min(span.start + span.duration, twin.duration - shift);
  return { recording: twin.number, part: { start, duration: end - start }, shift };
}

export function shapeOf(recording, span) {
  return `shape/${recording}?${new URLSearchParams({ start: span.start, duration: span.duration, width: width() })}`;
}

function width() {
  return Math.min(2000, Math.max(200, $("stage").clientWidth));
}

// In steps, so that a window that is a little higher needs no other picture.
function height() {
  return 80 * Math.min(8, Math.max(2, Math.ceil($("picture").clientHeight / 80)));
}

export class View {
  // `chosen` is called with a candidate that is clicked, `changed` while a stretch is being
  // changed, `drawn` with a new one, `heard` with the time of a click.
  constructor({ chosen, changed, drawn, heard }) {
    Object.assign(this, { chosen, changed, drawn, heard });
    for (const id of ["onset", "offset"]) this.#border($(id), id);
    this.#drawing();
  }

  // Show `span` of an item up to `high` Hz.
  async show(item, span, high) {
    Object.assign(this, { item, span, high });
    const image = $("spectrogram");
    image.src = this.#picture(image, item, span, high);
    image.alt = `Spectrogram, ${span.start.toFixed(1)} to ${(span.start + span.duration).toFixed(1)} s, 0 to ${(high / 1000).toFixed(1)} kHz`;
    this.#boxes();
    this.#lanes();
    this.#axes();
    this.select(this.selection);
    const shape = shapeOf(item.recording, span);
    this.shape = shape;
    const answer = await fetch(shape).catch(() => null);
    const drawn = answer?.ok ? await answer.json().catch(() => null) : null;
    if (!drawn || this.shape !== shape) return; // the person went on meanwhile
    this.drawnShape = drawn;
    this.#canvases();
  }

  // Show nothing, and take nothing: the next item is on its way, or cannot be read.
  clear() {
    Object.assign(this, { item: null, span: null, selection: null, shape: null, twin: null });
    $("spectrogram").removeAttribute("src");
    $("spectrogram").alt = "";
    for (const id of ["boxes", "lanes", "axis", "scale"]) $(id).replaceChildren();
    for (const id of ["waveform", "probability"]) paint($(id), () => {});
    $("selection").hidden = $("playhead").hidden = true;
  }

  // Choose what the picture is of: the recording, or a twin where it holds the same times.
  #picture(image, item, span, high) {
    const { recording, part, shift } = shared(item.recording, span, this.twin);
    image.style.marginLeft = `${(100 * (part.start - span.start)) / span.duration}%`;
    image.style.width = `${(100 * part.duration) / span.duration}%`;
    $("stage").classList.toggle("twin", Boolean(this.twin));
    return pictureOf(recording, { start: part.start + shift, duration: part.duration }, high);
  }

  // Mark the stretch that a verdict will be about.
  select(selection) {
    this.selection = selection;
    const mark = $("selection");
    mark.hidden = !selection || !this.span;
    if (mark.hidden) return;
    mark.style.left = `${this.#x(selection.onset)}%`;
    mark.style.width = `${this.#x(selection.offset) - this.#x(selection.onset)}%`;
    mark.dataset.kind = selection.kind;
    for (const end of ["onset", "offset"]) {
      $(end).setAttribute("aria-valuenow", selection[end].toFixed(3));
      $(end).setAttribute("aria-valuemin", 0);
      $(end).setAttribute("aria-valuemax", this.item.length.toFixed(3));
      $(end).setAttribute("aria-valuetext", `${selection[end].toFixed(2)} seconds`);
    }
  }

  // Move one end of the selection to a time, within the recording and not beyond the other end.
  move(end, time) {
    if (!this.selection) return;
    const next = { ...this.selection };
    if (end === "onset") next.onset = Math.min(Math.max(0, time), next.offset - SHORTEST);
    else next.offset = Math.max(Math.min(this.item.length, time), next.onset + SHORTEST);
    next[end] = Math.round(next[end] * 1000) / 1000;
    this.select(next);
    this.changed(next);
  }

  playhead(time) {
    const line = $("playhead");
    const x = this.span && time !== null ? this.#x(time) : -1;
    line.hidden = x < 0 || x > 100;
    line.style.left = `${x}%`;
  }

  #x(time) {
    return (100 * (time - this.span.start)) / this.span.duration;
  }

  #time(event) {
    const box = $("stage").getBoundingClientRect();
    return this.span.start + (this.span.duration * (event.clientX - box.left)) / box.width;
  }

  #border(handle, end) {
    let lead = null; // from the pointer to the border, in seconds
    handle.addEventListener("pointerdown", (event) => {
      if (!this.selection) return;
      event.stopPropagation();
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      lead = this.selection[end] - this.#time(event);
    });
    handle.addEventListener("pointermove", (event) => {
      if (lead !== null && this.selection) this.move(end, this.#time(event) + lead);
    });
    const stop = () => { lead = null; };
    handle.addEventListener("pointerup", stop);
    handle.addEventListener("pointercancel", stop);
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.01, ArrowRight: 0.01, ArrowDown: -0.1, ArrowUp: 0.1 }[event.key];
      if (!step || !this.selection) return;
      event.stopPropagation();
      event.preventDefault();
      this.move(end, this.selection[end] + step);
    });
  }

  #drawing() {
    const stage = $("stage");
    let from = null;
    let box = null;
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.span) return;
      from = { time: this.#time(event), x: event.clientX };
      box = event.target.closest(".box");
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => {
      if (!from || !this.span || Math.abs(event.clientX - from.x) < 4) return;
      const ends = [from.time, this.#time(event)].map((t) => Math.min(this.item.length, Math.max(0, t)));
      const [onset, offset] = ends.sort((a, b) => a - b).map((t) => Math.round(t * 1000) / 1000);
      if (offset - onset >= SHORTEST) this.select({ onset, offset, kind: "new" });
    });
    stage.addEventListener("pointerup", (event) => {
      if (!from || !this.span) return;
      if (Math.abs(event.clientX - from.x) >= 4) this.drawn(this.selection);
      else if (box) this.chosen(this.item.segments[Number(box.dataset.number)]);
      else this.heard(this.#time(event));
      from = null;
    });
    stage.addEventListener("pointercancel", () => { from = null; });
  }

  #boxes() {
    const end = this.span.start + this.span.duration;
    const boxes = this.item.segments.flatMap((found, number) => {
      if (found.offset <= this.span.start || found.onset >= end) return [];
      const box = document.createElement("div");
      box.className = "box";
      box.dataset.number = number;
      box.dataset.layer = found.layer;
      box.style.left = `${Math.max(0, this.#x(found.onset))}%`;
      box.style.width = `${Math.min(100, this.#x(found.offset)) - Math.max(0, this.#x(found.onset))}%`;
      if (found.high_freq !== null) box.style.top = `${Math.max(0, 100 - (100 * found.high_freq) / this.high)}%`;
      if (found.low_freq !== null) box.style.bottom = `${Math.min(100, (100 * found.low_freq) / this.high)}%`;
      // What is written below a low box would lie over the cuts.
      if (found.high_freq !== null && found.high_freq < 0.15 * this.high) box.classList.add("low");
      const name = document.createElement("span");
      name.textContent = found.score === null ? found.label : `${found.label} ${found.score.toFixed(2)}`;
      box.title = `${found.layer}: ${name.textContent}, ${found.onset.toFixed(2)} to ${found.offset.toFixed(2)} s`;
      box.append(name);
      return [box];
    });
    $("boxes").replaceChildren(...boxes);
  }

  // Below the picture: what is cut now, and what persons said.
  #lanes() {
    const lane = (spans) => {
      const row = document.createElement("div");
      row.className = "lane";
      for (const { onset, offset, kind, title } of spans) {
        const bar = document.createElement("div");
        bar.className = `bar ${kind}`;
        bar.title = title;
        const left = Math.max(0, this.#x(onset));
        bar.style.left = `${left}%`;
        bar.style.width = `${Math.max(0, Math.min(100, this.#x(offset)) - left)}%`;
        row.append(bar);
      }
      return row;
    };
    const said = this.item.verdicts.map((v) => ({ ...v, kind: v.judgement, title: `${v.reviewer}: ${v.judgement} ${v.label}`.trim() }));
    const cuts = this.item.cuts.map((c) => ({ ...c, kind: c.action, title: `${c.action}: ${c.reason}` }));
    $("lanes").replaceChildren(lane(cuts), lane(said));
  }

  #axes() {
    const ticks = (id, steps, count, from, length, place, text) => {
      const step = steps.find((each) => length / each <= count) ?? steps.at(-1);
      const marks = [];
      for (let at = Math.ceil(from / step) * step; at <= from + length + 1e-9; at += step) {
        const mark = document.createElement("span");
        mark.textContent = text(at);
        place(mark, (100 * (at - from)) / length);
        marks.push(mark);
      }
      $(id).replaceChildren(...marks);
    };
    const times = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20];
    const places = Math.max(0, -Math.floor(Math.log10(this.span.duration / 12)));
    ticks("axis", times, Math.max(2, Math.min(12, Math.floor($("axis").clientWidth / LABEL))), this.span.start, this.span.duration,
      (mark, x) => { mark.style.left = `${x}%`; mark.classList.toggle("first", x < 1.5); mark.classList.toggle("last", x > 98); }, (at) => `${at.toFixed(this.span.duration < 8 ? places : 0)} s`);
    const tones = [100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000];
    ticks("scale", tones, Math.max(2, Math.min(7, Math.floor($("picture").clientHeight / 30))), 0, this.high,
      (mark, y) => { mark.style.bottom = `clamp(6px, ${y}%, 100% - 6px)`; }, (at) => `${at / 1000} kHz`);
  }

  #canvases() {
    const { outline, probability, hop } = this.drawnShape;
    const style = getComputedStyle(document.body);
    paint($("waveform"), (pen, w, h) => {
      pen.fillStyle = style.getPropertyValue("--wave");
      const n = outline.length / 2;
      const loudest = Math.max(8, ...outline.map(Math.abs));
      for (let i = 0; i < n; i += 1) {
        const [low, high] = [outline[2 * i], outline[2 * i + 1]].map((v) => (v / loudest) * (h / 2 - 1));
        pen.fillRect((i * w) / n, h / 2 - high, Math.max(1, w / n), Math.max(1, high - low));
      }
    });
    const canvas = $("probability");
    canvas.hidden = $("speech-name").hidden = !probability.length;
    if (canvas.hidden) return;
    paint(canvas, (pen, w, h) => {
      pen.strokeStyle = style.getPropertyValue("--line");
      pen.setLineDash([3, 3]);
      pen.beginPath();
      pen.moveTo(0, h / 2);
      pen.lineTo(w, h / 2);
      pen.stroke();
      pen.setLineDash([]);
      pen.fillStyle = style.getPropertyValue("--speech-fill");
      pen.strokeStyle = style.getPropertyValue("--speech");
      pen.lineWidth = 1.5;
      const step = (hop * w) / this.span.duration;
      pen.beginPath();
      pen.moveTo(0, h);
      probability.forEach((p, i) => pen.lineTo((i + 0.5) * step, h - 1 - p * (h - 2)));
      pen.lineTo(probability.length * step, h);
      pen.fill();
      pen.stroke();
    });
  }
}

function paint(canvas, draw) {
  const ratio = devicePixelRatio || 1;
  canvas.hidden = false;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  draw(pen, canvas.clientWidth, canvas.clientHeight);
}
