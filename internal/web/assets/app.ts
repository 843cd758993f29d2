// What makes the pages feel live. Each page works without it: links go, forms post and redirect.
import htmx from "./vendor/htmx.js";
import { Idiomorph } from "./vendor/idiomorph.js";
import { chips } from "./chips";
import { drop } from "./drop";
import { keys } from "./keys";
import { mark } from "./mark";
import { toast } from "./toast";

// The extension that idiomorph ships makes functions from text, which our policy forbids; this is the
// part of it that is used.
htmx.defineExtension("morph", {
  isInlineSwap: (style: string) => style === "morph:outerHTML",
  handleSwap: (style: string, target: Element, fragment: DocumentFragment) => {
    if (style === "morph:innerHTML" || style === "morph:outerHTML") {
      const nodes = Idiomorph.morph(target, fragment.children, { morphStyle: style.slice("morph:".length), ignoreActiveValue: typing() });
      htmx.process(target); // at once: until htmx settles, a form that stayed would be sent to where it was sent before
      return nodes;
    }
    return false;
  },
});

// typing tells whether somebody is writing or choosing: that is theirs, while all else that has the focus, as the text
// that was clicked or the button that was pressed, shows what is new.
function typing(): boolean {
  return document.activeElement?.matches("input:not([type=radio], [type=checkbox]), textarea, select") ?? false;
}

// Forms marked so are sent when one of their fields changes.
document.addEventListener("change", (event) => {
  const field = event.target as HTMLInputElement;
  const form = field.form;
  if (form && "autosend" in form.dataset && field.type !== "search") form.requestSubmit();
});

// A button that was pressed says that it works, and is not pressed twice.
htmx.on("htmx:beforeRequest", (event: Event) => busy(event, true));
htmx.on("htmx:afterRequest", (event: Event) => busy(event, false));

function busy(event: Event, on: boolean): void {
  const detail = (event as CustomEvent).detail;
  const by: Element | null = detail.requestConfig?.triggeringEvent?.submitter ?? null;
  by?.toggleAttribute("data-busy", on);
  if (on) by?.setAttribute("aria-busy", "true");
  else by?.removeAttribute("aria-busy");
}

// What led on from a menu or the palette closes it: it is on the next page as well.
htmx.on("htmx:beforeRequest", (event: Event) => {
  const from: Element | null = (event as CustomEvent).detail.elt;
  from?.closest<HTMLElement>("[popover]:popover-open")?.hidePopover();
});

// Where a decision leads on to another passage, that one comes into view, and its pane begins at the top.
let passage = document.querySelector("mark.on")?.id;
htmx.on("htmx:afterSettle", () => {
  const at = document.querySelector("mark.on");
  if (!at || at.id === passage) return;
  passage = at.id;
  document.querySelector(".verdict")?.scrollTo(0, 0);
  at.scrollIntoView({ block: "center" });
});

// A form that comes again has the cursor where something is to be mended, as where a browser loads it.
htmx.on("htmx:afterSettle", (event: Event) => {
  if ((event as CustomEvent).detail.xhr?.status === 422) document.querySelector<HTMLElement>("main [autofocus]")?.focus();
});

for (const island of [chips, drop, keys, mark, toast]) island();
