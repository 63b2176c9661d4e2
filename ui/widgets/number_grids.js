// Arrays as tables of numbers; a click or the arrow keys pick a number, and Python is told which.

const drawn = new WeakMap();
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const STRONG = -0.65; // share of full blue from which on white text is read better than black; on red black always is

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".grids");
  if (drawn.get(root) === data.grids) return;
  drawn.set(root, data.grids);
  const focused = root.contains(root.getRootNode().activeElement);
  const pick = (row, column) => setStateValue("picked", [row, column]);
  root.replaceChildren(...JSON.parse(data.grids).map((grid) => figure(grid, pick)));
  if (focused) root.querySelector("td[tabindex='0']")?.focus();
}

function figure({ title, values, marked, pickable }, pick) {
  const part = document.createElement("figure");
  part.appendChild(document.createElement("figcaption")).textContent = title;
  const table = part.appendChild(document.createElement("table"));
  table.setAttribute("aria-label", title);
  const full = Math.max(...values.flat().map(Math.abs), 1e-12);
  const frames = new Set(marked.map(String));
  values.forEach((line, row) => {
    const cells = table.insertRow();
    line.forEach((value, column) => {
      const cell = cells.insertCell();
      const share = value / full;
      const rest = Math.round(255 * (1 - Math.abs(share)));
      cell.textContent = short(value);
      cell.style.background = share < 0 ? `rgb(${rest} ${rest} 255)` : `rgb(255 ${rest} ${rest})`;
      cell.classList.toggle("strong", share < STRONG);
      const framed = frames.has(`${row},${column}`);
      cell.classList.toggle("marked", framed);
      if (!pickable) return;
      cell.classList.add("pickable");
      cell.tabIndex = framed ? 0 : -1;
      cell.setAttribute("aria-selected", String(framed));
      cell.addEventListener("click", () => pick(row, column));
      cell.addEventListener("keydown", (event) => {
        const step = STEPS[event.key];
        if (!step) return;
        event.preventDefault();
        const [to, across] = [row + step[0], column + step[1]];
        if (values[to]?.[across] !== undefined) pick(to, across);
      });
    });
  });
  if (pickable) table.setAttribute("role", "grid");
  return part;
}

function short(value) {
  const text = String(Number(value.toFixed(2))).replace("-", "−");
  return text === "−0" || (text === "0" && value !== 0) ? "≈0" : text;
}
