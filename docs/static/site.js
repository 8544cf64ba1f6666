// What the theme leaves out for people who read with the keyboard or a screen reader.
addEventListener("DOMContentLoaded", () => {
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "Pages of the site");
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
  for (const wide of document.querySelectorAll("pre, .table-wrapper")) {
    // The keyboard scrolls only what it can reach.
    wide.tabIndex = 0;
  }
  for (const head of document.querySelectorAll("th")) {
    if (!head.textContent.trim()) {
      const cell = document.createElement("td");
      cell.className = head.className;
      head.replaceWith(cell);
    }
  }
});
