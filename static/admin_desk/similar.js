// While a title is being typed, the five nearest existing pages are listed below it.
(() => {
  "use strict";
  const PAUSE = 400;

  function watch(field, url) {
    const box = document.createElement("div");
    box.className = "desk-similar";
    box.setAttribute("aria-live", "polite");
    field.after(box);
    let timer = 0, asked = 0;

    async function ask() {
      const number = ++asked;
      const response = await fetch(`${url}?title=${encodeURIComponent(field.value)}`);
      if (!response.ok || number !== asked) return;
      const { similar } = await response.json();
      box.replaceChildren();
      if (!similar.length) return;
      const head = document.createElement("p");
      head.textContent = similar.some((row) => row.same) ? "已经有几乎一样的页面，请先看看能不能改它：" : "已有的相近页面：";
      const list = document.createElement("ul");
      for (const row of similar) {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = row.url;
        link.target = "_blank";
        link.textContent = row.title;
        item.append(link, ` ${row.state}`);
        item.classList.toggle("desk-same", row.same);
        list.append(item);
      }
      box.append(head, list);
    }
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const field = document.getElementById("id_title");
    const state = document.querySelector("[data-similar]");
    const adding = location.pathname.endsWith("/add/");
    const url = state?.dataset.similar || (adding ? location.pathname.replace(/add\/$/, "similar/") : "");
    if (field && url && field.type === "text") watch(field, url);
  });
})();
