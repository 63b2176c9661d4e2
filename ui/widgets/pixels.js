// An image and its channels; the pixel under the pointer is marked in all of them and read out as numbers.

const views = new WeakMap();
const SIDE = 196; // screen pixels
const HINT = "Point at a pixel, or use the arrow keys, to read its numbers.";

export default function ({ parentElement, data }) {
  let view = views.get(parentElement);
  if (!view) {
    view = { root: parentElement.querySelector(".pixels") };
    views.set(parentElement, view);
  }
  if (view.planes === data.planes) return;
  view.planes = data.planes;
  build(view.root, data);
}

function build(root, data) {
  const { height, width } = data;
  const [planes, titles, names, values] = ["planes", "titles", "names", "values"].map((key) => JSON.parse(data[key]));
  const said = root.querySelector(".said");
  const zoom = Math.max(1, Math.floor(SIDE / Math.max(height, width)));
  let place = null; // [row, column]
  const canvases = planes.map((address, index) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: width * zoom, height: height * zoom, tabIndex: index ? -1 : 0 });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${titles[index]}, ${height} by ${width} pixels`);
    canvas.picture = new Image();
    canvas.picture.addEventListener("load", draw);
    canvas.picture.src = address;
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      move(((event.clientY - box.top) / box.height) * height, ((event.clientX - box.left) / box.width) * width);
    });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const [row, column] = place ?? [0, 0];
      move(row + step[0], column + step[1]);
    });
    return canvas;
  });
  root.querySelector(".planes").replaceChildren(
    ...canvases.map((canvas, index) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.textContent = titles[index];
      figure.append(canvas, caption);
      return figure;
    }),
  );
  said.textContent = HINT;

  function move(row, column) {
    place = [Math.floor(clamp(row, height)), Math.floor(clamp(column, width))];
    const numbers = values.map((plane) => plane[place[0]][place[1]]);
    const parts = numbers.map((value, c) => `${names[c]} ${value} (in bits ${value.toString(2).padStart(8, "0")})`);
    said.textContent = `Row ${place[0]}, column ${place[1]}: ${parts.join(", ")}. ${8 * numbers.length} bits in all.`;
    draw();
  }

  function draw() {
    for (const canvas of canvases) {
      const pen = canvas.getContext("2d");
      pen.imageSmoothingEnabled = false;
      if (canvas.picture.complete) pen.drawImage(canvas.picture, 0, 0, canvas.width, canvas.height);
      if (!place) continue;
      pen.lineWidth = 2;
      pen.strokeStyle = "#E69F00";
      pen.strokeRect(place[1] * zoom - 1, place[0] * zoom - 1, zoom + 2, zoom + 2);
    }
  }
}

function clamp(value, size) {
  return Math.min(Math.max(value, 0), size - 1);
}
