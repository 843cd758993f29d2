// The menus that open from a chip: arrows move, digits and first letters choose, Escape closes.
export function chips(): void {
  document.addEventListener("keydown", (event) => {
    const menu = (event.target as Element).closest?.("details.pick") as HTMLDetailsElement | null;
    if (!menu || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = (event.target as Element).matches("input, select, textarea"); // of a form, which has its own use for keys
    if (field && event.key !== "Escape") return;
    const options = [...menu.querySelectorAll<HTMLButtonElement>("button.opt")];
    const at = options.indexOf(document.activeElement as HTMLButtonElement);
    const summary = menu.querySelector("summary");
    switch (event.key) {
      case "Escape":
        menu.open = false;
        summary?.focus();
        break;
      case "ArrowDown":
        menu.open = true;
        options[Math.min(at + 1, options.length - 1)]?.focus();
        break;
      case "ArrowUp":
        if (at <= 0) summary?.focus();
        else options[at - 1].focus();
        break;
      default: {
        if (!menu.open || event.key.length !== 1) return;
        const key = event.key.toLowerCase();
        const chosen = /[1-9]/.test(key)
          ? options[Number(key) - 1]
          : options.find((o, i) => i > at && o.innerText.trim().toLowerCase().startsWith(key));
        if (!chosen) return;
        if (/[1-9]/.test(key)) chosen.click();
        else chosen.focus();
      }
    }
    event.preventDefault();
    event.stopPropagation();
  });

  // One menu at a time, and none once the pointer goes elsewhere.
  document.addEventListener("click", (event) => {
    const within = (event.target as Element).closest?.("details.pick");
    for (const open of document.querySelectorAll<HTMLDetailsElement>("details.pick[open]")) {
      if (open !== within) open.open = false;
    }
  });
}
