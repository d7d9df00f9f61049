// Reads the page aloud, sentence by sentence, from a tap only. The button is shown by CSS where speech exists.
const RATES = [["0.75", "慢"], ["1", "正常"], ["1.4", "快"]];
const SKIPPED = "script, nav, sup, .qr, [data-read-aloud], .disclaimer";
const SENTENCE = /[^\u3002\uff01\uff1f\uff1b]+[\u3002\uff01\uff1f\uff1b]?/g; // up to a full stop, exclamation mark, question mark or semicolon
const speech = window.speechSynthesis;
const bar = document.querySelector("[data-read-aloud]");
const button = bar.querySelector("[data-speak]");
let queue = [];
let playing = 0; // grows with every start and stop, so that an utterance of an earlier round is not continued

// Blocks in reading order, each cut into sentences: long utterances are cut off by some browsers.
function sentences(part) {
  const found = [];
  part.querySelectorAll("h1, h2, h3, p, li, td, th").forEach((block) => {
    if (block.closest(SKIPPED) || block.querySelector("p, li")) return;
    const copy = block.cloneNode(true);
    copy.querySelectorAll(SKIPPED).forEach((inner) => inner.remove());
    (copy.textContent.match(SENTENCE) || []).forEach((text) => {
      if (text.trim()) found.push({ block, text: text.trim() });
    });
  });
  return found;
}

function mark(block) {
  document.querySelectorAll(".speaking").forEach((old) => old.classList.remove("speaking"));
  if (block) block.classList.add("speaking");
}

function next(round) {
  if (round !== playing) return;
  const sentence = queue.shift();
  if (!sentence) return stop();
  const utterance = new SpeechSynthesisUtterance(sentence.text);
  utterance.lang = "zh-CN";
  utterance.rate = Number(bar.querySelector("select").value);
  utterance.onend = () => next(round);
  utterance.onerror = () => round === playing && stop();
  mark(sentence.block);
  speech.speak(utterance);
}

function stop() {
  playing += 1;
  queue = [];
  speech.cancel();
  mark(null);
  button.textContent = "听一听";
}

function start() {
  speech.cancel();
  queue = sentences(document.querySelector("[data-readable]"));
  button.textContent = "停下";
  playing += 1;
  next(playing);
}

const label = document.createElement("label");
const select = document.createElement("select");
RATES.forEach(([value, text]) => select.add(new Option(text, value, value === "1", value === "1")));
label.append("速度 ", select);
label.hidden = true;
bar.append(label);

button.addEventListener("click", () => {
  if (button.textContent === "停下") return stop();
  label.hidden = false;
  start();
});
addEventListener("pagehide", () => speech.cancel());
