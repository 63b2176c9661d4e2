// A slider over frames that are all here already: image and answers change with it in the browser alone.
// Python hears of it only when the slider is let go.

const sweeps = new WeakMap();
const FRAMES_A_SECOND = 24;
const BY_ITSELF = 9; // frames a second where nobody asked for them
const FRAME_SIDE = 196; // screen pixels, at most; each of the image's becomes a square of whole ones
const LARGE_SIDE = 280;
const STRIP_HEIGHT = 22;

export default function ({ parentElement, data, setStateValue }) {
  let sweep = sweeps.get(parentElement);
  if (!sweep) {
    sweep = new Sweep(parentElement);
    sweeps.set(parentElement, sweep);
  }
  sweep.send = (index) => setStateValue("let_go", { name: data.name, index });
  sweep.load(data);
  return () => sweep.stop();
}

class Sweep {
  constructor(root) {
    const find = (name) => root.querySelector(`.${name}`);
    this.whole = find("top").parentElement;
    this.canvas = find("frame");
    this.slider = find("slider");
    this.amount = find("amount");
    this.rows = find("rows");
    this.play = find("play");
    this.heard = find("heard");
    this.name = null;
    this.index = 0;
    this.timer = null;
    this.slider.addEventListener("input", () => {
      this.stop();
      this.index = Number(this.slider.value);
      this.show();
    });
    this.slider.addEventListener("change", () => this.tell());
    this.play.addEventListener("click", () => (this.timer === null ? this.start(FRAMES_A_SECOND) : this.stop(true)));
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
  }

  // Turn the picture with the pointer, about its middle.
  grab(event) {
    if (!this.round || event.button !== 0) return;
    event.preventDefault();
    this.stop();
    const { canvas } = this;
    const angle = ({ clientX, clientY }) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return Math.atan2(top + height / 2 - clientY, clientX - left - width / 2) / (2 * Math.PI); // counter-clockwise
    };
    const from = this.index - angle(event) * this.amounts.length;
    const turn = (moved) => {
      const count = this.amounts.length;
      this.index = ((Math.round(from + angle(moved) * count) % count) + count) % count;
      this.show();
    };
    const end = () => {
      canvas.removeEventListener("pointermove", turn);
      canvas.classList.remove("held");
      this.tell();
    };
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("held");
    canvas.addEventListener("pointermove", turn);
    canvas.addEventListener("lostpointercapture", end, { once: true });
  }

  // Image and words change at once, when the image is there.
  load(data) {
    this.latest = data;
    const strip = new Image();
    strip.addEventListener("load", () => data === this.latest && this.take(data, strip));
    strip.src = data.strip;
  }

  take(data, strip) {
    const { amounts, tracks } = JSON.parse(data.rest);
    Object.assign(this, { strip, amounts, tracks, width: data.width, height: data.height, round: data.round });
    this.whole.classList.toggle("large", data.large);
    this.canvas.classList.toggle("grab", data.round);
    if (data.name !== this.name) {
      this.stop();
      this.name = data.name;
      this.index = data.at;
      if (data.autoplay && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.start(BY_ITSELF);
    }
    this.slider.max = String(amounts.length - 1);
    this.slider.setAttribute("aria-label", data.label);
    const side = data.large ? LARGE_SIDE : FRAME_SIDE;
    const zoom = Math.max(1, Math.floor(side / Math.max(data.width, data.height)));
    this.canvas.width = data.width * zoom;
    this.canvas.height = data.height * zoom;
    this.rows.classList.toggle("words", tracks.some(({ answers }) => answers.some((answer) => answer.length > 2)));
    this.rows.replaceChildren(...tracks.map((track) => this.row(track)));
    this.show();
  }

  row(track) {
    const row = element("div", "row");
    const answer = element("div", "answer");
    const side = element("div", "side");
    const said = element("div", "said");
    const mark = element("span", "mark", "■");
    mark.style.color = track.colour;
    const confidence = element("span", "confidence");
    said.append(mark, element("span", "name", track.title), confidence);
    const strip = element("canvas", "strip");
    const good = track.good.filter(Boolean).length;
    strip.setAttribute("role", "img");
    strip.setAttribute("aria-label", `${track.title}: ${track.words[0]} at ${good} of ${track.good.length} amounts`);
    side.append(said, strip);
    row.append(answer, side);
    Object.assign(track, { answer, confidenceText: confidence, stripCanvas: strip });
    return row;
  }

  start(framesASecond) {
    this.play.textContent = "❚❚ Pause";
    this.timer = setInterval(() => {
      this.index = (this.index + 1) % this.amounts.length;
      this.show();
    }, 1000 / framesASecond);
  }

  stop(tell = false) {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = "▶ Play";
    if (tell) this.tell();
  }

  // Let Python know where the slider rests, and people who can't see it what is said there.
  tell() {
    this.send(this.index);
    const said = this.tracks.map(({ title, answers, good, words }) => {
      return `${title} says ${answers[this.index]}, ${words[good[this.index] ? 0 : 1]}`;
    });
    this.heard.textContent = `${this.amounts[this.index]}: ${said.join("; ")}.`;
  }

  show() {
    const { index, width, height } = this;
    this.slider.value = String(index);
    this.slider.setAttribute("aria-valuetext", this.amounts[index]);
    this.amount.textContent = this.amounts[index];
    this.canvas.setAttribute("aria-label", `the image at ${this.amounts[index]}`);
    const pen = this.canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.strip, index * width, 0, width, height, 0, 0, this.canvas.width, this.canvas.height);
    for (const track of this.tracks) {
      const good = track.good[index];
      track.answer.textContent = track.answers[index];
      track.answer.classList.toggle("bad", !good);
      const sure = track.confidence[index] && `${track.confidence[index]} · `; // "": no answer
      track.confidenceText.textContent = `${sure}${good ? "✓" : "✗"} ${track.words[good ? 0 : 1]}`;
      this.drawStrip(track);
    }
  }

  // A tall bar where the network is right, a short one where it is not, and a line at the slider.
  drawStrip(track) {
    const canvas = track.stripCanvas;
    const wide = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
    const high = Math.round(STRIP_HEIGHT * devicePixelRatio);
    if (canvas.width !== wide) canvas.width = wide;
    if (canvas.height !== high) canvas.height = high;
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, wide, high);
    const step = wide / track.good.length;
    pen.fillStyle = track.colour;
    track.good.forEach((good, i) => {
      const tall = good ? high * 0.8 : high * 0.12;
      pen.fillRect(i * step, high - tall, Math.max(1, step - 1), tall);
    });
    pen.fillStyle = getComputedStyle(canvas).color;
    pen.fillRect((this.index + 0.5) * step - devicePixelRatio, 0, 2 * devicePixelRatio, high);
  }
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}
