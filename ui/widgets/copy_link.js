// Copies the page's address, which holds what the person chose; Back leads from it to the page before.

const TOLD_MS = 4000;

// Streamlit makes a new entry of the browser's history at every choice, and Back would take the choice out of the
// address and leave it on the page, again and again. So only a link that is followed makes an entry. On the way to
// another page Streamlit changes the address of the one that is left, too: Back leads to that address as it was.
function keepHistoryShort() {
  if (Object.hasOwn(history, "pushState")) return; // this was done when another page was shown
  let followed = null; // where the link leads
  let left = null;
  const forget = () => ([followed, left] = [null, null]);
  document.addEventListener("click", (event) => (followed = event.target.closest("a[href]")?.pathname ?? followed), true);
  window.addEventListener("popstate", forget, true);
  history.pushState = function (state, title, address) {
    const { pathname, search } = new URL(address, location.href);
    if (pathname === location.pathname && !(pathname === followed && search)) {
      left = followed || !search ? (left ?? location.href) : null;
      history.replaceState(state, title, address);
      return;
    }
    if (left) history.replaceState(state, title, left);
    forget();
    History.prototype.pushState.call(history, state, title, address);
  };
}

export default function ({ parentElement, data }) {
  keepHistoryShort();
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
