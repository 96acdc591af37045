// Runs before the first paint: light or dark as chosen before, else as the system says (styles do that by themselves).
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try { return localStorage.getItem("lagom-theme"); } catch { return null; }
  };
  const apply = () => {
    root.dataset.bsTheme = kept() || (system.matches ? "dark" : "light");
    document.dispatchEvent(new CustomEvent("lagom:theme"));
  };
  root.classList.add("js");
  apply();
  system.addEventListener("change", apply);
  window.addEventListener("beforeprint", () => {
    root.dataset.bsTheme = "light";
    document.dispatchEvent(new CustomEvent("lagom:theme"));
  });
  window.addEventListener("afterprint", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try { localStorage.setItem("lagom-theme", next); } catch { /* private window: the choice lasts for this page */ }
    root.dataset.bsTheme = next;
    document.dispatchEvent(new CustomEvent("lagom:theme"));
  });
})();
