// A square on a picture. Streamlit calls the default function on every rerun; what belongs to one lives in `crops`.
// The square is the browser's from the moment it appears: Python only says where it starts, and hears where it is left.

const crops = new WeakMap();
const STEP = 0.02; // of the picture's shorter side, for one press of a key

export default function ({ parentElement, data, setStateValue }) {
  let crop = crops.get(parentElement);
  if (!crop) {
    crop = new Crop(parentElement);
    crops.set(parentElement, crop);
  }
  crop.send = (square) => setStateValue("square", square);
  crop.load(data);
}

class Crop {
  constructor(root) {
    this.frame = root.querySelector(".crop");
    this.picture = root.querySelector("img");
    this.square = root.querySelector(".square");
    this.corner = root.querySelector(".corner");
    this.name = null;
    this.grip = null; // what a finger or the mouse holds: where it took hold, of which square, and whether of its corner
    this.square.addEventListener("pointerdown", (event) => this.down(event));
    this.square.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      this.square.addEventListener(kind, (event) => this.up(event));
    }
    this.square.addEventListener("keydown", (event) => this.key(event));
    this.square.addEventListener("keyup", () => this.told());
    this.square.addEventListener("blur", () => this.told());
    this.picture.addEventListener("load", () =>
      this.picture.classList.toggle("large", this.picture.naturalWidth > this.picture.clientWidth),
    );
  }

  load(data) {
    if (data.name === this.name) return;
    const { name, width, height, least, left, top, side, whole } = data;
    Object.assign(this, { name, width, height, least, left, top, side, whole, grip: null, changed: false });
    this.hint = data.hint;
    this.frame.style.setProperty("--ratio", width / height);
    this.picture.src = data.url;
    this.show();
  }

  down(event) {
    if (this.grip !== null || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.preventDefault();
    this.square.focus({ preventScroll: true });
    this.square.setPointerCapture(event.pointerId);
    const { left, top, side } = this;
    const resizes = event.composedPath().includes(this.corner);
    this.grip = { id: event.pointerId, x: event.clientX, y: event.clientY, left, top, side, resizes };
  }

  move(event) {
    const { grip } = this;
    if (event.pointerId !== grip?.id) return;
    const scale = this.width / this.picture.clientWidth; // the picture's pixels for one of the screen's
    const [x, y] = [(event.clientX - grip.x) * scale, (event.clientY - grip.y) * scale];
    if (grip.resizes) this.place(grip.left, grip.top, this.fits(grip.side + (x + y) / 2, grip.left, grip.top));
    else this.place(grip.left + x, grip.top + y, grip.side);
  }

  up(event) {
    if (event.pointerId !== this.grip?.id) return;
    this.grip = null;
    this.told();
  }

  key(event) {
    if (this.grip !== null || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(1, Math.round(Math.min(this.width, this.height) * STEP));
    const { left, top, side } = this;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in ways) {
      const [x, y] = ways[event.key];
      this.place(left + x * step, top + y * step, side);
    } else if (["+", "=", "-"].includes(event.key)) {
      const wanted = side + (event.key === "-" ? -2 : 2) * step;
      const next = this.fits(wanted, 0, 0);
      this.place(left + (side - next) / 2, top + (side - next) / 2, next); // its middle stays
    } else return;
    event.preventDefault();
  }

  // The side that is nearest to the one wanted, in a picture that begins at (left, top).
  fits(side, left, top) {
    return Math.max(this.least, Math.min(Math.round(side), this.width - left, this.height - top));
  }

  place(left, top, side) {
    const inside = (value, most) => Math.max(0, Math.min(Math.round(value), most));
    Object.assign(this, { left: inside(left, this.width - side), top: inside(top, this.height - side), side });
    this.whole = false;
    this.changed = true;
    this.show();
  }

  told() {
    if (!this.changed) return;
    this.changed = false;
    const { name, left, top, side } = this;
    this.send({ name, left, top, side });
  }

  show() {
    const { width, height } = this;
    const [left, top, across, down] = this.whole
      ? [0, 0, width, height]
      : [this.left, this.top, this.side, this.side];
    Object.assign(this.square.style, {
      left: `${(100 * left) / width}%`,
      top: `${(100 * top) / height}%`,
      width: `${(100 * across) / width}%`,
      height: `${(100 * down) / height}%`,
    });
    const place = `${across} × ${down} pixels, ${left} from the left and ${top} from the top`;
    this.square.setAttribute("aria-label", `${this.hint}: ${place}. Arrow keys move it, plus and minus resize it.`);
  }
}
