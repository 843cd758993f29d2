import htmx from "./vendor/htmx.js";

// A click on a sentence opens the pane in which it is marked, as the link of its turn does for the first one. Who selects
// words, to copy them, is left alone; and so is the link, whose own click comes by here again.
export function mark(): void {
  document.documentElement.classList.add("live");
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const sentence = target.closest?.<HTMLElement>(".sent[data-mark]");
    if (!sentence || target.closest("a") || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!window.getSelection()?.isCollapsed) return;
    const first = sentence.closest(".turn")?.querySelector<HTMLAnchorElement>(".markit");
    if (!first) return;
    const address = new URL(first.href);
    address.searchParams.set("s", sentence.dataset.mark ?? "");
    if (!covered()) address.hash = ""; // it is in sight: the page stays where it is
    const link = document.createElement("a");
    link.href = address.href;
    link.setAttribute("hx-swap", "morph:innerHTML show:none");
    link.hidden = true;
    sentence.append(link);
    htmx.process(link);
    link.click();
  });
}

// covered tells whether the pane lies over the words, as on a phone.
function covered(): boolean {
  return window.matchMedia("(max-width: 56rem)").matches;
}
