// Draws dots on a plane, moves and zooms it, and finds what lies where. The dots are painted into memory,
// pixel by pixel: 100,000 of them take a few milliseconds on any machine, with or without a graphics card.

const EDGE = 65535; // places are from 0 to this
const CELLS = 256; // of the grid in which dots are looked up, in each direction
const MARGIN = 18; // pixels around the whole map
const CLOSEST = 400; // so many times the whole map at most
const NEAR = 14; // pixels from the pointer within which a dot is meant
const SHARP = 2; // device pixels of a pixel, at most

export class MapView {
  // `moved` is called whenever the view changed.
  constructor(dots, marks, moved) {
    Object.assign(this, { dots, marks, moved });
    this.pen = dots.getContext("2d", { alpha: false });
    this.over = marks.getContext("2d");
    this.n = 0;
    this.zoom = 1;
    this.middle = [EDGE / 2, EDGE / 2];
    this.wanted = false;
    this.path = null; // of the lasso, in pixels
    this.at = -1; // the dot that is meant
    this.brush = 24; // pixels
    this.pictures = 0; // so many were drawn
  }

  // Take places: x and y by turns.
  place(places) {
    this.n = places.length / 2;
    this.x = new Float32Array(this.n);
    this.y = new Float32Array(this.n);
    for (let k = 0; k < this.n; k += 1) {
      this.x[k] = places[2 * k];
      this.y[k] = EDGE - places[2 * k + 1];
    }
    this.paint = new Uint32Array(this.n);
    this.front = new Uint8Array(this.n);
    // Neighbours in the file are seldom neighbours in the order of drawing, so that no class lies on all others.
    this.order = new Uint32Array(this.n);
    const step = coprime(this.n);
    for (let k = 0, at = 0; k < this.n; k += 1, at = (at + step) % this.n) this.order[k] = at;
    this.#grid();
  }

  // Take a colour of 32 bits for each dot, and which of them lie before the others.
  colour(paint, front, back) {
    Object.assign(this, { paint, front, back });
    this.ask();
  }

  ask() {
    if (this.wanted) return;
    this.wanted = true;
    requestAnimationFrame(() => {
      this.wanted = false;
      this.draw();
    });
  }

  fit() {
    const ratio = Math.min(SHARP, devicePixelRatio || 1);
    this.width = this.dots.clientWidth;
    this.height = this.dots.clientHeight;
    const [w, h] = [Math.max(1, Math.round(this.width * ratio)), Math.max(1, Math.round(this.height * ratio))];
    if (this.dots.width !== w || this.dots.height !== h || !this.image) {
      for (const canvas of [this.dots, this.marks]) Object.assign(canvas, { width: w, height: h });
      this.image = this.pen.createImageData(w, h);
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.ratio = ratio;
    }
    this.ask();
  }

  // Pixels of a unit of the plane.
  get scale() {
    return (this.zoom * Math.max(10, Math.min(this.width, this.height) - 2 * MARGIN)) / EDGE;
  }

  seen(k) {
    return [this.width / 2 + (this.x[k] - this.middle[0]) * this.scale, this.height / 2 + (this.y[k] - this.middle[1]) * this.scale];
  }

  draw() {
    if (!this.n || !this.pixels) return;
    const { x, y, paint, front, order, pixels } = this;
    const [w, h] = [this.dots.width, this.dots.height];
    pixels.fill(this.back);
    const scale = this.scale * this.ratio;
    const left = w / 2 - this.middle[0] * scale;
    const top = h / 2 - this.middle[1] * scale;
    const radius = Math.round(this.ratio * (this.#size() - 1));
    const { full, soft } = disc(radius, w);
    for (let pass = 0; pass < 2; pass += 1) {
      for (let k = 0; k < this.n; k += 1) {
        const at = order[k];
        if (front[at] !== pass) continue;
        const px = (left + x[at] * scale) | 0;
        const py = (top + y[at] * scale) | 0;
        // Places are counted through the whole picture: a disc across an edge would go on in the next row.
        if (px < radius || py < radius || px >= w - radius || py >= h - radius) continue;
        const place = py * w + px;
        const colour = paint[at];
        for (let i = 0; i < full.length; i += 1) pixels[place + full[i]] = colour;
        // Half of what is there and half of the colour: dots have soft edges.
        // The mask keeps the lowest bit of a channel out of the next one.
        const half = (colour >>> 1) & 0x7f7f7f7f;
        for (let i = 0; i < soft.length; i += 1) {
          const under = place + soft[i];
          pixels[under] = (((pixels[under] >>> 1) & 0x7f7f7f7f) + half) | 0xff000000;
        }
      }
    }
    this.pen.putImageData(this.image, 0, 0);
    this.pictures += 1;
    this.mark();
  }

  // Few dots are large; they grow as one comes nearer.
  #size() {
    const base = this.n > 30000 ? 2 : this.n > 3000 ? 3 : this.n > 1000 ? 4 : 5;
    return Math.min(7, base + Math.log2(Math.max(1, this.zoom)) / 2);
  }

  // Draw the lasso, the brush and the dot that is meant.
  mark() {
    const { over, ratio } = this;
    over.setTransform(ratio, 0, 0, ratio, 0, 0);
    over.clearRect(0, 0, this.width, this.height);
    const style = getComputedStyle(document.body);
    over.strokeStyle = style.getPropertyValue("--text");
    over.lineWidth = 1.5;
    if (this.path) {
      over.beginPath();
      for (const [px, py] of this.path) over.lineTo(px, py);
      over.closePath();
      over.setLineDash([5, 4]);
      over.stroke();
      over.setLineDash([]);
    }
    if (this.at < 0) return;
    const [px, py] = this.seen(this.at);
    over.beginPath();
    over.arc(px, py, this.#size() + 3, 0, 2 * Math.PI);
    over.stroke();
    if (!this.brushing) return;
    over.beginPath();
    over.arc(px, py, this.brush, 0, 2 * Math.PI);
    over.setLineDash([2, 3]);
    over.stroke();
    over.setLineDash([]);
  }

  // Zoom, with what is at a place staying there.
  zoomBy(factor, px = this.width / 2, py = this.height / 2) {
    const before = this.scale;
    this.zoom = Math.min(CLOSEST, Math.max(1, this.zoom * factor));
    for (const [i, offset] of [[0, px - this.width / 2], [1, py - this.height / 2]]) {
      this.middle[i] += offset / before - offset / this.scale;
    }
    this.#held();
  }

  moveBy(dx, dy) {
    this.middle[0] -= dx / this.scale;
    this.middle[1] -= dy / this.scale;
    this.#held();
  }

  reset() {
    this.zoom = 1;
    this.middle = [EDGE / 2, EDGE / 2];
    this.#held();
  }

  // Bring a dot into view.
  show(k) {
    const [px, py] = this.seen(k);
    const out = (at, size) => (at < MARGIN ? MARGIN - at : at > size - MARGIN ? size - MARGIN - at : 0);
    const [dx, dy] = [out(px, this.width), out(py, this.height)];
    if (dx || dy) this.moveBy(dx, dy);
  }

  #held() {
    for (const i of [0, 1]) this.middle[i] = Math.min(EDGE, Math.max(0, this.middle[i]));
    this.ask();
    this.moved();
  }

  // Dots in cells, one cell behind the other.
  #grid() {
    this.starts = new Uint32Array(CELLS * CELLS + 1);
    const cell = new Uint16Array(this.n);
    for (let k = 0; k < this.n; k += 1) {
      cell[k] = cellOf(this.y[k]) * CELLS + cellOf(this.x[k]);
      this.starts[cell[k] + 1] += 1;
    }
    for (let c = 0; c < CELLS * CELLS; c += 1) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    this.members = new Uint32Array(this.n);
    for (let k = 0; k < this.n; k += 1) this.members[next[cell[k]]++] = k;
  }

  // Call with each dot within so many pixels of a place, and its distance.
  #around(px, py, reach, tell) {
    const { scale } = this;
    const ux = this.middle[0] + (px - this.width / 2) / scale;
    const uy = this.middle[1] + (py - this.height / 2) / scale;
    const far = reach / scale;
    for (let row = cellOf(uy - far); row <= cellOf(uy + far); row += 1) {
      for (let i = this.starts[row * CELLS + cellOf(ux - far)]; i < this.starts[row * CELLS + cellOf(ux + far) + 1]; i += 1) {
        const k = this.members[i];
        const distance = Math.hypot(this.x[k] - ux, this.y[k] - uy);
        if (distance <= far) tell(k, distance);
      }
    }
  }

  // The dot below the pointer, or -1.
  nearest(px, py) {
    let [best, least] = [-1, Infinity];
    this.#around(px, py, NEAR, (k, distance) => { if (distance < least) [best, least] = [k, distance]; });
    return best;
  }

  // What lies below the brush around a dot.
  brushed(k) {
    const found = [k];
    this.#around(...this.seen(k), this.brush, (each) => { if (each !== k) found.push(each); });
    return found;
  }

  // The next dot from one in a direction: near, and rather straight ahead than aside.
  beside(k, [dx, dy]) {
    let [best, least] = [-1, Infinity];
    for (let each = 0; each < this.n; each += 1) {
      const [across, down] = [this.x[each] - this.x[k], this.y[each] - this.y[k]];
      const ahead = across * dx + down * dy;
      const aside = Math.abs(across * dy) + Math.abs(down * dx);
      if (ahead <= 0 || aside > ahead) continue;
      const far = ahead + 2 * aside;
      if (far < least) [best, least] = [each, far];
    }
    return best;
  }

  // The dot that is nearest to the middle of the view.
  central() {
    let [best, least] = [0, Infinity];
    for (let k = 0; k < this.n; k += 1) {
      const far = (this.x[k] - this.middle[0]) ** 2 + (this.y[k] - this.middle[1]) ** 2;
      if (far < least) [best, least] = [k, far];
    }
    return best;
  }

  // List the dots inside a path of pixels.
  inside(path) {
    const { scale } = this;
    const ring = path.map(([px, py]) => [this.middle[0] + (px - this.width / 2) / scale, this.middle[1] + (py - this.height / 2) / scale]);
    const [xs, ys] = [ring.map(([ux]) => ux), ring.map(([, uy]) => uy)];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const found = [];
    for (let k = 0; k < this.n; k += 1) {
      const [ux, uy] = [this.x[k], this.y[k]];
      if (ux < left || ux > right || uy < top || uy > bottom) continue;
      let isIn = false;
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
        if ((ys[i] > uy) !== (ys[j] > uy) && ux < ((xs[j] - xs[i]) * (uy - ys[i])) / (ys[j] - ys[i]) + xs[i]) isIn = !isIn;
      }
      if (isIn) found.push(k);
    }
    return found;
  }
}

function cellOf(at) {
  return Math.min(CELLS - 1, Math.max(0, Math.floor((at * CELLS) / (EDGE + 1))));
}

// A step that leads through all of n.
function coprime(n) {
  const shared = (a, b) => (b ? shared(b, a % b) : a);
  let step = Math.max(1, Math.floor(n * 0.618));
  while (shared(n, step) > 1) step += 1;
  return step;
}

// Places of a disc around its middle, in a picture of a width: those that are full, and its edge.
function disc(radius, width) {
  const [full, soft] = [[], []];
  for (let dy = -radius; dy <= radius; dy += 1) {
    for (let dx = -radius; dx <= radius; dx += 1) {
      const far = Math.hypot(dx, dy);
      if (far <= radius - 0.3 || !radius) full.push(dy * width + dx);
      else if (far <= radius + 0.42) soft.push(dy * width + dx);
    }
  }
  return { full, soft };
}
