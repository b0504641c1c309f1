// Verdicts on their way into the dataset: kept in the tab until the server has them, sent in their
// order, and each noted once however often it is sent.

const RETRY = 1500; // milliseconds

export const pause = () => new Promise((done) => setTimeout(done, RETRY));

export class Outbox {
  // `post` sends a body to a path. `waits` is called with the reason while nothing gets through, and with ""
  // once it does; `sent` with what the server took, `refused` with what it does not take, and why.
  constructor(name, { post, waits, sent, refused }) {
    const told = (why) => {
      this.stuck = Boolean(why); // whether nothing gets through
      waits(why);
    };
    Object.assign(this, { name, post, waits: told, taken: sent, refused, stuck: false });
    this.entries = JSON.parse(sessionStorage.getItem(name) ?? "[]");
    this.sending = null; // promise of the sending that goes on
    this.left = this.entries.length > 0; // whether the first one may have reached the server, also before a reload
    this.sent = 0; // so many it has taken or refused
  }

  add(path, body) {
    // Named once, before the first try: the server knows an act that is sent again by its name.
    this.entries.push({ path, body: { ...body, act: nameOfAnAct() } });
    this.#keep();
    this.flush();
  }

  // Take the latest one out again if it never left; gives it, or null.
  takeBack() {
    if (this.entries.length <= (this.left ? 1 : 0)) return null;
    const entry = this.entries.pop();
    this.#keep();
    if (!this.entries.length) this.waits("");
    return entry;
  }

  // Send everything; the promise is kept once nothing is left.
  flush() {
    if (this.sending) return this.sending;
    if (!this.entries.length) return Promise.resolve();
    this.sending = this.#send().finally(() => { this.sending = null; }).then(() => this.flush());
    return this.sending;
  }

  async #send() {
    while (this.entries.length) {
      const [entry] = this.entries;
      this.left = true;
      let answer = null;
      try {
        answer = await this.post(entry.path, entry.body);
      } catch {
        // the server is gone, perhaps after it heard: it may come back
      }
      const told = await answer?.json().catch(() => ({ error: answer.statusText }));
      if (answer?.ok || (answer && answer.status !== 503 && answer.status !== 403)) {
        this.entries.shift();
        this.left = false;
        this.sent += 1;
        this.#keep();
        this.waits("");
        if (answer.ok) this.taken(entry, told);
        else this.refused(entry, told.error);
      } else {
        // With an answer (403, 503) it is certain that nothing was noted, so it may be taken back.
        this.left = !answer;
        this.waits(reason(answer?.status, told?.error));
        await pause();
      }
    }
  }

  #keep() {
    sessionStorage.setItem(this.name, JSON.stringify(this.entries));
  }
}

// Ask until something answers. Only for what the server does once, however often it hears it.
export async function insist(asked, waits) {
  for (;;) {
    try {
      const answer = await asked();
      waits("");
      return answer;
    } catch (error) {
      const isAnswered = error.status !== undefined;
      waits(isAnswered ? "" : error.message);
      if (isAnswered) throw error;
      await pause();
    }
  }
}

// Say why something must wait: for a server that is gone, was started anew, or is busy.
export function reason(status, error) {
  if (status === undefined) return "curate review does not answer";
  return status === 403 ? "curate review was started anew: open the address that it printed in this tab" : error;
}

// `crypto.randomUUID` is missing where the connection is not encrypted.
export function nameOfAnAct() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
