// The ask box: counts characters, and shows answers that are already there while the reader types.
const WAIT = 600;
const LEAST = 6;

document.querySelectorAll("[data-ask]").forEach((form) => {
  const box = form.querySelector("textarea");
  const counter = form.querySelector("[data-counter]");
  const shown = form.querySelector("[data-suggestions]");
  const list = shown.querySelector("ul");
  const limit = Number(box.getAttribute("maxlength"));
  let timer = 0;
  let asked = "";

  // The counter says what is left; the server has the last word, so nothing the reader pastes is cut off.
  box.removeAttribute("maxlength");

  function count() {
    const left = limit - Array.from(box.value.trim()).length;
    counter.textContent = left < 0 ? `超出${-left}字，请留下最要紧的部分` : `还可以写${left}字`;
    counter.classList.toggle("counter-over", left < 0);
  }

  function row(answer) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const text = document.createElement("p");
    link.className = "row-title";
    link.href = answer.url;
    link.textContent = answer.title;
    text.textContent = answer.answer;
    item.append(link, text);
    return item;
  }

  function suggest() {
    const text = box.value.trim();
    if (text.length < LEAST || text === asked) return;
    asked = text;
    fetch(form.dataset.nearestUrl, { method: "POST", body: new URLSearchParams({ text }), credentials: "omit" })
      .then((response) => (response.ok ? response.json() : { answers: [] }))
      .then((found) => {
        if (text !== asked) return;
        list.textContent = "";
        list.append(...found.answers.slice(0, 3).map(row));
        shown.hidden = !found.answers.length;
      })
      .catch(() => {
        // Offline: the form still works, the answers come after it is sent.
      });
  }

  box.addEventListener("input", () => {
    count();
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT);
  });
  count();
});
