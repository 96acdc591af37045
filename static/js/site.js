// Small manners of the pages; everything here is a comfort that a page without JavaScript can do without.
(() => {
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target.closest?.(selector);
      if (found) act(found, event);
    });

  // The menu of the phone.
  on("click", "[data-side-toggle]", (button) => {
    const open = button.closest(".side").classList.toggle("side-open");
    button.setAttribute("aria-expanded", String(open));
  });

  // Drop-downs are <details>: one open at a time, closed by a click elsewhere or by Escape.
  document.addEventListener("click", (event) => {
    for (const drop of document.querySelectorAll("details.drop[open]")) if (!drop.contains(event.target)) drop.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const drop of document.querySelectorAll("details.drop[open]")) {
      drop.open = false;
      drop.querySelector("summary").focus();
    }
  });

  // A choice that submits its form by itself.
  on("change", "[data-submit-on-change]", (field) => field.form.requestSubmit());
  // A step that cannot be undone asks first.
  on("submit", "form[data-confirm]", (form, event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
  // A second click within four seconds sends nothing again.
  on("submit", "form[method=post]", (form, event) => {
    if (event.defaultPrevented || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  on("click", "[data-dismiss]", (button) => button.closest(".notice").remove());
  // What is there to be copied is marked whole.
  on("focusin", "[data-select]", (field) => field.select());
  on("click", "[data-print]", () => window.print());
  on("click", "[data-opens]", (button) => document.getElementById(button.dataset.opens)?.showModal());
  on("click", "[data-closes]", (button) => button.closest("dialog").close());
  // One tick for all of a table.
  on("change", "[data-tick-all]", (box) => {
    for (const tick of document.querySelectorAll(box.dataset.tickAll)) if (!tick.disabled) tick.checked = box.checked;
  });

  // Files can be dropped; the field shows what was taken.
  const named = (area) => {
    const input = area.querySelector("input[type=file]");
    const list = area.querySelector("[data-file-names]");
    if (list) list.textContent = [...input.files].map((file) => file.name).join(", ");
    if (input.files.length && area.hasAttribute("data-submit")) input.form.requestSubmit();
  };
  on("dragover", ".drop-area", (area, event) => { event.preventDefault(); area.classList.add("drop-area-over"); });
  on("dragleave", ".drop-area", (area) => area.classList.remove("drop-area-over"));
  on("drop", ".drop-area", (area, event) => {
    event.preventDefault();
    area.classList.remove("drop-area-over");
    const input = area.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    named(area);
  });
  on("change", ".drop-area input[type=file]", (input) => named(input.closest(".drop-area")));

  // What htmx could not do is said in a corner, in the words of the server when it sent some.
  const say = (words) => {
    const place = document.getElementById("toasts");
    if (!place || !words) return;
    const note = document.getElementById("toast").content.firstElementChild.cloneNode(true);
    note.querySelector("[data-words]").textContent = words;
    place.replaceChildren(note);
  };
  document.addEventListener("htmx:responseError", (event) => {
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    say(answer.querySelector("[data-told]")?.textContent.trim() || document.body.dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => say(document.body.dataset.offline));
})();
