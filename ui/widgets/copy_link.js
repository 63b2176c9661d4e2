// Copies the page's address, which holds what the person chose.

const TOLD_MS = 4000;

export default function ({ parentElement }) {
  const button = parentElement.querySelector("button");
  const told = parentElement.querySelector(".told");
  button.onclick = async () => {
    const address = window.location.href;
    try {
      await navigator.clipboard.writeText(address);
      told.textContent = "Copied: it opens what you see here.";
      setTimeout(() => (told.textContent = ""), TOLD_MS);
    } catch {
      told.textContent = "";
      window.prompt("The browser lets no page copy here. Copy it yourself:", address);
    }
  };
}
