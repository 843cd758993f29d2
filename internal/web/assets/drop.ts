// Files dropped on the field, or pasted anywhere on the page, are put into it; it says which they are.
export function drop(): void {
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(type, (event) => {
      const zone = (event.target as Element).closest?.<HTMLElement>(".drop");
      const field = document.querySelector<HTMLInputElement>(".drop input[type=file]");
      if (!field) return;
      event.preventDefault(); // a file dropped beside the field must not replace the page
      const over = zone !== null && (type === "dragenter" || type === "dragover");
      field.closest(".drop")?.toggleAttribute("data-over", over);
      const files = (event as DragEvent).dataTransfer?.files;
      if (type === "drop" && files?.length) add(field, files);
    });
  }

  document.addEventListener("paste", (event) => {
    const field = document.querySelector<HTMLInputElement>(".drop input[type=file]");
    const files = event.clipboardData?.files;
    if (field && files?.length) {
      event.preventDefault();
      add(field, files);
    }
  });

  document.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.matches?.(".drop input[type=file]")) show(field);
  });

  // How much of an upload has gone.
  document.addEventListener("htmx:xhr:progress", (event) => {
    const { loaded, total, lengthComputable } = (event as CustomEvent).detail;
    const bar = document.querySelector<HTMLProgressElement>("progress[data-upload]");
    if (!bar || !lengthComputable) return;
    bar.hidden = false;
    bar.max = total;
    bar.value = loaded;
  });
}

function add(field: HTMLInputElement, files: FileList): void {
  const all = new DataTransfer();
  for (const file of [...(field.files ?? []), ...files]) all.items.add(file);
  field.files = all.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function show(field: HTMLInputElement): void {
  const list = document.querySelector<HTMLElement>("[data-chosen]");
  if (!list) return;
  list.replaceChildren(
    ...[...(field.files ?? [])].map((file) => {
      const item = document.createElement("li");
      item.textContent = file.name;
      return item;
    }),
  );
}
