// A row of small pictures cut from one strip; a click sends the picture's index.

const ZOOM = 2;

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery");
  root.setAttribute("aria-label", data.hint);
  const focused = [...root.children].indexOf(parentElement.activeElement ?? root.getRootNode().activeElement);
  const names = JSON.parse(data.names);
  root.replaceChildren(
    ...names.map((name, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = name;
      button.setAttribute("aria-label", name);
      button.setAttribute("aria-pressed", String(index === data.chosen));
      Object.assign(button.style, {
        boxSizing: "content-box",
        width: `${data.width * ZOOM}px`,
        height: `${data.height * ZOOM}px`,
        backgroundImage: `url("${data.strip}")`,
        backgroundSize: `${data.width * names.length * ZOOM}px ${data.height * ZOOM}px`,
        backgroundPosition: `-${index * data.width * ZOOM}px 0`,
      });
      button.addEventListener("click", () => setTriggerValue("clicked", index));
      return button;
    }),
  );
  if (focused >= 0) root.children[focused]?.focus();
}
