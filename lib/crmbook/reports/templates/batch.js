const search = document.getElementById("search");
const status = document.getElementById("status");
const count = document.getElementById("count");
const rows = Array.from(document.querySelectorAll("tbody tr"), (row) => ({ row, said: row.textContent.toLowerCase() }));
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { row, said } of rows) {
    const fits = words.every((word) => said.includes(word)) && (!status.value || row.dataset.status === status.value);
    row.hidden = !fits;
    shown += fits;
  }
  count.textContent = `${shown} / ${rows.length}`;
}
search.addEventListener("input", filter);
status.addEventListener("change", filter);
