// Draws every <figure data-chart> from the JSON inside it, with Plotly, after the first paint and when it comes into view.
(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // A colour in a figure may be a name of the house ("var(--accent)", "var(--accent/0.25)"); it is looked up for the theme in use.
  const probe = document.createElement("span");
  const colour = (word) => {
    const [name, part] = word.slice(6, -1).split("/");
    probe.style.color = `var(--${name})`;
    const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g);
    return `rgba(${r},${g},${b},${part || 1})`;
  };
  const painted = (value) => {
    if (typeof value === "string") return /^var\(--[a-z]/.test(value) ? colour(value) : value;
    if (Array.isArray(value)) return value.map(painted);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, painted(inner)]));
    return value;
  };

  const draw = (figure) => {
    const canvas = figure.querySelector("[data-chart-canvas]");
    const source = figure.querySelector('script[type="application/json"]');
    if (!canvas || !source || !window.Plotly) return;
    const { data, layout } = painted(JSON.parse(source.textContent));
    layout.font = { ...layout.font, family: style("--tblr-font-sans-serif") };
    layout.height = canvas.clientHeight;
    canvas.querySelector(".chart-wait")?.remove();
    window.Plotly.react(canvas, data, layout, { displayModeBar: false, responsive: true, scrollZoom: false, showTips: false });
    figure.dataset.drawn = "1";
  };

  let plotly = null;
  const ready = () => {
    plotly ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.querySelector("meta[name=plotly]").content;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return plotly;
  };
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      ready().then(() => draw(target));
    }
  }, { rootMargin: "200px" });

  const watch = (root) => {
    for (const figure of root.querySelectorAll("figure[data-chart]:not([data-drawn])")) seen.observe(figure);
  };
  const start = () => {
    probe.hidden = true;
    document.body.append(probe);
    watch(document);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  document.addEventListener("htmx:load", (event) => watch(event.detail.elt.parentElement || document));
  // Paper is narrower than the window, and shows what nobody has scrolled to.
  const PAPER = 680; // pixels between the margins of A4
  window.addEventListener("beforeprint", () => {
    for (const figure of document.querySelectorAll("figure[data-chart]")) {
      if (!figure.dataset.drawn) draw(figure);
      const canvas = figure.querySelector("[data-chart-canvas]");
      if (figure.dataset.drawn && canvas.clientWidth > PAPER) window.Plotly.relayout(canvas, { width: PAPER });
    }
  });
  window.addEventListener("afterprint", () => {
    for (const canvas of document.querySelectorAll("figure[data-drawn] [data-chart-canvas]"))
      window.Plotly.relayout(canvas, { width: null, autosize: true });
  });
  window.addEventListener("load", () => {
    if (document.querySelector("figure[data-chart]")) window.setTimeout(ready, 3000); // to be there when it prints
  });
  document.addEventListener("lagom:theme", () => {
    for (const figure of document.querySelectorAll("figure[data-drawn]")) draw(figure);
  });
})();
