"use strict";
// Paper cannot be clicked: what is folded up unfolds for the print.
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details:not([open])")) {
    one.open = true;
    one.dataset.folded = "";
  }
});
addEventListener("afterprint", () => {
  for (const one of document.querySelectorAll("details[data-folded]")) {
    one.open = false;
    delete one.dataset.folded;
  }
});
// Click a heading to sort its column; click again to turn the order.
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.addEventListener("click", () => {
      const numbers = heading.classList.contains("number");
      const first = numbers ? "descending" : "ascending";
      const other = numbers ? "ascending" : "descending";
      const order = heading.getAttribute("aria-sort") === first ? other : first;
      headings.forEach((one) => one.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const key = (row) => row.cells[column]?.dataset.key ?? "";
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => {
        const [one, two] = [key(a), key(b)];
        // Rows without a value stay below, whatever the order.
        if (one === "" || two === "") return (one === "") - (two === "");
        return sign * (numbers ? Number(one) - Number(two) : one.localeCompare(two));
      });
      table.tBodies[0].append(...rows);
    });
  });
}
