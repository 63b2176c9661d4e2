// A kernel slides over an image: the window, the products and their sum, the output filling cell by cell.
// Everything is computed here; Python hears of an edited kernel, and where the window rests.

const slides = new WeakMap();
const SIDE = 300; // screen pixels for the input and for the output ...
const SIDE_OF_SEVERAL = 200; // ... and for each of several channels
const LEGIBLE = 21; // screen pixels from which on a cell bears its number
const PLAY_SECONDS = 20; // to fill a large output; a small one takes STEPS_A_SECOND
const STEPS_A_SECOND = 3;
const REST = 400; // milliseconds after which Python is told where the window is

export default function ({ parentElement, data, setStateValue }) {
  let slide = slides.get(parentElement);
  if (!slide) {
    slide = new Slide(parentElement);
    slides.set(parentElement, slide);
  }
  slide.send = (kernel) => setStateValue("edited", { name: data.name, kernel });
  slide.rest = (at, filled) => setStateValue("rested", { place: data.place, at, filled });
  slide.load(data);
  return () => slide.end();
}

class Slide {
  constructor(root) {
    const find = (name) => root.querySelector(`.slide .${name}`);
    for (const name of ["input", "kernel", "output", "sum", "place", "play"]) this[`${name}Part`] = find(name);
    this.timer = null;
    this.name = null;
    find("step").addEventListener("click", () => this.go(this.at + 1));
    find("back").addEventListener("click", () => this.go(this.at - 1));
    find("all").addEventListener("click", () => this.fill());
    find("reset").addEventListener("click", () => this.reset());
    this.playPart.addEventListener("click", () => (this.timer === null ? this.play() : this.stop()));
    const output = document.createElement("canvas");
    output.tabIndex = 0;
    output.setAttribute("role", "img");
    output.addEventListener("click", (event) => {
      const box = output.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns);
      const row = Math.floor(((event.clientY - box.top) / box.height) * this.rows);
      this.go(row * this.columns + column);
    });
    output.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.go(this.at + step);
    });
    this.outputPart.append(output);
    this.outputCanvas = output;
  }

  load(data) {
    if (data.place === this.place && data.image === this.imageText) return;
    this.end();
    if (data.name !== this.name) this.kernel = JSON.parse(data.kernel);
    Object.assign(this, { name: data.name, place: data.place, imageText: data.image, data });
    this.pad(JSON.parse(data.image));
    this.showKernel();
    this.compute();
    this.at = Math.min(data.at, this.values.length - 1);
    this.filled = Math.min(Math.max(data.filled, this.at + 1), this.values.length);
    this.draw();
  }

  pad(image) {
    const [[above, below], [left, right]] = JSON.parse(this.data.padding);
    const width = image[0][0].length + left + right;
    const empty = (count) => Array.from({ length: count }, () => Array(width).fill(0));
    const line = (row) => [...Array(left).fill(0), ...row, ...Array(right).fill(0)];
    this.image = image.map((channel) => [...empty(above), ...channel.map(line), ...empty(below)]);
    this.height = this.image[0].length;
    this.width = width;
    this.inner = { above, left, bottom: this.height - below, right: width - right };
    this.inputPart.querySelectorAll("canvas").forEach((canvas) => canvas.remove());
    this.inputs = this.image.map(() => this.inputPart.appendChild(document.createElement("canvas")));
    const padded = above + below + left + right ? `, with zeros around it ${this.height} × ${width}` : "";
    const channels = image.length > 1 ? `${image.length} channels of ` : "";
    this.inputPart.querySelector("figcaption").textContent =
      `Input: ${channels}${image[0].length} × ${image[0][0].length}${padded}`;
  }

  showKernel() {
    const [rows, columns] = [this.kernel[0].length, this.kernel[0][0].length];
    this.kernelPart.querySelectorAll("table").forEach((table) => table.remove());
    this.kernel.forEach((channel, c) => {
      const table = this.kernelPart.appendChild(document.createElement("table"));
      channel.forEach((row, i) => {
        const line = table.insertRow();
        row.forEach((value, j) => {
          const input = line.insertCell().appendChild(document.createElement("input"));
          Object.assign(input, { type: "number", step: "any", value: String(Number(value.toFixed(3))) });
          input.setAttribute("aria-label", `kernel, channel ${c + 1}, row ${i + 1}, column ${j + 1}`);
          input.addEventListener("change", () => this.edit(c, i, j, Number(input.value)));
        });
      });
    });
    this.kernelPart.querySelector("figcaption").textContent = `Kernel: ${rows} × ${columns}; type to change it`;
  }

  edit(c, i, j, value) {
    this.kernel[c][i][j] = Number.isFinite(value) ? value : 0;
    this.compute();
    this.draw();
    this.send(this.kernel);
  }

  compute() {
    const { stride, bias, flip } = this.data;
    const turned = (channel) => [...channel].reverse().map((row) => [...row].reverse());
    this.used = flip ? this.kernel.map(turned) : this.kernel;
    const [rows, columns] = [this.used[0].length, this.used[0][0].length];
    this.rows = Math.max(0, Math.floor((this.height - rows) / stride) + 1);
    this.columns = Math.max(0, Math.floor((this.width - columns) / stride) + 1);
    this.values = Array.from({ length: this.rows * this.columns }, (_, at) =>
      this.terms(at).reduce((sum, [x, w]) => sum + x * w, bias),
    );
  }

  // The window's values and the weights that they are multiplied by.
  terms(at) {
    const [top, left] = this.corner(at);
    return this.used.flatMap((channel, c) =>
      channel.flatMap((row, i) => row.map((weight, j) => [this.image[c][top + i][left + j], weight])),
    );
  }

  corner(at) {
    return [Math.floor(at / this.columns) * this.data.stride, (at % this.columns) * this.data.stride];
  }

  reset() {
    this.stop();
    this.at = -1;
    this.filled = 0;
    this.draw();
    this.tell();
  }

  // Python hears of it once the window rests.
  tell() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.timer === null && this.rest(this.at, this.filled), REST);
  }

  end() {
    this.stop();
    clearTimeout(this.resting);
  }

  go(at) {
    this.stop();
    this.move(at);
  }

  move(at) {
    if (!this.values.length) return;
    this.at = Math.min(Math.max(at, 0), this.values.length - 1);
    this.filled = Math.max(this.filled, this.at + 1);
    this.draw();
    this.tell();
  }

  fill() {
    this.filled = this.values.length;
    this.go(Math.max(this.at, 0));
  }

  play() {
    if (this.at >= this.values.length - 1) this.reset();
    this.playPart.textContent = "❚❚ Pause";
    const pause = Math.min(1000 / STEPS_A_SECOND, (1000 * PLAY_SECONDS) / this.values.length);
    this.timer = setInterval(() => {
      this.move(this.at + 1);
      if (this.at >= this.values.length - 1) this.stop();
    }, pause);
  }

  stop() {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.playPart.textContent = "▶▶ Play";
    this.tell();
  }

  draw() {
    const [rows, columns] = [this.used[0].length, this.used[0][0].length];
    const [top, left] = this.at < 0 ? [0, 0] : this.corner(this.at);
    const window = { top, left, rows, columns };
    this.inputs.forEach((canvas, c) => {
      const side = this.inputs.length > 1 ? SIDE_OF_SEVERAL : SIDE;
      paint(canvas, side, this.image[c], this.values.length ? window : null, this.inner);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `input channel ${c + 1}; the window's upper left corner is at row ${top}, column ${left}`);
    });
    const shown = Array.from({ length: this.rows }, (_, i) =>
      Array.from({ length: this.columns }, (_, j) => {
        const at = i * this.columns + j;
        return at < this.filled ? this.values[at] : null;
      }),
    );
    const cell = this.at < 0 ? null : { rows: 1, columns: 1, top: Math.floor(this.at / this.columns), left: this.at % this.columns };
    this.outputCanvas.hidden = !this.values.length;
    if (this.values.length) paint(this.outputCanvas, SIDE, shown, cell, null, span(this.values));
    const filled = this.values.slice(0, this.filled).map((value) => short(value)).join(" ");
    this.outputCanvas.setAttribute("aria-label", `output, ${this.rows} by ${this.columns}, so far: ${filled}`);
    this.outputPart.querySelector("figcaption").textContent =
      this.values.length ? `Output: ${this.rows} × ${this.columns}; click a cell` : "Output: the kernel does not fit";
    this.placePart.textContent =
      this.filled && this.filled === this.values.length
        ? `all ${this.filled} filled`
        : `${this.filled} of ${this.values.length} filled`;
    this.sumPart.textContent = this.words();
  }

  words() {
    if (!this.values.length) return "The kernel is larger than the image: no window fits. Add padding or take a smaller kernel.";
    if (this.at < 0) return "Step: each number under the window is multiplied by the kernel's number there, and all are added.";
    const { bias } = this.data;
    const products = this.terms(this.at).map(([x, w]) => `${short(x)}·${w < 0 ? `(${short(w)})` : short(w)}`);
    const [row, column] = [Math.floor(this.at / this.columns), this.at % this.columns];
    return `Row ${row}, column ${column}: ${products.join(" + ")}${bias ? ` + bias ${short(bias)}` : ""} = ${short(this.values[this.at])}`;
  }
}

function short(value, decimals = 3) {
  return String(Number(value.toFixed(decimals))).replace("-", "−");
}

function span(values) {
  return [Math.min(0, ...values), Math.max(...values.map(Math.abs), 1e-9)];
}

// Cells in grey, or from blue through white to red where values are negative; null is empty.
function paint(canvas, side, cells, window, inner, range = span(cells.flat())) {
  const [height, width] = [cells.length, cells[0].length];
  const size = Math.max(3, Math.floor(side / Math.max(height, width, 6)));
  const zoom = devicePixelRatio;
  canvas.width = width * size * zoom;
  canvas.height = height * size * zoom;
  canvas.style.width = `${width * size}px`;
  const pen = canvas.getContext("2d");
  pen.scale(zoom, zoom);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const texts = cells.map((row) => row.map((value) => (value === null ? "" : short(value, 2))));
  const longest = Math.max(2, ...texts.flat().map((text) => text.length));
  pen.font = `${Math.min(14, Math.floor((1.6 * size) / longest))}px sans-serif`;
  const [lowest, largest] = range;
  cells.forEach((row, i) =>
    row.forEach((value, j) => {
      if (value === null) {
        pen.strokeStyle = "rgb(128 128 128 / 0.3)";
        pen.strokeRect(j * size + 0.5, i * size + 0.5, size, size);
        return;
      }
      const share = value / largest; // -1..1, or 0..1
      const rest = Math.round(255 * (1 - Math.abs(share)));
      const grey = Math.round(255 * share);
      const [red, green, blue] = lowest >= 0 ? [grey, grey, grey] : share < 0 ? [rest, rest, 255] : [255, rest, rest];
      pen.fillStyle = `rgb(${red} ${green} ${blue})`;
      pen.fillRect(j * size, i * size, size, size);
      const padding = inner && (i < inner.above || j < inner.left || i >= inner.bottom || j >= inner.right);
      if (padding) {
        pen.fillStyle = "rgb(128 128 128 / 0.45)";
        pen.fillRect(j * size, i * size, size, size);
      }
      if (size < LEGIBLE) return;
      pen.fillStyle = 0.3 * red + 0.6 * green + 0.1 * blue > 110 && !padding ? "#000" : "#fff";
      pen.fillText(texts[i][j], (j + 0.5) * size, (i + 0.55) * size);
    }),
  );
  if (!window) return;
  pen.lineWidth = 3;
  pen.strokeStyle = "#E69F00";
  pen.strokeRect(window.left * size + 1.5, window.top * size + 1.5, window.columns * size - 3, window.rows * size - 3);
}
