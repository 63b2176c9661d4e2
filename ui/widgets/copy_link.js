// Copies the page's address, which holds what the person chose.

const TOLD_MS = 4000;

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const told = parentElement.querySelector(".told");
  button.onclick = async () => {
    const address = window.location.href;
    try {
      await navigator.clipboard.writeText(address);
      told.textContent = data.told;
      setTimeout(() => (told.textContent = ""), TOLD_MS);
    } catch {
      told.textContent = "";
      window.prompt("The browser lets no page copy here. Copy it yourself:", address);
    }
  };
}
