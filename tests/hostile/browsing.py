"""Pages with hostile words in a real browser: whether any of them ran, asked for something, or changed what is on the page.

The content security policy is switched off (`bypass_csp`), so that what holds here holds by the sanitiser and by escaping alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, Route

from tests.hostile.corpus import CANARY

# Before anything of the page: every way in which a payload may show itself leads here.
WATCH = f"""
window.__ran = [];
window.{CANARY} = (number) => window.__ran.push(String(number));
for (const name of ["alert", "confirm", "prompt"]) window[name] = (text) => window.__ran.push(name + " " + text);
window.print = () => {{}};  // the site's own button
addEventListener("securitypolicyviolation", (event) => window.__ran.push("policy " + event.violatedDirective));
"""
# What a reader might do: point at, focus, click, copy. Then what is left in the page as the browser understood it.
TRY = f"""() => {{
  const kinds = ["mouseover", "mouseenter", "focus", "focusin", "click", "pointerdown", "animationstart", "toggle", "error", "load", "input", "copy"];
  const stop = (event) => event.preventDefault();
  addEventListener("click", stop, true); addEventListener("submit", stop, true);
  for (const element of document.querySelectorAll("main *, #content *"))
    for (const kind of kinds) element.dispatchEvent(new Event(kind, {{ bubbles: false, cancelable: true }}));
  const bad = [];
  for (const element of document.querySelectorAll("*"))
    for (const {{ name, value }} of element.attributes) {{
      const address = value.replace(/[\\x00-\\x20]/g, "").toLowerCase();
      if (/^on/.test(name) && value.includes("{CANARY}")) bad.push(element.outerHTML.slice(0, 120));
      if (element.closest(".cke, .cke_notifications_area") && /^javascript:void/.test(address)) continue;  // buttons of the text editor and of what it says
      if (/^(href|src|action|formaction|data|xlink:href)$/.test(name) && /^(javascript|vbscript|data:text)/.test(address)) bad.push(element.outerHTML.slice(0, 120));
    }}
  return [...window.__ran, ...bad];
}}"""


class Watched:
    """A browser window that notes everything a payload did."""

    def __init__(self, context: BrowserContext, own: str) -> None:
        self.own, self.seen = own, []
        context.add_init_script(WATCH)
        context.route("**/*", self._route)
        self.page: Page = context.new_page()
        self.page.on("dialog", lambda dialog: (self.seen.append(f"dialog {dialog.message}"), dialog.dismiss()))

    def _route(self, route: Route, request: Request) -> None:
        if request.url.startswith((self.own, "data:", "blob:", "about:")):
            route.continue_()
            return
        self.seen.append(f"asked for {request.url[:100]}")
        route.abort()

    def visit(self, path: str) -> list[str]:
        """What happened on the page, and what was still to happen when somebody used it."""
        self.seen.clear()
        try:
            self.page.goto(f"{self.own}{path}", wait_until="load", timeout=60_000)
            found = self.page.evaluate(TRY)
        except Error as error:
            return [] if "Download is starting" in str(error) else [f"{path}: {str(error)[:200]}"]
        frames = [frame.evaluate("window.__ran || []") for frame in self.page.frames[1:]]
        return [f"{path}: {finding}" for finding in [*self.seen, *found, *(one for ran in frames for one in ran)]]


@contextmanager
def watched(browser: Browser, own: str, session: str = "", **options: Any) -> Iterator[Watched]:
    """A window without a content security policy; with a session key, an editor's."""
    context = browser.new_context(bypass_csp=True, **options)
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": own}])
    try:
        yield Watched(context, own)
    finally:
        context.close()


def paste(page: Page, html: str) -> str:
    """Pastes HTML into the text editor of a change form; gives back what the editor holds then."""
    return page.evaluate(
        """async (html) => {
          const editor = Object.values(CKEDITOR.instances)[0];
          await new Promise((done) => editor.status === "ready" ? done() : editor.on("instanceReady", done));
          await new Promise((done) => editor.setData("<p>a</p>", { callback: done }));
          editor.focus();
          const range = editor.createRange();
          range.moveToElementEditablePosition(editor.editable(), true);
          editor.getSelection().selectRanges([range]);
          editor.fire("paste", { type: "html", dataValue: html, method: "paste", dataTransfer: new CKEDITOR.plugins.clipboard.dataTransfer() });
          await new Promise((done) => setTimeout(done, 50));
          return editor.getData();
        }""",
        html,
    )
