"use strict";
// Without this script the page shows the same; with it tables are sorted and filtered.
function sortBy(head) {
	const table = head.closest("table"), body = table.tBodies[0], column = head.cellIndex;
	const down = head.getAttribute("aria-sort") === "ascending";
	const key = (row) => {
		const cell = row.cells[column];
		return "v" in cell.dataset ? Number(cell.dataset.v) : cell.textContent;
	};
	const names = new Intl.Collator("en", { numeric: true });
	const rows = Array.from(body.rows, (row) => [key(row), row]);
	rows.sort(([a], [b]) => (typeof a === "number" && typeof b === "number" ? a - b : names.compare(a, b)));
	if (down) rows.reverse();
	for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
	head.setAttribute("aria-sort", down ? "descending" : "ascending");
	body.append(...rows.map(([, row]) => row));
}
for (const table of document.querySelectorAll("table.sortable")) {
	for (const head of table.tHead.rows[0].cells) {
		const button = document.createElement("button");
		button.type = "button";
		button.append(...head.childNodes);
		button.addEventListener("click", () => sortBy(head));
		head.append(button);
	}
}
for (const box of document.querySelectorAll("input[data-filters]")) {
	const table = document.getElementById(box.dataset.filters);
	const said = document.getElementById(box.getAttribute("aria-describedby"));
	box.closest("p").hidden = false;
	box.addEventListener("input", () => {
		const wanted = box.value.toLowerCase();
		let shown = 0;
		for (const row of table.tBodies[0].rows) {
			row.hidden = !row.textContent.toLowerCase().includes(wanted);
			if (!row.hidden) shown++;
		}
		said.textContent = shown + " of " + table.tBodies[0].rows.length + " rows";
	});
}
