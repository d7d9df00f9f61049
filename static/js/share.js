// 发给家人 and 打印. Without JavaScript the buttons are not there; the address and the code are.
const said = document.querySelector("[data-share-said]");
const address = document.querySelector("link[rel=canonical]").href;
const title = document.querySelector("h1").textContent;

function say(text) {
  said.textContent = "";
  setTimeout(() => { said.textContent = text; }, 50); // an empty moment, so that the same words are announced again
}

// For browsers without the clipboard API or pages without https.
function copyTheOldWay(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.setAttribute("readonly", "");
  field.className = "said";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    return copyTheOldWay(text);
  }
}

async function share() {
  if (/MicroMessenger/i.test(navigator.userAgent)) return say("请点微信右上角的三个点，选“发送给朋友”。");
  if (navigator.share) {
    try {
      return await navigator.share({ title, url: address });
    } catch (error) {
      if (error.name === "AbortError") return undefined;
    }
  }
  const copied = await copy(`${title} ${address}`);
  return say(copied ? "网址已复制，到聊天里粘贴就能发给家人。" : `请把这个网址发给家人：${address}`);
}

document.querySelectorAll("[data-share]").forEach((button) => button.addEventListener("click", share));
document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
