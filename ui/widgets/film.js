// Pictures, and a curve, that change together with one slider; the first picture can be dragged, or a button plays them.
// Python hears where they were let go.

const films = new WeakMap();
const PLAYED_MS = 8000; // about, from the first amount to the last ...
const STEP_MS = [120, 700]; // ... but no step is shorter or longer than these
const SVG = "http://www.w3.org/2000/svg";
const PLOT = { left: 44, top: 8, width: 330, height: 210, below: 26 }; // of the drawing, whose size on the page differs

export default function ({ parentElement, data, setStateValue }) {
  let film = films.get(parentElement);
  if (!film) {
    film = new Film(parentElement.querySelector(".film"));
    films.set(parentElement, film);
  }
  film.send = (at) => setStateValue("at", at);
  film.load(data);
  return () => film.stop();
}

class Film {
  constructor(root) {
    const find = (name) => root.querySelector(`.${name}`);
    Object.assign(this, { slider: find("slider"), amount: find("amount"), label: find("name"), reelsPart: find("reels") });
    Object.assign(this, { play: find("play"), plotPart: find("plot"), timer: null });
    this.play.addEventListener("click", () => (this.timer === null ? this.start() : this.stop(true)));
    this.slider.addEventListener("input", () => {
      this.stop();
      this.show(Number(this.slider.value));
    });
    this.slider.addEventListener("change", () => this.send(this.at));
  }

  load(data) {
    const text = JSON.stringify({ ...data, start: null }); // where it starts follows where it was let go
    if (text === this.text) return;
    this.stop();
    this.text = text;
    this.reels = JSON.parse(data.reels);
    this.plot = JSON.parse(data.plot);
    this.amounts = JSON.parse(data.amounts);
    this.pixels = data.pixels;
    this.label.textContent = data.name;
    this.slider.max = String(this.amounts.length - 1);
    this.play.hidden = data.pixels !== null;
    this.reelsPart.replaceChildren(...this.reels.map((reel, index) => this.figure(reel, index === 0 && this.play.hidden)));
    this.plotPart.replaceChildren(...(this.plot ? [this.curves(this.plot)] : []));
    this.show(data.start);
  }

  // From the first amount, or from where the slider stands, to the last.
  start() {
    const last = this.amounts.length - 1;
    if (this.at === last) this.show(0);
    this.playing(true);
    const step = Math.min(Math.max(PLAYED_MS / last, STEP_MS[0]), STEP_MS[1]);
    this.timer = setInterval(() => {
      this.show(this.at + 1);
      if (this.at === last) this.stop(true);
    }, step);
  }

  stop(tell = false) {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.playing(false);
    if (tell) this.send(this.at);
  }

  playing(now) {
    this.play.textContent = now ? "❚❚ Pause" : "▶ Play";
    this.amount.setAttribute("aria-live", now ? "off" : "polite");
  }

  // A grid of shares, 0 to 100 %, over places; one line for each amount.
  curves(plot) {
    const { left, top, width, height, below } = PLOT;
    const { figure, caption, said } = captioned(plot.title);
    const picture = drawn("svg", { viewBox: `0 0 ${left + width + 16} ${top + height + below}`, role: "img" });
    const [first, last] = [plot.along[0], plot.along[plot.along.length - 1]];
    const x = (place) => left + (width * (place - first)) / (last - first);
    const y = (share) => top + height * (1 - share);
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      picture.append(drawn("line", { class: "grid", x1: left, x2: left + width, y1: y(share), y2: y(share) }));
      picture.append(drawn("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, `${100 * share} %`));
    }
    for (const mark of plot.marks) {
      const text = `${mark}${plot.unit}`;
      picture.append(drawn("text", { x: x(mark), y: top + height + 18, "text-anchor": "middle" }, text));
    }
    plot.lines = plot.shares.map((shares) => {
      const points = shares.map((share, index) => `${x(plot.along[index]).toFixed(1)},${y(share).toFixed(1)}`).join(" ");
      return drawn("polyline", { points });
    });
    picture.append(...plot.lines);
    Object.assign(plot, { picture, said });
    figure.append(picture, caption);
    return figure;
  }

  drawCurves(plot) {
    plot.lines.forEach((line, index) => {
      line.setAttribute("class", index === this.at ? "now" : index < this.at ? "before" : "later");
      line.style.stroke = index === this.at ? plot.colour : "";
    });
    plot.picture.append(plot.lines[this.at]); // above the others
    plot.said.textContent = plot.texts[this.at];
    plot.picture.setAttribute("aria-label", named(`${plot.title}, ${this.amounts[this.at]}`, plot.texts[this.at]));
  }

  figure(reel, held) {
    const { figure, caption, said } = captioned(reel.title);
    figure.style.width = `${reel.side}px`;
    if (reel.numbers.length) {
      const number = document.createElement("div");
      number.className = "number";
      figure.append(number, caption);
      Object.assign(reel, { said, number });
      return figure;
    }
    const canvas = document.createElement("canvas");
    figure.append(canvas, caption);
    Object.assign(canvas, { width: reel.width, height: reel.height });
    canvas.style.width = figure.style.width;
    canvas.setAttribute("role", "img");
    Object.assign(reel, { canvas, said, picture: new Image() });
    reel.picture.addEventListener("load", () => this.draw(reel));
    reel.picture.src = reel.strip;
    if (held) this.hold(figure, canvas, reel);
    return figure;
  }

  hold(figure, canvas, reel) {
    let from = null; // where the pointer went down, and the amount there
    figure.className = "held";
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      from = { x: event.clientX, y: event.clientY, at: this.at };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      const zoom = canvas.getBoundingClientRect().width / reel.width;
      const moved = (event.clientX - from.x) / zoom;
      this.show(from.at + Math.round(moved / this.pixels));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => {
        if (from && from.at !== this.at) this.send(this.at);
        from = null;
      });
    }
  }

  show(at) {
    this.at = Math.min(Math.max(at, 0), this.amounts.length - 1);
    this.slider.value = String(this.at);
    this.slider.setAttribute("aria-valuetext", this.amounts[this.at]);
    this.amount.textContent = this.amounts[this.at];
    this.reels.forEach((reel) => this.draw(reel));
    if (this.plot) this.drawCurves(this.plot);
  }

  draw(reel) {
    const { width, height, canvas } = reel;
    reel.said.textContent = reel.texts[this.at];
    if (reel.number) {
      reel.number.textContent = reel.numbers[this.at];
      return;
    }
    canvas.setAttribute("aria-label", named(`${reel.title} at ${this.amounts[this.at]}`, reel.texts[this.at]));
    if (!reel.picture.complete || !reel.picture.naturalWidth) return;
    const pen = canvas.getContext("2d");
    pen.drawImage(reel.picture, this.at * width, 0, width, height, 0, 0, width, height);
  }
}

// A figure whose picture is still missing; said: what follows its title.
function captioned(text) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const title = document.createElement("b");
  const said = document.createElement("span");
  title.textContent = text;
  caption.append(title, said);
  return { figure, caption, said };
}

function named(what, text) {
  return text ? `${what}: ${text}` : what;
}

function drawn(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}
