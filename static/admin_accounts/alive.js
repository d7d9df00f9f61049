// A login ends after half an hour without a request. Somebody who types is there: every few minutes of typing one small
// request says so. And a form that was open for long is sent only when the login still stands, so that what was typed
// stays on the page until there is a login again.
(() => {
  "use strict";
  const EVERY = 5 * 60 * 1000;
  const ALIVE = "/admin/account/alive/";
  let last = Date.now();
  let asking = null;

  const tokens = () => document.querySelectorAll("input[name=csrfmiddlewaretoken]");

  function say(ended) {
    let bar = document.getElementById("login-ended");
    if (!ended) { bar?.remove(); return; }
    if (bar) return;
    bar = document.createElement("p");
    bar.id = "login-ended";
    bar.className = "errornote";
    bar.setAttribute("role", "alert");
    const link = document.createElement("a");
    link.href = "/admin/account/";
    link.target = "_blank";
    link.textContent = "在新标签页登录";
    bar.append("登录已过期，这一页还没有保存。请", link, "，再回到这里保存。这一页先不要关。");
    document.querySelector("main")?.prepend(bar);
    bar.scrollIntoView({ block: "center" });
  }

  // Whether the login stands; forms of an older login get the token of the new one. Without a network nobody knows.
  async function ask() {
    try {
      const response = await fetch(ALIVE, { redirect: "manual", cache: "no-store" });
      if (response.status === 401) { say(true); return false; }
      if (!response.ok) return true;
      const { token } = await response.json();
      for (const input of tokens()) input.value = token;
      last = Date.now();
      say(false);
    } catch { /* the request itself will say what is wrong */ }
    return true;
  }
  window.loginStands = () => (asking ??= ask().finally(() => { asking = null; }));

  const isOld = () => Date.now() - last > EVERY || document.getElementById("login-ended");
  document.addEventListener("input", () => { if (isOld()) window.loginStands(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && document.getElementById("login-ended")) window.loginStands();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || !isOld()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    window.loginStands().then((stands) => {
      if (!stands) return;
      last = Date.now();
      form.requestSubmit(button);
    });
  }, true);
})();
