// The drawing pad. Streamlit calls the default function on every rerun; what belongs to one pad lives in `pads`.
// The pad owns its strokes from the moment it appears: Python only gives it what to start with.

const UNITS = 1023;     // of the pad's height, as in canvas.py
const PIXELS = 680;     // of the pad's height
const MIN_MOVE = 8;     // shorter moves add points but nothing that can be seen
const STEP = 32;        // of the pen for one press of an arrow key
const LIVE_MS = 60;     // at least so long from one sending to the next while the pen moves ...
const SLOW_MS = 150;    // ... and where an answer takes longer than this, ...
const BUSY = 4;         // ... so many times as long as it takes beyond that, so that a busy server gets less to do
const LOST_MS = 3000;   // what wasn't taken for so long is no longer waited for
const pads = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  let pad = pads.get(parentElement);
  if (!pad) {
    pad = new Pad(parentElement, data);
    pads.set(parentElement, pad);
  }
  pad.give = (strokes) => setStateValue("strokes", strokes);
  pad.live = data.live;
  pad.taken(data.taken);
  pad.draw(); // the theme may have changed
}

class Pad {
  constructor(root, data) {
    this.canvas = root.querySelector("canvas");
    this.width = root.querySelector(".width");
    this.aspect = data.aspect;
    this.frame = data.frame;
    this.strokes = JSON.parse(data.strokes);
    this.example = data.example;
    this.active = null;
    this.pen = null;      // where the arrow keys moved it to, once one was pressed
    this.lying = false;   // whether that pen lies on the pad
    this.sent = null;     // how many numbers what was sent last has, while it isn't taken
    this.sentAt = -LOST_MS;
    this.pause = LIVE_MS; // from one sending to the next while the pen moves
    this.said = root.querySelector(".said");
    this.canvas.setAttribute("aria-label", `${data.hint}. By keyboard: arrows move the pen, Space lays it down or lifts it.`);
    this.canvas.height = PIXELS;
    this.canvas.width = Math.round(PIXELS * data.aspect);
    this.width.value = data.pen;
    root.querySelector(".pad").style.setProperty("--aspect", data.aspect);

    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(kind, (event) => this.up(event));
    }
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("blur", () => this.put());
    root.querySelector(".undo").addEventListener("click", () => this.undo());
    root.querySelector(".clear").addEventListener("click", () => this.clear());
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const units = (value, size, most) => Math.max(0, Math.min(Math.round(most), Math.round((value / size) * most)));
    return [
      units(event.clientX - box.left, box.width, UNITS * this.aspect),
      units(event.clientY - box.top, box.height, UNITS),
    ];
  }

  down(event) {
    if (this.active !== null || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.put();
    if (this.example) this.strokes = [];
    this.example = false;
    this.active = event.pointerId;
    this.strokes.push({ width: Number(this.width.value), points: this.at(event) });
    this.draw();
  }

  move(event) {
    if (event.pointerId !== this.active) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const part of moves.length ? moves : [event]) this.extend(this.at(part), MIN_MOVE);
    this.draw();
    this.sendWhileMoving();
  }

  // Only what is new, not too often, and only one at a time: what the server hasn't taken yet is never queued behind.
  sendWhileMoving() {
    if (!this.live || this.active === null || this.size() === this.last) return;
    const wait = this.sentAt + (this.sent === null ? this.pause : LOST_MS) - performance.now();
    clearTimeout(this.later);
    if (wait > 0) this.later = setTimeout(() => this.sendWhileMoving(), wait);
    else this.send();
  }

  // The server has answered to lines with so many numbers.
  taken(size) {
    if (this.sent === null || size !== this.sent) return;
    const took = performance.now() - this.sentAt;
    this.sent = null;
    this.pause = Math.max(LIVE_MS, BUSY * (took - SLOW_MS));
    this.sendWhileMoving();
  }

  size() {
    return this.strokes.reduce((sum, { points }) => sum + points.length, 0);
  }

  send() {
    this.last = this.sent = this.size();
    this.sentAt = performance.now();
    this.give(this.strokes.map(({ width, points }) => ({ width, points: [...points] })));
  }

  up(event) {
    if (event.pointerId !== this.active) return;
    if (event.type === "pointerup") this.extend(this.at(event), 1);
    this.active = null;
    this.draw();
    this.send();
  }

  extend([x, y], least) {
    const { points } = this.strokes[this.strokes.length - 1];
    const [lastX, lastY] = points.slice(-2);
    if (Math.hypot(x - lastX, y - lastY) >= least) points.push(x, y);
  }

  key(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") this.undo();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (event.key in ways) this.step(...ways[event.key]);
    else if (event.key === " ") this.lower();
    else return;
    event.preventDefault();
  }

  // The pen of people who draw by keyboard: arrows move it, and where it lies on the pad it draws.
  step(right, down) {
    if (this.active !== null) return;
    const [x, y] = this.pen ?? [(UNITS * this.aspect) / 2, UNITS / 2];
    const inside = (value, most) => Math.max(0, Math.min(Math.round(value), Math.round(most)));
    this.pen = [inside(x + right * STEP, UNITS * this.aspect), inside(y + down * STEP, UNITS)];
    if (this.lying) {
      this.extend(this.pen, 1);
      clearTimeout(this.later);
      this.later = setTimeout(() => this.send(), LIVE_MS); // once, where a key is held
    }
    this.tell();
  }

  // Lay the pen on the pad, or lift it.
  lower() {
    if (this.active !== null) return;
    this.pen ??= [Math.round((UNITS * this.aspect) / 2), Math.round(UNITS / 2)];
    this.lying = !this.lying;
    if (this.lying) {
      if (this.example) this.strokes = [];
      this.example = false;
      this.strokes.push({ width: Number(this.width.value), points: [...this.pen] });
      this.send();
    }
    this.tell();
  }

  // Put the keys' pen away.
  put() {
    if (!this.pen) return;
    this.pen = null;
    this.lying = false;
    this.draw();
  }

  tell() {
    const [x, y] = [this.pen[0] / (UNITS * this.aspect), this.pen[1] / UNITS].map((part) => Math.round(100 * part));
    this.said.textContent = `Pen ${this.lying ? "down" : "up"}, ${x} % from the left, ${y} % from the top`;
    this.draw();
  }

  undo() {
    if (this.active !== null || !this.strokes.length) return;
    this.lying = false;
    this.strokes = this.example ? [] : this.strokes.slice(0, -1);
    this.changed();
  }

  clear() {
    if (this.active !== null) return;
    this.lying = false;
    this.strokes = [];
    this.changed();
  }

  changed() {
    this.example = false;
    this.draw();
    this.send();
  }

  draw() {
    const { canvas } = this;
    const pen = canvas.getContext("2d");
    const scale = canvas.height / UNITS;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = pen.fillStyle = getComputedStyle(canvas).color;
    pen.lineCap = pen.lineJoin = "round";
    this.drawFrame(pen);
    for (const { width, points } of this.strokes) {
      pen.lineWidth = width * scale;
      pen.beginPath();
      pen.moveTo(points[0] * scale, points[1] * scale);
      for (let i = 2; i < points.length; i += 2) pen.lineTo(points[i] * scale, points[i + 1] * scale);
      if (points.length === 2) pen.lineTo(points[0] * scale, points[1] * scale); // a dot
      pen.stroke();
    }
    this.drawPen(pen, scale);
  }

  // A ring where the keys' pen is, filled while it draws.
  drawPen(pen, scale) {
    if (!this.pen) return;
    pen.beginPath();
    pen.arc(this.pen[0] * scale, this.pen[1] * scale, 18, 0, 2 * Math.PI);
    pen.lineWidth = 6;
    pen.strokeStyle = pen.fillStyle = getComputedStyle(this.canvas).getPropertyValue("--st-primary-color");
    if (this.lying) pen.fill();
    pen.stroke();
  }

  drawFrame(pen) {
    if (!this.frame) return;
    const side = this.frame * this.canvas.height;
    pen.save();
    pen.globalAlpha = 0.5;
    pen.lineWidth = 5;
    pen.setLineDash([16, 14]);
    pen.strokeRect(12, 12, side, side);
    pen.restore();
  }
}
