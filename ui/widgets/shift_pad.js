// An image that is dragged by whole pixels; the answers to all shifts are here already, as maps and as words.
// Python hears of a place only when the image is let go there.

const views = new WeakMap();
// Lengths in screen pixels. A pixel of the image, and a square of a map, becomes a square of whole ones.
const [FRAME, SMALL_FRAME] = [224, 168]; // the image's side, at most
const [MAP, SMALL_MAP] = [144, 116]; // a map's, at most
const MAP_EDGE = 30; // beside a map: its words and a gap
const ROOMY = 720; // width from which on image and maps are large
const BESIDE = 512; // width from which on the answers stand beside the image
const BESIDE_TURNS = 900; // the same where each network has a map for each turn
const LINE_OF_TURNS = 504; // width from which on these stand in one line
const REST_MS = 300; // after the last arrow key, before Python hears of the place
const FULL = 10000; // a probability of 1
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export default function ({ parentElement, data, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new Shifts(parentElement.querySelector(".shifts"));
    views.set(parentElement, view);
  }
  view.tell = (right, down, turn) => setStateValue("let_go", { name: data.name, right, down, turn });
  view.load(data);
}

class Shifts {
  constructor(root) {
    const find = (name) => root.querySelector(`.${name}`);
    Object.assign(this, { root, frame: find("frame"), place: find("place"), back: find("back") });
    this.heard = find("heard");
    Object.assign(this, { turnsPart: find("turns"), rowsPart: find("rows"), legend: find("legend") });
    Object.assign(this, { right: 0, down: 0, turn: 0, tracks: [], timer: null });
    this.frame.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      this.move(this.right + step[0], this.down + step[1]);
      this.letGo(REST_MS);
    });
    this.back.addEventListener("click", () => {
      this.move(0, 0);
      this.letGo(0);
    });
    this.hold();
    new ResizeObserver(() => this.fit()).observe(root);
  }

  hold() {
    let from = null; // where the pointer went down, and the shift there
    this.frame.addEventListener("pointerdown", (event) => {
      this.frame.setPointerCapture(event.pointerId);
      this.stop();
      from = { x: event.clientX, y: event.clientY, right: this.right, down: this.down };
    });
    this.frame.addEventListener("pointermove", (event) => {
      if (!from) return;
      const zoom = this.frame.clientWidth / this.width;
      const [x, y] = [(event.clientX - from.x) / zoom, (event.clientY - from.y) / zoom];
      this.move(from.right + Math.round(x), from.down + Math.round(y));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.frame.addEventListener(end, () => {
        if (from) this.letGo(0);
        from = null;
      });
    }
  }

  // Image, words and maps change at once, when the image is there.
  load(data) {
    if (this.latest && ["tracks", "strip", "name"].every((key) => data[key] === this.latest[key])) return;
    this.latest = data;
    const strip = new Image();
    strip.addEventListener("load", () => data === this.latest && this.take(data, strip));
    strip.src = data.strip;
  }

  take(data, strip) {
    const { width, height, rows, columns, turns, wraps } = data;
    Object.assign(this, { strip, width, height, rows, columns, turns, wraps });
    const { name, right, down, turn } = data;
    if (name !== this.name) Object.assign(this, { name, right, down, turn });
    Object.assign(this.frame, { width, height });
    this.tracks = JSON.parse(data.tracks);
    this.tracks.forEach((track) => {
      for (const name of ["answers", "confidence", "wanted"]) track[name] = unpacked(track[name]);
    });
    this.rowsPart.classList.toggle("words", this.tracks.some(({ labels }) => labels.some((label) => label.length > 2)));
    this.rowsPart.replaceChildren(...this.tracks.map((track) => this.row(track)));
    this.turnButtons();
    this.explain();
    this.fit();
  }

  // Take the room that there is.
  fit() {
    if (!this.name) return;
    const room = this.root.clientWidth;
    const beside = room >= (this.turns > 1 ? BESIDE_TURNS : BESIDE);
    this.root.classList.toggle("beside", beside);
    const zoom = Math.max(1, Math.floor((room < ROOMY ? SMALL_FRAME : FRAME) / Math.max(this.width, this.height)));
    Object.assign(this.frame.style, { width: `${this.width * zoom}px`, height: `${this.height * zoom}px` });
    const line = this.rowsPart.clientWidth;
    const maps = this.turns > 1 && line < LINE_OF_TURNS ? 2 : this.turns;
    this.mapSide = Math.min(this.turns === 1 && room < ROOMY ? SMALL_MAP : MAP, line / maps - MAP_EDGE);
    this.show();
  }

  turnButtons() {
    this.turnsPart.hidden = this.turns < 2;
    this.turnsPart.replaceChildren(
      ...Array.from({ length: this.turns }, (_, turn) => {
        const label = element("label", "turn");
        const input = element("input", "");
        Object.assign(input, { type: "radio", name: "turn", checked: turn === this.turn });
        input.addEventListener("change", () => {
          this.turn = turn;
          this.show();
          this.letGo(0);
        });
        label.append(input, element("span", "", `${90 * turn}°`));
        return label;
      }),
    );
  }

  row(track) {
    const row = element("div", this.turns > 1 ? "row turned" : "row");
    const [answer, side, said] = [element("div", "answer"), element("div", "side"), element("div", "said")];
    const mark = element("span", "mark", "■");
    mark.style.color = track.colour;
    const confidence = element("div", "confidence");
    said.append(mark, element("span", "name", track.title));
    side.append(said, confidence, element("div", "count", this.count(track)), element("div", "others", others(track)));
    track.maps = Array.from({ length: this.turns }, (_, turn) => this.map(track, turn));
    const maps = element("div", "maps");
    maps.append(...track.maps.map(({ figure }) => figure));
    row.append(answer, side, maps);
    Object.assign(track, { answer, confidenceText: confidence });
    return row;
  }

  count(track) {
    const all = track.answers.length;
    const good = track.answers.filter((answer) => answer === track.expected).length;
    const what = track.known ? "right" : "same answer";
    return `${what} at ${number(good)} of ${number(all)} ${this.turns > 1 ? "shifts and turns" : "shifts"}`;
  }

  map(track, turn) {
    const figure = element("figure", "map");
    const canvas = element("canvas", "cells");
    canvas.setAttribute("role", "img");
    const angle = this.turns > 1 ? `, turned by ${90 * turn}°` : "";
    canvas.setAttribute("aria-label", `All shifts of the image${angle}. ${track.title}: ${this.count(track)}`);
    const across = element("div", "across");
    const along = element("div", "along");
    for (const [axis, size, name] of [[across, this.columns, "pixels right"], [along, this.rows, "pixels down"]]) {
      const first = -Math.floor(size / 2);
      axis.append(element("span", "", signed(first)), element("span", "", name));
      axis.append(element("span", "", signed(first + size - 1)));
    }
    if (this.turns > 1) figure.append(element("figcaption", "", `${90 * turn}°`));
    figure.append(along, canvas, across);
    const point = (event) => {
      const [x, y] = [event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight];
      const column = clamp(Math.floor(x * this.columns), 0, this.columns - 1);
      const line = clamp(Math.floor(y * this.rows), 0, this.rows - 1);
      this.turn = turn;
      this.move(column - Math.floor(this.columns / 2), line - Math.floor(this.rows / 2));
    };
    let held = false;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") return; // a finger may be about to scroll; its tap is a click
      canvas.setPointerCapture(event.pointerId);
      this.stop();
      held = true;
      point(event);
    });
    canvas.addEventListener("pointermove", (event) => held && point(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (held = false));
    canvas.addEventListener("click", (event) => {
      point(event);
      this.letGo(0);
    });
    return { figure, canvas, turn, painted: document.createElement("canvas"), key: "" };
  }

  explain() {
    const known = this.tracks.every((track) => track.known);
    const swatch = (name) => element("span", `swatch ${name}`);
    this.legend.replaceChildren(
      "In a map every square is one shift; the middle is the image unmoved, the cross where it is now. ",
      this.turns > 1 ? "There is a map for each turn. " : "",
      swatch("sure"),
      swatch("unsure"),
      ` The stronger the colour, the surer of ${known ? "the right answer" : "the answer to the unmoved image"}. `,
      swatch("hatched"),
      " Hatched: another answer. Point into a map to move the image there.",
    );
  }

  move(right, down) {
    const within = (value, size, side) => {
      const half = Math.floor(size / 2);
      // Of a large image only the nearest shifts are there, and no way around.
      const around = this.wraps && size === side;
      return around ? ((((value + half) % size) + size) % size) - half : clamp(value, -half, size - 1 - half);
    };
    [this.right, this.down] = [within(right, this.columns, this.width), within(down, this.rows, this.height)];
    this.show();
  }

  letGo(wait) {
    this.stop();
    this.timer = setTimeout(() => this.root.isConnected && this.rest(), wait);
  }

  // Let Python know where the image rests, and people who can't see it what is said there.
  rest() {
    this.tell(this.right, this.down, this.turn);
    const said = this.tracks.map(({ title, answer, judged }) => `${title} says ${answer.textContent}, ${judged}`);
    this.heard.textContent = `${this.place.textContent}: ${said.join("; ")}.`;
  }

  stop() {
    clearTimeout(this.timer);
  }

  show() {
    const { right, down, turn } = this;
    const line = turn * this.rows + down + Math.floor(this.rows / 2);
    const index = line * this.columns + right + Math.floor(this.columns / 2);
    const parts = [];
    if (turn) parts.push(`turned by ${90 * turn}°`);
    if (right) parts.push(`${Math.abs(right)} ${right > 0 ? "right" : "left"}`);
    if (down) parts.push(`${Math.abs(down)} ${down > 0 ? "down" : "up"}`);
    this.place.textContent = parts.join(", ") || "unmoved";
    this.frame.setAttribute("aria-label", `The image, ${this.place.textContent}. Arrow keys move it.`);
    this.turnsPart.querySelectorAll("input").forEach((input, which) => (input.checked = which === turn));
    this.drawFrame();
    for (const track of this.tracks) {
      const good = track.answers[index] === track.expected;
      track.answer.textContent = track.labels[track.answers[index]];
      track.answer.classList.toggle("bad", !good);
      const none = track.answers[index] === track.labels.length - 1;
      const sure = none ? "" : `${track.shares[track.confidence[index]]} · `;
      track.judged = track.words[good ? 0 : 1];
      track.confidenceText.textContent = `${sure}${good ? "✓" : "✗"} ${track.judged}`;
      track.maps.forEach((map) => this.drawMap(track, map));
    }
  }

  drawFrame() {
    const { width, height } = this;
    const pen = this.frame.getContext("2d");
    pen.fillRect(0, 0, width, height); // black
    // Around the edges, the image is drawn as four tiles of which one corner is seen each.
    for (const y of this.wraps ? [this.down, this.down - Math.sign(this.down) * height] : [this.down]) {
      for (const x of this.wraps ? [this.right, this.right - Math.sign(this.right) * width] : [this.right]) {
        pen.drawImage(this.strip, this.turn * width, 0, width, height, x, y, width, height);
      }
    }
  }

  drawMap(track, map) {
    const { canvas } = map;
    const cell = Math.max(1, Math.floor((this.mapSide * devicePixelRatio) / Math.max(this.columns, this.rows)));
    const style = getComputedStyle(canvas);
    const [ink, paper] = [style.color, style.backgroundColor];
    const key = `${cell} ${ink} ${paper}`;
    if (map.key !== key) this.paint(track, map, cell, ink, key);
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(map.painted, 0, 0);
    const x = (this.right + Math.floor(this.columns / 2) + 0.5) * cell;
    const y = (this.down + Math.floor(this.rows / 2) + 0.5) * cell;
    const around = (cell + 4 * devicePixelRatio) / 2;
    for (const [colour, thick] of [[paper, 3], [ink, 1]]) { // seen on dark and on pale squares
      pen.strokeStyle = colour;
      pen.lineWidth = thick * devicePixelRatio;
      pen.beginPath();
      for (const [from, to] of [[0, -around], [around, 0]]) {
        const end = to === 0;
        pen.moveTo(end ? x + from : 0, y);
        pen.lineTo(end ? canvas.width : x + to, y);
        pen.moveTo(x, end ? y + from : 0);
        pen.lineTo(x, end ? canvas.height : y + to);
      }
      pen.rect(x - around, y - around, 2 * around, 2 * around);
      pen.stroke();
    }
    map.figure.classList.toggle("current", this.turns > 1 && map.turn === this.turn);
  }

  // What stays the same while the image moves.
  paint(track, map, cell, ink, key) {
    const { canvas, painted } = map;
    map.key = key;
    for (const each of [canvas, painted]) Object.assign(each, { width: this.columns * cell, height: this.rows * cell });
    canvas.style.width = `${canvas.width / devicePixelRatio}px`;
    canvas.style.height = `${canvas.height / devicePixelRatio}px`;
    const pen = painted.getContext("2d");
    const first = map.turn * this.rows * this.columns;
    pen.fillStyle = track.colour;
    const hatched = new Path2D();
    for (let place = 0; place < this.rows * this.columns; place++) {
      const [x, y] = [(place % this.columns) * cell, Math.floor(place / this.columns) * cell];
      pen.globalAlpha = track.wanted[first + place] / FULL;
      pen.fillRect(x, y, cell, cell);
      if (track.answers[first + place] !== track.expected) hatched.rect(x, y, cell, cell);
    }
    pen.globalAlpha = 0.4;
    pen.clip(hatched);
    pen.strokeStyle = ink;
    pen.lineWidth = devicePixelRatio;
    pen.beginPath();
    for (let start = -painted.height; start < painted.width; start += 5 * devicePixelRatio) {
      pen.moveTo(start, painted.height);
      pen.lineTo(start + painted.height, 0);
    }
    pen.stroke();
  }
}

// The commonest other answers, in words.
function others({ answers, labels, expected }) {
  const counts = new Map();
  for (const answer of answers) if (answer !== expected) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const first = [...counts].sort((one, other) => other[1] - one[1]);
  const named = first.slice(0, 3).map(([answer, count]) => `${labels[answer]} at ${number(count)}`);
  return named.length ? `elsewhere ${named.join(", ")}${first.length > 3 ? ", …" : ""}` : "";
}

function unpacked(text) {
  return new Uint16Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

function number(value) {
  return value.toLocaleString("en-GB");
}

function signed(value) {
  return String(value).replace("-", "−");
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}
