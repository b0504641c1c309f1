// Plays a stretch of a recording: loops, changes speed, compares raw and cleaned.
// Times outside this file are seconds of the raw recording in question, also while another
// recording of the same sound is played.

const KEPT = 10;
const cache = new Map(); // address -> promise of { source, pieces }

// Fetch a sound once; the latest stay in memory.
export function fetched(address) {
  if (!cache.has(address)) {
    const made = fetch(address).then(async (answer) => {
      if (!answer.ok) {
        const told = await answer.json().catch(() => ({}));
        throw Object.assign(new Error(told.error ?? answer.statusText), { status: answer.status });
      }
      const pieces = JSON.parse(answer.headers.get("x-pieces") ?? "null");
      return { source: URL.createObjectURL(await answer.blob()), pieces };
    });
    made.catch(() => cache.delete(address));
    cache.set(address, made);
    for (const old of [...cache.keys()].slice(0, -KEPT)) {
      cache.get(old).then(({ source }) => URL.revokeObjectURL(source), () => {});
      cache.delete(old);
    }
  }
  return cache.get(address);
}

// `shift` leads from the times of a span to those of the recording.
export function address(recording, span, { expand = 1, cut = null, shift = 0 } = {}) {
  const start = shift ? Math.max(0, span.start + shift).toFixed(4) : span.start;
  const asked = new URLSearchParams({ start, duration: span.duration });
  if (expand > 1) asked.set("expand", expand);
  if (cut) {
    asked.set("clean", 1);
    asked.set("cut", Math.max(0, cut.onset + shift).toFixed(3));
    asked.set("until", Math.max(0, cut.offset + shift).toFixed(3));
  }
  return `audio/${recording}?${asked}`;
}

export class Sound {
  constructor(audio, { moved, told }) {
    this.audio = audio;
    this.moved = moved; // called with the time that is heard, null when it stops
    this.told = told; // called with words for the person
    this.loop = true;
    this.speed = 1;
    this.expand = 1;
    this.shift = 0; // from these times to those of the recording that is played
    this.cut = null; // what cleaning takes out besides the ledger; null plays raw
    audio.addEventListener("play", () => this.#follow());
    audio.addEventListener("pause", () => this.span && this.moved(this.now()));
    audio.addEventListener("ended", () => this.#end());
  }

  // Play `region` of a recording, of which `span` is loaded; `from` starts elsewhere. Gives why it cannot, or null.
  async load(recording, span, region, { from = region.onset, play = true, shift = 0 } = {}) {
    Object.assign(this, { recording, span, region, shift });
    const wanted = address(recording, span, this);
    this.wanted = wanted;
    this.audio.pause();
    let got;
    try {
      got = await fetched(wanted);
    } catch (error) {
      if (this.wanted !== wanted) return null;
      this.stop();
      this.told(error.message);
      return error.message;
    }
    if (this.wanted !== wanted) return null; // the person went on meanwhile
    this.pieces = got.pieces;
    if (this.audio.src !== got.source) {
      const ready = new Promise((done) => this.audio.addEventListener("loadedmetadata", done, { once: true }));
      this.audio.src = got.source;
      await ready;
      if (this.wanted !== wanted) return null;
    }
    this.audio.preservesPitch = false;
    this.audio.playbackRate = this.speed;
    this.seek(from);
    if (play) await this.play();
    return null;
  }

  // Have nothing to play any more.
  stop() {
    Object.assign(this, { wanted: null, span: null, pieces: null });
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  async play() {
    if (!this.span || !this.audio.src) return;
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name === "NotAllowedError") this.told("Press space to listen.");
      else if (error.name !== "AbortError") this.told(error.message);
    }
  }

  toggle() {
    return this.audio.paused ? this.play() : this.audio.pause();
  }

  seek(time) {
    if (!this.span) return;
    this.audio.currentTime = Math.max(0, this.#played(time));
  }

  setSpeed(speed) {
    this.speed = speed;
    this.audio.playbackRate = speed;
  }

  // Load again with other settings, at the same place.
  again(changes) {
    if (!this.span) return null;
    const from = this.now();
    const play = !this.audio.paused;
    Object.assign(this, changes);
    return this.load(this.recording, this.span, this.region, { from, play, shift: this.shift });
  }

  now() {
    return this.span ? this.#raw(this.audio.currentTime) : 0;
  }

  #raw(played) {
    const t = played / this.expand;
    if (!this.pieces) return this.span.start + t;
    const at = this.pieces.findLast(([clean]) => clean <= t) ?? this.pieces[0] ?? [0, 0, 0];
    return this.span.start + at[1] + (t - at[0]);
  }

  #played(time) {
    let t = time - this.span.start;
    if (this.pieces) {
      const at = this.pieces.find(([, raw, length]) => t < raw + length) ?? [0, 0, 0];
      t = at[0] + Math.max(0, t - at[1]);
    }
    return t * this.expand;
  }

  #follow() {
    if (this.audio.paused || !this.span) return;
    const now = this.now();
    if (now >= this.region.offset) this.#end();
    this.moved(now);
    requestAnimationFrame(() => this.#follow());
  }

  #end() {
    if (!this.span) return;
    this.seek(this.region.onset);
    if (this.loop) this.play();
    else this.audio.pause();
  }
}
