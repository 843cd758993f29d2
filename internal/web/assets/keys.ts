// Single keys. An element names its key in data-key; pressing the key clicks it, or puts the cursor into
// it if it is a field. They rest while one types, and data-keys="off" on the page switches them off; Ctrl K stays.
export function keys(): void {
  let go = false; // g was pressed, and the next key says where

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette();
      return;
    }
    if (document.documentElement.dataset.keys === "off") return;
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target as Element)) return;
    const key = (go ? "g " : "") + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
    go = key === "g";
    if (go) return;
    if (document.querySelector("dialog[open], [popover]:popover-open") && key !== "?") return;
    if (list(key) || press(key)) event.preventDefault();
  });

  document.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.matches?.("[data-palette]")) filter(field);
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target as Element;
    if (!field.matches?.("[data-palette]")) return;
    const shown = options();
    const at = shown.findIndex((o) => o.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") shown[Math.max(at, 0)]?.click();
    else if (event.key === "Escape") document.getElementById("palette")?.hidePopover(); // at once: a browser empties the field first
    else if (event.key === "ArrowDown") choose(shown, Math.min(at + 1, shown.length - 1));
    else if (event.key === "ArrowUp") choose(shown, Math.max(at - 1, 0));
    else return;
    event.preventDefault();
  });
}

function typing(target: Element): boolean {
  return target.matches?.("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]") ?? false;
}

// press clicks what has the key. What is disabled keeps quiet, and what waits for something to be picked.
function press(key: string): boolean {
  const at = [...document.querySelectorAll<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)].find((e) => !e.matches(".picked button, .decide button") || e.checkVisibility());
  if (!at) return false;
  if (at.matches("input, textarea, select")) {
    at.closest("details")?.setAttribute("open", "");
    at.focus();
    if (at instanceof HTMLInputElement) at.select();
  } else {
    at.click();
    if (at.matches("summary")) focusWithin(at.closest("details"));
  }
  return true;
}

// focusWithin goes to the answer that is chosen, else to the first field or answer.
function focusWithin(box: Element | null): void {
  const first = (what: string) => box?.querySelector<HTMLElement>(what);
  (first("button.opt[aria-pressed=true]") ?? first("input:not([type=hidden]), button.opt"))?.focus();
}

// list moves through the rows of a register and opens the one that is selected.
function list(key: string): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  if (!rows.length || !["j", "k", "x", "Enter"].includes(key)) return false;
  if (key === "Enter" && document.activeElement?.matches("a, button, summary")) return false;
  let at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  if (key === "x") {
    rows[at]?.querySelector<HTMLElement>("[data-pick]")?.click();
    return at >= 0;
  }
  if (key === "Enter") {
    rows[at]?.querySelector<HTMLElement>("a")?.click();
    return at >= 0;
  }
  at = key === "j" ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0);
  rows.forEach((row, i) => row.toggleAttribute("aria-selected", false) || (i === at && row.setAttribute("aria-selected", "true")));
  rows[at].scrollIntoView({ block: "nearest" });
  return true;
}

function palette(): void {
  const box = document.getElementById("palette");
  box?.showPopover();
  const field = box?.querySelector<HTMLInputElement>("[data-palette]");
  if (field) {
    field.value = "";
    filter(field);
    field.focus();
  }
}

function options(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("#palette .opt:not([hidden])")];
}

function choose(shown: HTMLElement[], at: number): void {
  shown.forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
  shown[at]?.scrollIntoView({ block: "nearest" });
}

function filter(field: HTMLInputElement): void {
  const plain = (s: string) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const want = plain(field.value.trim());
  for (const option of document.querySelectorAll<HTMLElement>("#palette .opt")) {
    const search = "search" in option.dataset;
    option.hidden = search ? !want : !plain(option.innerText).includes(want);
    if (search && option instanceof HTMLAnchorElement) {
      const url = new URL(option.href);
      url.searchParams.set("q", field.value.trim());
      option.href = url.href;
    }
  }
  choose(options(), 0);
}
