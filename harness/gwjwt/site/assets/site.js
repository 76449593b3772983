/* Search: every word has to be in an entry; a title counts more than the rest, its beginning most. Without it the site works. */
(() => {
  "use strict";
  const form = document.querySelector(".search");
  const field = form.querySelector("input");
  const list = form.querySelector("ol");
  const told = form.querySelector("[role=status]");
  const root = form.dataset.root;
  const MOST = 20;
  form.hidden = false;

  const entries = window.gwjwtSearch.map(([kind, title, more, place]) => ({
    kind, title, more, place, words: title.toLowerCase(), all: `${kind} ${title} ${more}`.toLowerCase(),
  }));

  const score = (entry, words) => words.reduce((sum, word) => {
    if (sum < 0 || !entry.all.includes(word)) return -1;
    if (entry.words === word) return sum + 8;
    if (entry.words.startsWith(word)) return sum + 4;
    return sum + (entry.words.includes(word) ? 2 : 1);
  }, 0);

  const find = (text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    return entries.map((entry, order) => ({ entry, order, score: score(entry, words) }))
      .filter((found) => found.score > 0)
      .sort((one, other) => other.score - one.score || one.order - other.order)
      .map((found) => found.entry);
  };

  const item = (entry) => {
    const link = document.createElement("a");
    link.href = root + entry.place;
    for (const [name, text] of [["kind", entry.kind], ["found", entry.title], ["more", entry.more]]) {
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      link.append(part, " ");
    }
    const line = document.createElement("li");
    line.append(link);
    return line;
  };

  const show = () => {
    const found = find(field.value);
    list.replaceChildren(...found.slice(0, MOST).map(item));
    list.hidden = !found.length;
    told.textContent = !field.value.trim() ? "" : found.length > MOST ? `${found.length} found, the best ${MOST} shown` : `${found.length} found`;
  };

  const close = () => { list.hidden = true; told.textContent = ""; };

  const links = () => [...list.querySelectorAll("a")];

  const step = (by) => {
    const known = links();
    const at = known.indexOf(document.activeElement) + by;
    (at < 0 ? field : known[Math.min(at, known.length - 1)] || field).focus();
  };

  field.addEventListener("input", show);
  field.addEventListener("focus", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!list.hidden && links().length) links()[0].click();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); field.focus(); close(); }
    else if (event.key === "ArrowDown" && !list.hidden) { event.preventDefault(); step(1); }
    else if (event.key === "ArrowUp" && !list.hidden) { event.preventDefault(); step(-1); }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
})();
