/* One dialog for all texts of a page: a list of figures, with what each is today, to choose one from. */

const address = document.querySelector("script[data-figures-url]").dataset.figuresUrl;
const words = {
  title: "插入政策数字",
  filter: "按名称、数值或依据筛选",
  close: "关闭",
  button: "插入数字",
  count: (shown, all) => (shown === all ? `共${all}个数字` : `${all}个数字里有${shown}个`),
  failed: "数字列表读不出来。请检查网络后再按一次，或者请管理员给您“查看政策数字”的权限。",
};

let list;

/** All figures that may be inserted; asked for once, and again after a failure. */
export function load() {
  list ??= fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" })
    .then((response) => {
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    })
    .then((data) => data.figures)
    .catch((error) => {
      list = undefined;
      throw error;
    });
  return list;
}

/** What a token means today; undefined where it means nothing. A place without its own figure shows the nation's. */
export async function describe(token) {
  const figures = await load();
  const find = (wanted) => figures.find((figure) => figure.token === wanted);
  return find(token) ?? find(token.replace(/\s*\|.*(?=\]\])/, ""));
}

function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

function row(figure, choose) {
  const button = element(
    "button",
    { type: "button" },
    element("strong", { textContent: figure.label }),
    element("span", { className: "figures-today", textContent: figure.today }),
    element("small", { textContent: figure.note ? `${figure.source}。${figure.note}` : figure.source }),
  );
  button.addEventListener("click", () => choose(figure.token));
  return element("li", { figure }, button);
}

/** Opens the dialog; calls `insert(token)` with what was chosen, after the dialog has closed. */
export async function open(insert) {
  const status = element("p", { role: "status" });
  const filter = element("input", { type: "search", id: "figures-filter", autocomplete: "off" });
  const rows = element("ul");
  const close = element("button", { type: "button", textContent: words.close });
  const title = element("h2", { id: "figures-title", textContent: words.title });
  const label = element("label", { htmlFor: filter.id, textContent: words.filter });
  const dialog = element("dialog", { className: "figures-dialog" }, title, label, filter, status, rows, close);
  dialog.setAttribute("aria-labelledby", title.id);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  filter.focus();
  let figures;
  try {
    figures = await load();
  } catch {
    status.textContent = words.failed;
    return;
  }
  const choose = (token) => {
    dialog.close();
    insert(token);
  };
  const items = figures.map((figure) => row(figure, choose));
  rows.append(...items);
  const show = () => {
    const parts = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of items) {
      const text = Object.values(item.figure).join(" ").toLowerCase();
      item.hidden = !parts.every((part) => text.includes(part));
    }
    status.textContent = words.count(items.filter((item) => !item.hidden).length, items.length);
  };
  filter.addEventListener("input", show);
  show();
}

/** Puts a token where the cursor of a plain field is, as if it had been typed. */
function type(field, token) {
  field.focus();
  field.setRangeText(token, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

for (const field of document.querySelectorAll("[data-figures]")) {
  if (field.readOnly || field.disabled) continue;
  const name = document.querySelector(`label[for="${field.id}"]`)?.textContent.replace(/[:\uff1a]\s*$/, "") ?? "";
  const button = element("button", { type: "button", className: "figures-button", textContent: words.button });
  button.setAttribute("aria-label", `${words.button}：${name}`);
  button.addEventListener("click", () => open((token) => type(field, token)));
  field.after(button);
}

// The editor's plugin is no module; this is how it finds the dialog.
globalThis.siteFigures = { open, describe };
