// Adds "print" and "share" to an outcome page; the page is complete without them.
const tools = document.querySelector("[data-outcome-tools]");

function button(label, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = label;
  element.addEventListener("click", () => act(element));
  tools.append(element);
}

async function share(element) {
  const page = { title: document.title, url: location.href };
  try {
    if (navigator.share) await navigator.share(page);
    else {
      await navigator.clipboard.writeText(page.url);
      element.textContent = "网址已复制";
    }
  } catch (error) {
    element.textContent = "请复制地址栏里的网址";
  }
}

if (tools) {
  button("打印这一页", () => window.print());
  button("发给家人", share);
}
