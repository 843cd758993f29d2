// A toast goes after eight seconds, and stays while one points at it or is in it.
const after = 8000;

export function toast(): void {
  let timer: number | undefined;
  const wait = () => {
    clearTimeout(timer);
    const shown = document.querySelector<HTMLElement>(".toast:not(.static)");
    if (shown) timer = window.setTimeout(() => shown.remove(), after);
  };
  const within = (event: Event) => (event.target as Element).closest?.(".toast") !== null;
  for (const type of ["pointerover", "focusin"]) document.addEventListener(type, (e) => within(e) && clearTimeout(timer));
  for (const type of ["pointerout", "focusout"]) document.addEventListener(type, (e) => within(e) && wait());
  document.addEventListener("htmx:afterSettle", wait);
  wait();
}
