// Pictures that change together with one slider; the first can be dragged. Python hears where they were let go.

const films = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  let film = films.get(parentElement);
  if (!film) {
    film = new Film(parentElement.querySelector(".film"));
    films.set(parentElement, film);
  }
  film.send = (at) => setStateValue("at", at);
  film.load(data);
}

class Film {
  constructor(root) {
    const find = (name) => root.querySelector(`.${name}`);
    Object.assign(this, { slider: find("slider"), amount: find("amount"), label: find("name"), reelsPart: find("reels") });
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
    this.slider.addEventListener("change", () => this.send(this.at));
  }

  load(data) {
    if (data.reels === this.text) return;
    this.text = data.reels;
    this.reels = JSON.parse(data.reels);
    this.amounts = JSON.parse(data.amounts);
    this.pixels = data.pixels;
    this.label.textContent = data.name;
    this.slider.max = String(this.amounts.length - 1);
    this.reelsPart.replaceChildren(...this.reels.map((reel, index) => this.figure(reel, index === 0)));
    this.show(data.start);
  }

  figure(reel, held) {
    const figure = document.createElement("figure");
    const title = document.createElement("b");
    const caption = document.createElement("figcaption");
    const said = document.createElement("span");
    title.textContent = reel.title;
    caption.append(title, said);
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
  }

  draw(reel) {
    const { width, height, canvas } = reel;
    reel.said.textContent = reel.texts[this.at];
    if (reel.number) {
      reel.number.textContent = reel.numbers[this.at];
      return;
    }
    canvas.setAttribute("aria-label", `${reel.title} at ${this.amounts[this.at]}: ${reel.texts[this.at]}`);
    if (!reel.picture.complete || !reel.picture.naturalWidth) return;
    const pen = canvas.getContext("2d");
    pen.drawImage(reel.picture, this.at * width, 0, width, height, 0, 0, width, height);
  }
}
