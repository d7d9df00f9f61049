// The text form of the admin: a live counter, autosave every few seconds while typing, and pictures with a CSRF token.
(() => {
  "use strict";
  const PAUSE = 3000; // after the last key
  const LONGEST = 8000; // while somebody types without a pause
  const LIMIT = 120;
  const TOKEN = /\[\[\s*([a-z][a-z0-9_]*)\s*(?:\|[^\]]*)?\]\]/g;

  const editors = () => (window.CKEDITOR ? Object.values(window.CKEDITOR.instances) : []);

  // The counter under the short answer counts what readers see: figures filled in.
  function counter(field, figures) {
    const line = document.createElement("p");
    line.className = "desk-counter";
    line.setAttribute("aria-live", "polite");
    field.after(line);
    const show = () => {
      const seen = field.value.replace(TOKEN, (whole, key) => figures[key] || whole).trim();
      const left = LIMIT - [...seen].length;
      line.textContent = left >= 0 ? `还可以写 ${left} 字（最多 ${LIMIT} 字）` : `超出 ${-left} 字，发布前请压缩到 ${LIMIT} 字以内`;
      line.classList.toggle("desk-over", left < 0);
    };
    field.addEventListener("input", show);
    show();
  }

  // Everything that the form would send, without files and buttons; an editor nobody touched sends what it was given.
  function collect(form, untouched) {
    for (const editor of editors()) {
      editor.element.$.value = editor.checkDirty() ? editor.getData() : (untouched[editor.name] ?? editor.getData());
    }
    const data = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && name !== "csrfmiddlewaretoken") data[name] = value;
    }
    return data;
  }

  function autosave(form, state) {
    const url = state.dataset.autosave;
    const line = state.querySelector("[data-saved]");
    const csrf = () => form.querySelector("[name=csrfmiddlewaretoken]").value;
    const key = `draft ${url}`;
    const untouched = {};
    form.querySelectorAll("textarea[data-type=ckeditortype]").forEach((area) => { untouched[area.id] = area.value; });
    let timer = 0, first = 0, sending = false, stopped = false, again = false, waited = false, last = "";
    let sent = Promise.resolve();

    const fresh = () => collect(form, untouched);
    // What is compared: neither tokens nor the line break that the editor puts after the last paragraph are somebody's text.
    const text = (data) => JSON.stringify({ ...data, version_token: "", base: "" }, (_, value) => value.trim?.() ?? value);

    function say(sentence, bad) {
      line.textContent = sentence;
      line.classList.toggle("desk-bad", Boolean(bad));
    }
    // What could not be sent stays in this browser until it is saved.
    function keep(data) {
      try { localStorage.setItem(key, JSON.stringify({ ...data, base: "" })); } catch { /* no room: the page still holds it */ }
    }
    function forget() {
      try { localStorage.removeItem(key); } catch { /* nothing to forget */ }
    }
    function numberRows(rows) {
      for (const [name, id] of Object.entries(rows)) {
        const input = form.elements[name];
        if (input && !input.value) input.value = id;
      }
    }
    function send(leaving) {
      if (stopped) return;
      if (sending) { again = true; return; }
      sent = store(leaving);
    }
    async function store(leaving) {
      const data = fresh();
      if (text(data) === last) return;
      sending = true;
      first = 0;
      try {
        const response = await fetch(url, {
          method: "POST", body: JSON.stringify(data), keepalive: Boolean(leaving), redirect: "manual",
          headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
        });
        // After a login in another tab the page's token is that of the old login: the next try has the new one.
        if ([401, 403].includes(response.status)) await window.loginStands?.();
        const answer = await response.json();
        if (!response.ok) {
          stopped = response.status !== 401 && response.status < 500;
          throw new Error(answer.error);
        }
        form.elements.version_token.value = answer.token;
        form.elements.base.value = answer.base;
        numberRows(answer.rows);
        last = text(fresh()) === text(data) ? text(data) : text({ ...data });
        forget();
        say(`上次自动保存 ${answer.saved_at}`);
      } catch (error) {
        keep(data);
        const reason = /[\u4e00-\u9fff]/.test(error.message) ? error.message : "没有连上服务器，先不要关这一页，连上后会再试。";
        say(`没有自动保存：${reason}`, true);
        if (!stopped) again = true;
      } finally {
        sending = false;
        if (again && !stopped && !waited) { again = false; plan(PAUSE); }
      }
    }
    function plan(pause) {
      const now = Date.now();
      first = first || now;
      clearTimeout(timer);
      timer = setTimeout(send, Math.max(0, Math.min(pause, first + LONGEST - now)));
    }
    const typed = () => plan(PAUSE);
    form.addEventListener("input", typed);
    form.addEventListener("change", typed);
    window.CKEDITOR?.on("instanceReady", (event) => {
      untouched[event.editor.name] = event.editor.element.$.value;
      event.editor.resetDirty();
      event.editor.on("change", typed);
      // "change" waits for a key; voice input and some keyboards send none.
      const listen = () => { const area = event.editor.editable(); area?.attachListener(area, "input", typed); };
      event.editor.on("contentDom", listen);
      listen();
    });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" && first) send(true); });
    // Sent is not yet saved: the login may have ended. What was sent stays until the page comes back with a newer version.
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      if (text(fresh()) === last) forget(); else keep(fresh());
      if (sending && !waited) { // an autosave on its way would make this form look like somebody else's
        event.preventDefault();
        waited = true;
        const button = event.submitter;
        Promise.race([sent, new Promise((done) => setTimeout(done, 10000))]).then(() => form.requestSubmit(button));
        return;
      }
      stopped = true;
    });
    form.addEventListener("formdata", (event) => {
      for (const editor of editors()) {
        if (!editor.checkDirty() && editor.name in untouched) event.formData.set(editor.element.$.name, untouched[editor.name]);
      }
    });
    // The text as it was opened needs no saving.
    last = text(fresh());
    bringBack();

    function bringBack() {
      let kept = null;
      try { kept = JSON.parse(localStorage.getItem(key) || "null"); } catch { forget(); }
      if (!kept) return;
      const isSaved = kept.version_token !== form.elements.version_token.value && "mine" in state.dataset;
      if (isSaved || text(kept) === last) { forget(); return; }
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = "放回上次没存上的内容";
      button.addEventListener("click", () => {
        for (const [name, value] of Object.entries(kept)) {
          const editor = editors().find((one) => one.element.$.name === name);
          if (editor) editor.setData(value);
          else if (form.elements[name] && !["version_token", "base"].includes(name) && !name.startsWith("citations-") && !form.elements[name].type.startsWith("check")) {
            form.elements[name].value = value;
          }
        }
        button.remove();
        plan(0);
      });
      line.before(button);
    }
  }

  function pictures(form) {
    const csrf = form.querySelector("[name=csrfmiddlewaretoken]").value;
    window.CKEDITOR?.on("instanceReady", (event) => {
      event.editor.on("fileUploadRequest", (request) => {
        request.data.fileLoader.xhr.setRequestHeader("X-CSRFToken", csrf);
      }, null, null, 20);
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const state = document.querySelector(".desk-state");
    const form = state?.closest("form");
    if (!form) return;
    const figures = JSON.parse(document.getElementById("figures-today")?.textContent || "{}");
    const summary = document.getElementById("id_summary");
    if (summary) counter(summary, figures);
    pictures(form);
    if (state.dataset.autosave) autosave(form, state);
  });
})();
