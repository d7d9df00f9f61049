// Suggestions under the search box: the WAI-ARIA combobox with a list. Without this file the form works as it is.
const MOST_WAIT = 150;

function element(name, attributes, text) {
  const made = document.createElement(name);
  Object.keys(attributes).forEach((key) => made.setAttribute(key, attributes[key]));
  if (text) made.textContent = text;
  return made;
}

function combobox(form) {
  const input = form.querySelector("input[name=q]");
  const list = element("ul", { id: `${input.id}-list`, role: "listbox", "aria-label": "搜索建议", class: "search-list", hidden: "" });
  const status = element("p", { role: "status", class: "visually-hidden" });
  let options = [];
  let active = -1;
  let timer = 0;
  let asked = "";
  let composing = false;
  form.append(list, status);
  ["role", "aria-expanded", "aria-controls", "aria-autocomplete"].forEach((name, index) => {
    input.setAttribute(name, ["combobox", "false", list.id, "list"][index]);
  });

  function close() {
    clearTimeout(timer);
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function point(index) {
    if (active >= 0 && options[active]) options[active].setAttribute("aria-selected", "false");
    active = index;
    if (active < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    options[active].setAttribute("aria-selected", "true");
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  }

  function go(option) {
    window.location.assign(option.dataset.url);
  }

  function show(rows) {
    options = rows.map((row, index) => {
      const option = element("li", { id: `${list.id}-${index}`, role: "option", "aria-selected": "false" });
      option.dataset.url = row.url;
      option.append(element("span", {}, row.label), element("span", { class: "search-kind" }, row.kind));
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => go(option));
      return option;
    });
    list.replaceChildren(...options);
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(options.length > 0));
    status.textContent = options.length ? `有${options.length}条建议，按上下键选择` : "";
  }

  async function ask() {
    const text = input.value.trim();
    asked = text;
    if (!text) {
      close();
      return;
    }
    try {
      const response = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(text)}`, { credentials: "omit" });
      const answer = await response.json();
      if (text === asked && document.activeElement === input) show(answer.suggestions);
    } catch (error) {
      close(); // No connection: the form itself still works.
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, MOST_WAIT);
  }

  const keys = {
    ArrowDown: () => (list.hidden ? ask() : point((active + 1) % options.length)),
    ArrowUp: () => (list.hidden ? ask() : point(active <= 0 ? options.length - 1 : active - 1)),
    Escape: () => {
      if (list.hidden) input.value = "";
      close();
    },
  };

  input.addEventListener("compositionstart", () => { composing = true; });
  input.addEventListener("compositionend", () => { composing = false; later(); });
  input.addEventListener("input", () => { if (!composing) later(); });
  input.addEventListener("blur", () => { asked = ""; close(); });
  input.addEventListener("keydown", (event) => {
    if (composing || event.isComposing) return;
    if (event.key === "Enter" && active >= 0 && !list.hidden) {
      event.preventDefault();
      go(options[active]);
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    } else if (event.key === "Tab") {
      close();
    }
  });
}

// Tells the site that a result was opened, so that editors see which searches help nobody. No cookie, no identity.
function countOpened(results, address) {
  results.addEventListener("click", (event) => {
    if (!event.target.closest("a")) return;
    const form = new FormData();
    form.append("q", results.dataset.query);
    navigator.sendBeacon(address, form);
  });
}

document.querySelectorAll("form.search-box").forEach(combobox);
const box = document.querySelector("form.search-box");
document.querySelectorAll("[data-results], [data-answer]").forEach((results) => {
  const query = document.querySelector("[data-results]").dataset.query;
  results.dataset.query = query;
  if (box && navigator.sendBeacon) countOpened(results, box.dataset.opened);
});
