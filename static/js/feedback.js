// The foot of an answer: one tap for 有帮助, the view that is counted, and the sentence an error report is about.
const SEEN_AFTER = 3000;
const QUOTE = "quote";

function remembered(storage, key) {
  try {
    return window[storage].getItem(key);
  } catch (error) {
    return null;
  }
}

function remember(storage, key, value) {
  try {
    window[storage].setItem(key, value);
  } catch (error) {
    // A private window: nothing is remembered.
  }
}

function say(section, text) {
  section.querySelector("[data-helpful-said]").textContent = text;
}

function askWhy(section, form, vote) {
  // The second step is a page of its own; one link leads there, so that it works the same without this script.
  const why = document.createElement("form");
  why.method = "post";
  why.action = `${form.getAttribute("action")}reason/`;
  why.className = "why";
  const reasons = [["unclear", "看不懂"], ["not_my_case", "没有我的情况"], ["did_not_work", "照着办没办成"], ["wrong", "内容不对或过时了"], ["other", "别的原因"]];
  const heading = document.createElement("p");
  heading.textContent = "哪里没帮上？";
  why.append(heading);
  reasons.forEach(([value, label]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button-quiet";
    button.textContent = label;
    button.addEventListener("click", () => {
      post(why.action, { vote, reason: value }, "text/html").then((response) => {
        say(section, response.ok ? "谢谢，会帮我们改好这一页。" : "没有记下来，请过几分钟再试。");
        why.remove();
      });
    });
    why.append(button);
  });
  form.after(why);
}

function post(url, values, accept) {
  const body = new URLSearchParams(values);
  return fetch(url, { method: "POST", body, headers: { Accept: accept }, credentials: "omit" });
}

function helpful(section) {
  const form = section.querySelector("[data-helpful]");
  if (!form) return;
  const key = `helpful:${section.dataset.pageKey}:${section.dataset.revision}`;
  if (remembered("localStorage", key)) {
    form.hidden = true;
    say(section, "您已经评价过这一版，谢谢。");
    return;
  }
  form.addEventListener("submit", (event) => {
    if (!event.submitter || !window.URLSearchParams) return;
    event.preventDefault();
    const values = new FormData(form);
    values.set("helpful", event.submitter.value);
    post(form.getAttribute("action"), values, "application/json")
      .then((response) => response.json())
      .then((answer) => {
        say(section, answer.error || answer.thanks);
        if (answer.error) return;
        remember("localStorage", key, "1");
        form.hidden = true;
        if (answer.vote) askWhy(section, form, answer.vote);
      })
      .catch(() => say(section, "没有发出去，请检查网络后再按一次。"));
  });
}

function countView(section) {
  const key = `view:${section.dataset.pageKey}`;
  if (remembered("sessionStorage", key)) return;
  const count = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", start);
    remember("sessionStorage", key, "1");
    fetch(section.dataset.viewUrl, { method: "POST", body: section.dataset.pageKey, keepalive: true, credentials: "omit" })
      .then((response) => response.json())
      .then((answer) => {
        if (!answer.count) return;
        const line = section.querySelector("[data-view-count]");
        line.textContent = `近30天约${answer.count}次阅读`;
        line.hidden = false;
      })
      .catch(() => {});
  };
  function start() {
    if (document.visibilityState === "visible") setTimeout(count, SEEN_AFTER);
  }
  document.addEventListener("visibilitychange", start);
  start();
}

function carryQuote(section) {
  // What the reader had marked on the page goes into the report, without passing through any address.
  section.querySelector("[data-report-link]").addEventListener("click", () => {
    const marked = String(getSelection()).trim().slice(0, 500);
    if (marked) remember("sessionStorage", QUOTE, marked);
  });
}

document.querySelectorAll("[data-page-key]").forEach((section) => {
  helpful(section);
  countView(section);
  carryQuote(section);
});

document.querySelectorAll("[data-report]").forEach((form) => {
  const box = form.querySelector("[name=quote]");
  const marked = remembered("sessionStorage", QUOTE);
  if (!marked || box.value) return;
  box.value = marked;
  try {
    window.sessionStorage.removeItem(QUOTE);
  } catch (error) {
    // It goes with the tab.
  }
});
