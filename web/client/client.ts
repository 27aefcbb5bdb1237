// SPDX-License-Identifier: Apache-2.0

/** Small comforts on top of pages that work without them: copy buttons, and filters of long tables. */

function wireCopyButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    button.addEventListener("click", () => {
      const label = button.textContent;
      navigator.clipboard
        .writeText(button.dataset["copy"] ?? "")
        .then(() => (button.textContent = "Copied"))
        .catch(() => (button.textContent = "Select and copy by hand"))
        .finally(() => setTimeout(() => (button.textContent = label), 1500));
    });
  }
}

function wireFilters(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[data-filter]")) {
    const rows = document.querySelectorAll<HTMLTableRowElement>(`#${input.dataset["filter"] ?? ""} tbody tr`);
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
  }
}

wireCopyButtons();
wireFilters();
