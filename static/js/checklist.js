// Makes the list of papers tickable. Ticks stay on this device and are kept by the words of each item.
const KEY = `ticks:${location.pathname}`;

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || [];
  } catch (error) {
    return [];
  }
}

function store(texts) {
  try {
    if (texts.length) localStorage.setItem(KEY, JSON.stringify(texts));
    else localStorage.removeItem(KEY);
  } catch (error) {
    // A private window: ticks hold until the page is left.
  }
}

document.querySelectorAll("[data-checklist]").forEach((list) => {
  const ticked = stored();
  const boxes = Array.from(list.children).map((item) => {
    const text = item.textContent.trim();
    const box = document.createElement("input");
    const label = document.createElement("label");
    box.type = "checkbox";
    box.value = text;
    box.checked = ticked.includes(text);
    label.append(box, ...item.childNodes);
    item.append(label);
    item.classList.add("tickable");
    return box;
  });
  list.addEventListener("change", () => store(boxes.filter((box) => box.checked).map((box) => box.value)));
});
