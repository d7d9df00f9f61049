// The switch between 标准, 大字 and 长辈: changes the class on <html> and remembers it on this device.
const NAMES = ["standard", "large", "elder"];
const root = document.documentElement;

function show(name) {
  NAMES.forEach((other) => root.classList.toggle(`mode-${other}`, other === name));
}

function remember(name) {
  try {
    localStorage.setItem("mode", name);
  } catch (error) {
    // A private window: the choice holds for this page only.
  }
}

document.querySelectorAll("[data-mode]").forEach((link) => {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const group = link.parentElement;
    show(link.dataset.mode);
    remember(link.dataset.mode);
    // The link that was tapped is hidden now; the keyboard goes on with the next one.
    const next = Array.from(group.querySelectorAll("a")).find((other) => other.offsetParent !== null);
    if (next) next.focus({ preventScroll: true });
  });
});

// Another tab changed the mode, or this page came back from the browser's memory.
function follow() {
  try {
    const name = localStorage.getItem("mode");
    if (NAMES.includes(name)) show(name);
  } catch (error) {
    // Nothing is remembered.
  }
}
addEventListener("storage", follow);
addEventListener("pageshow", (event) => event.persisted && follow());
