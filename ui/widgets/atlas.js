// One picture of many kernels: a click, or the arrow keys, picks one and sends its index.

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".atlas");
  const mark = root.querySelector(".mark");
  const said = parentElement.querySelector(".said");
  const [width, height] = JSON.parse(data.size);
  const [across, down] = JSON.parse(data.cell);
  const band = data.inputs * down + data.gap; // screen pixels from one band to the next
  root.setAttribute("aria-label", `${data.hint} Arrow keys choose one.`);
  Object.assign(root.style, {
    width: `${width}px`,
    height: `${height}px`,
    backgroundImage: `url("${data.picture}")`,
    backgroundSize: `${width}px ${height}px`,
  });
  let [output, slice] = [Math.floor(data.chosen / data.inputs), data.chosen % data.inputs];

  const name = () => data.names.replace("{output}", output + 1).replace("{slice}", slice + 1);
  const draw = () =>
    Object.assign(mark.style, {
      left: `${(output % data.columns) * across}px`,
      top: `${Math.floor(output / data.columns) * band + slice * down}px`,
      width: `${across - data.gap}px`,
      height: `${down - data.gap}px`,
    });
  const pick = (newOutput, newSlice) => {
    if (newOutput < 0 || newOutput >= data.outputs || newSlice < 0 || newSlice >= data.inputs) return;
    [output, slice] = [newOutput, newSlice];
    draw();
    said.textContent = name();
    setTriggerValue("clicked", output * data.inputs + slice);
  };
  const under = (event) => {
    const box = root.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const row = Math.floor(y / band);
    const column = Math.min(Math.floor(x / across), data.columns - 1);
    return [row * data.columns + column, Math.min(Math.floor((y - row * band) / down), data.inputs - 1)];
  };
  root.onclick = (event) => pick(...under(event));
  root.onmousemove = (event) => {
    const [newOutput, newSlice] = under(event);
    root.title =
      newOutput < data.outputs ? data.names.replace("{output}", newOutput + 1).replace("{slice}", newSlice + 1) : "";
  };
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  root.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    pick(output + step[0], slice + step[1]);
  };
  draw();
}
