// A whole network: a column of small maps a layer, cut from one strip; a click sends [column, map].
// Streamlit calls the default function on every rerun; while the layers are the same only what they show is exchanged.

const [NEAR, FAR] = [6, 28]; // screen pixels between columns, at least and at most
const [SMALLEST, LARGEST] = [28, 64]; // side of a map
const LABEL = 170; // height of the longest label
const ENDS = 8; // where lines end at a column of numbers
const STRIP = 10; // width of a column of numbers
const views = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".network");
  let view = views.get(root);
  if (!view) views.set(root, (view = new View(root, parentElement.querySelector(".said"))));
  view.send = (column, map) => setTriggerValue("clicked", [column, map]);
  view.update(data);
}

class View {
  constructor(root, said) {
    Object.assign(this, { root, said, columns: root.querySelector(".columns"), svg: root.querySelector("svg") });
    new ResizeObserver(() => this.lay()).observe(root);
    root.addEventListener("keydown", (event) => this.key(event));
  }

  update(data) {
    const before = this.data;
    this.data = data;
    this.root.setAttribute("aria-label", data.hint);
    this.root.style.setProperty("--strip", `url("${data.strip}")`);
    const other = before?.layers !== data.layers || before.strip_width !== data.strip_width;
    if (other) this.build(JSON.parse(data.layers));
    if (other || before.bars !== data.bars) this.answer(JSON.parse(data.bars));
    const moved = other || before.column !== data.column || before.map !== data.map;
    if (moved) this.mark(data.column, data.map);
    if (other) this.width = 0;
    this.lay();
    if (moved) this.reveal(this.parts[data.column].element, before !== undefined);
  }

  build(layers) {
    this.layers = layers;
    this.parts = layers.map((layer, column) => {
      const element = document.createElement("div");
      element.className = "column";
      const label = element.appendChild(document.createElement("div"));
      label.className = "label";
      label.title = `${layer.name}: ${layer.kind}, ${layer.size}`;
      label.appendChild(document.createElement("b")).textContent = layer.name;
      label.append(` ${layer.size}`);
      const buttons = [];
      const button = (name, text, map, holder = element) => {
        const made = holder.appendChild(document.createElement("button"));
        made.type = "button";
        made.className = name;
        made.title = text;
        made.tabIndex = -1;
        made.setAttribute("aria-label", text);
        made.addEventListener("click", () => this.pick(column, map, text));
        made.addEventListener("focus", () => this.rove(made));
        buttons.push(made);
        return made;
      };
      if (layer.sort === "maps") {
        for (let map = 0; map < layer.shown; map++) {
          const cell = element.appendChild(document.createElement("div"));
          cell.className = "cell";
          button("map", `map ${map + 1} of ${layer.name}`, map, cell);
        }
        const rest = layer.count - layer.shown;
        if (rest > 0) button("more", `the other ${rest} maps of ${layer.name}`, layer.shown).textContent = `+${rest}`;
      } else {
        const bars = layer.sort === "answer";
        button(bars ? "bars" : "strip", `the ${layer.count} numbers of ${layer.name}`, 0);
      }
      return { element, label, buttons, column };
    });
    this.columns.replaceChildren(...this.parts.map((part) => part.element));
  }

  answer(bars) {
    const last = this.parts.at(-1).buttons[0];
    if (!last.classList.contains("bars")) return;
    const best = Math.max(...bars.map(([, share]) => share));
    last.replaceChildren(
      ...bars.flatMap(([label, share]) => {
        const [name, bar] = [document.createElement("span"), document.createElement("span")];
        name.className = share === best ? "label-of first" : "label-of";
        name.textContent = label;
        bar.className = "bar";
        bar.style.width = `${100 * share}%`;
        return [name, bar];
      }),
    );
    const said = bars.filter(([, share]) => share === best).map(([label, , percent]) => `${label}, ${percent}`);
    last.title = `the answer: ${said[0] ?? "none"}`;
    last.setAttribute("aria-label", last.title);
  }

  mark(column, map) {
    const [layer, part] = [this.layers[column], this.parts[column]];
    const at = layer.sort === "maps" ? Math.min(map, part.buttons.length - 1) : 0;
    for (const each of this.parts) {
      each.element.classList.toggle("chosen", each === part);
      each.buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(each === part && index === at)));
    }
    this.marked = part.buttons[at];
    if (!this.root.contains(this.root.getRootNode().activeElement)) this.rove(this.marked);
  }

  rove(button) {
    for (const part of this.parts) for (const each of part.buttons) each.tabIndex = each === button ? 0 : -1;
  }

  pick(column, map, text) {
    this.said.textContent = `${text}, shown below`;
    this.mark(column, map);
    this.lines();
    this.send(column, map);
  }

  key(event) {
    const here = this.parts.findIndex((part) => part.buttons.includes(event.target));
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (here < 0 || !step) return;
    event.preventDefault();
    const row = this.parts[here].buttons.indexOf(event.target) + step[1];
    const buttons = this.parts[here + step[0]]?.buttons;
    buttons?.[step[0] ? Math.min(row, buttons.length - 1) : row]?.focus();
  }

  // Maps as large as lets all columns stand side by side, if that is not too small.
  lay() {
    const wide = this.root.clientWidth;
    if (!wide || wide === this.width) return;
    this.width = wide;
    const maps = this.layers.filter((layer) => layer.sort === "maps").length;
    const answer = this.parts.at(-1).buttons[0];
    const fixed = 8 + (this.layers.length - maps) * (STRIP + 2) + (answer.classList.contains("bars") ? answer.scrollWidth - STRIP : 0);
    const steps = Math.max(1, this.layers.length - 1);
    const side = Math.max(SMALLEST, Math.min(LARGEST, Math.floor((wide - fixed - NEAR * steps) / Math.max(maps, 1)) - 2));
    const gap = (wide - fixed - maps * (side + 2)) / steps;
    this.columns.style.gap = `${Math.max(NEAR, Math.min(FAR, gap))}px`;
    const rows = Math.max(...this.layers.map((layer) => (layer.sort === "maps" ? layer.shown : 1)));
    const tall = Math.max(160, Math.min(rows, ENDS) * (side + 6));
    const { strip_width, strip_height } = this.data;
    this.layers.forEach((layer, column) => {
      const { buttons, label } = this.parts[column];
      label.style.maxHeight = `${LABEL}px`;
      if (layer.sort === "answer") return;
      if (layer.sort === "numbers") {
        const high = Math.min(tall, layer.height * 10);
        this.size(buttons[0], STRIP, high, STRIP * strip_width, (high / layer.height) * strip_height, 0, (layer.top * high) / layer.height);
        return;
      }
      const longest = Math.max(layer.width, layer.height);
      const zoom = longest > side ? side / longest : Math.floor((side + 2) / longest);
      for (let map = 0; map < layer.shown; map++) {
        buttons[map].parentElement.style.width = buttons[map].parentElement.style.height = `${side + 2}px`;
        this.size(buttons[map], layer.width * zoom, layer.height * zoom, strip_width * zoom, strip_height * zoom, map * layer.width * zoom, layer.top * zoom);
      }
    });
    const highest = Math.max(...this.parts.map(({ label }) => label.scrollHeight));
    for (const { label } of this.parts) label.style.height = `${Math.min(LABEL, highest)}px`;
    this.lines();
  }

  size(button, width, height, whole, high, left, top) {
    Object.assign(button.style, {
      width: `${width}px`,
      height: `${height}px`,
      backgroundSize: `${whole}px ${high}px`,
      backgroundPosition: `-${left}px -${top}px`,
    });
  }

  // A line from each map to those that are made from it; past a column it leads over the maps.
  lines() {
    const stage = this.svg.parentElement.getBoundingClientRect();
    const ends = this.parts.map(({ buttons }, column) => {
      const boxes = (this.layers[column].sort === "maps" ? buttons.slice(0, this.layers[column].shown) : buttons).map((each) => each.getBoundingClientRect());
      const [left, right] = [Math.min(...boxes.map((box) => box.left)) - stage.left, Math.max(...boxes.map((box) => box.right)) - stage.left];
      const down =
        this.layers[column].sort === "maps"
          ? boxes.map((box) => (box.top + box.bottom) / 2 - stage.top)
          : Array.from({ length: ENDS }, (_, end) => boxes[0].top - stage.top + ((end + 0.5) / ENDS) * boxes[0].height);
      return { left, right, down, top: boxes[0].top - stage.top };
    });
    const paths = [];
    const path = (d, name = "") => paths.push({ d, name });
    this.layers.forEach((layer, column) => {
      const to = ends[column];
      const chosen = this.parts[column].buttons.indexOf(this.marked);
      for (const source of layer.takes) {
        const from = ends[source];
        if (source !== column - 1) {
          path(`M${from.right} ${from.top} C${from.right + 10} ${from.top - 14} ${to.left - 10} ${to.top - 14} ${to.left} ${to.top}`, "skip");
          continue;
        }
        const own = [];
        let d = "";
        to.down.forEach((y, map) =>
          from.down.forEach((start, other) => {
            const alike = from.down.length === to.down.length && !layer.mixes;
            if (alike && other !== map) return;
            const line = `M${from.right} ${start}L${to.left} ${y}`;
            d += line;
            if (layer.sort === "maps" ? map === chosen : chosen === 0) own.push(line);
          }),
        );
        path(d);
        if (own.length) path(own.join(""), "own");
      }
    });
    this.svg.replaceChildren(
      ...paths.map(({ d, name }) => {
        const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
        made.setAttribute("d", d);
        made.setAttribute("class", name);
        return made;
      }),
    );
  }

  // Only what lies beside the box is brought into it: the page itself doesn't move.
  reveal(element, smooth) {
    const [box, own] = [this.root.getBoundingClientRect(), element.getBoundingClientRect()];
    const by = own.left < box.left ? own.left - box.left - FAR : own.right > box.right ? own.right - box.right + FAR : 0;
    if (by) this.root.scrollBy({ left: by, behavior: smooth ? "smooth" : "instant" });
  }
}
