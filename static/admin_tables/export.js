// “全选” above the columns of an export: ticks or clears them all, and shows when only some are ticked.
(() => {
  "use strict";
  const row = document.querySelector(".export-all");
  const all = row.querySelector("input");
  const columns = [...document.querySelectorAll(".export-columns input")];

  function show() {
    const ticked = columns.filter((column) => column.checked).length;
    all.checked = ticked === columns.length;
    all.indeterminate = ticked > 0 && !all.checked;
  }

  all.addEventListener("change", () => { for (const column of columns) column.checked = all.checked; });
  for (const column of columns) column.addEventListener("change", show);
  // A browser that comes back to the page restores the ticks after the script has run.
  addEventListener("pageshow", show);
  show();
  row.hidden = false;
})();
