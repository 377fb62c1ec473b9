"use strict";
// A button in each column's head sorts the table's rows; without scripts the page lacks the buttons and nothing else.

// The number that a cell begins with, null where it is empty, undefined where it is text.
function number(text) {
  if (text === "" || text === "-") return null;
  if (text === "not reached") return Infinity;
  const found = /^([<≥≤]?)\s?×?([+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])/i.exec(text);
  if (!found) return undefined;
  const value = Number(found[2].replaceAll(",", ""));
  return found[1] === "<" ? value / 2 : value;
}

const words = new Intl.Collator("en", { numeric: true });

// As the rows are, sorted by a column; what is empty comes last in either direction.
function sorted(rows, column, direction) {
  const texts = new Map(rows.map((row) => [row, row.cells[column].textContent.trim()]));
  const numbers = new Map(rows.map((row) => [row, number(texts.get(row))]));
  const numeric = rows.every((row) => numbers.get(row) !== undefined);
  return rows.sort((a, b) => {
    const x = numbers.get(a), y = numbers.get(b);
    if (x === null || y === null) return (x === null) - (y === null);
    return direction * (numeric ? (x > y) - (x < y) : words.compare(texts.get(a), texts.get(b)));
  });
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
      table.tBodies[0].append(...sorted([...table.tBodies[0].rows], column, direction));
    });
  });
}
