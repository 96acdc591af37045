// The buy list as one works it: cover, cost and risk change as a quantity is typed; arrows, numbers and Enter do the rest.
(() => {
  const language = document.documentElement.lang || "en";
  const number = (text) => {
    const value = Number(String(text).trim().replace(",", "."));
    return String(text).trim() !== "" && Number.isFinite(value) && value >= 0 ? value : NaN;
  };
  const part = (line, name) => line.querySelector(`[data-${name}]`);
  const figure = (line, name) => (name in line.dataset ? Number(line.dataset[name]) : NaN);
  const money = (value, currency) =>
    new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 0 }).format(value);
  const write = (element, text) => { if (element) element.textContent = text; };

  // The standard normal distribution (Abramowitz & Stegun 26.2.17, wrong by 7.5e-8 at most).
  const beyond = (z) => {
    const t = 1 / (1 + 0.2316419 * Math.abs(z));
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const tail = density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return z >= 0 ? tail : 1 - tail;
  };

  const effects = (line) => {
    const words = line.closest("[data-plan]").dataset;
    const units = number(part(line, "units").value);
    const held = figure(line, "held") + units;
    const proposed = figure(line, "proposed");
    const changed = units !== proposed;
    line.classList.toggle("changes", changed);
    part(line, "units").classList.toggle("is-invalid", Number.isNaN(units));
    part(line, "ignore")?.toggleAttribute("hidden", changed && units === 0);  // the other button says it now
    write(part(line, "accept-word"), !changed ? words.wordsAccept : units === 0 ? words.wordsIgnore : words.wordsChange);
    if (Number.isNaN(units)) return;
    const days = Math.round(Math.max(0, held) / figure(line, "pace"));
    if (Number.isFinite(days)) write(part(line, "cover"), (days === 1 ? words.wordsCoverOne : words.wordsCover).replace("#", new Intl.NumberFormat(language).format(days)));
    const risk = beyond((held - figure(line, "mean")) / figure(line, "sd"));
    const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
    if (Number.isFinite(risk)) write(part(line, "short"), words.wordsShort.replace("#", percent.format(risk)));
    const value = figure(line, "cost") * units;
    if (Number.isFinite(value)) write(part(line, "value"), money(value, line.dataset.currency));
    ticked();
  };

  // How many lines are ticked, and what they cost; other currencies are not added up.
  const ticked = () => {
    const button = document.querySelector("[data-ticked]");
    if (!button) return;
    const chosen = [...document.querySelectorAll("[data-line]:has([name=tick]:checked)")];
    const sums = {};
    for (const line of chosen) {
      const value = figure(line, "cost") * number(part(line, "units").value);
      if (Number.isFinite(value)) sums[line.dataset.currency] = (sums[line.dataset.currency] || 0) + value;
    }
    const sum = Object.entries(sums).map(([currency, value]) => money(value, currency)).join(" + ") || "–";
    button.disabled = !chosen.length;
    button.textContent = button.dataset.words.replace("#", chosen.length).replace("¤", sum);
  };

  // How much may be spent: the slider, the field, and what the run's curve says of so much money.
  const cap = document.querySelector("[data-cap]");
  const points = JSON.parse(document.getElementById("curve-points")?.textContent || "null");
  const read = (name, at) => {
    const { spent } = points;
    const right = spent.findIndex((x) => x > at);
    if (right <= 0) return points[name][right ? spent.length - 1 : 0];
    const share = (at - spent[right - 1]) / (spent[right] - spent[right - 1]);
    return points[name][right - 1] + share * (points[name][right] - points[name][right - 1]);
  };
  const buys = (at) => {
    const { currency, words, wordsLast } = cap.dataset;
    const next = read("gain", at + 1000) - read("gain", at);
    const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
    const text = { "#": money(at, currency), "%": share.format(read("service", at)), "¤": money(next, currency) };
    write(cap.querySelector("[data-cap-words]"), (next < 0.5 ? wordsLast : words).replace(/[#%¤]/g, (sign) => text[sign]));
  };
  if (cap && points) {
    const slide = cap.querySelector("[data-cap-slide]");
    const field = cap.querySelector("[data-cap-money]");
    slide.addEventListener("input", () => { field.value = slide.value; buys(Number(slide.value)); });
    slide.addEventListener("change", () => cap.requestSubmit());
    field.addEventListener("input", () => {
      const typed = number(field.value);
      if (Number.isNaN(typed)) return;
      slide.value = typed;
      buys(typed);
    });
  }

  const open = () => [...document.querySelectorAll("[data-line] [data-units]")];
  const focus = (input) => { if (input) { input.focus(); input.select(); } };
  const step = (from, by) => {
    const all = open();
    focus(all[Math.min(all.length - 1, Math.max(0, all.indexOf(from) + by))]);
  };
  const submit = (line) => {
    const reason = part(line, "reason");
    if (line.classList.contains("changes") && !reason.value.trim()) return reason.focus();
    waiting = open().indexOf(part(line, "units"));
    part(line, "accept").click();
  };
  let waiting = -1; // the place of a line that was decided by key: the one that takes it over is next

  document.addEventListener("input", (event) => {
    const line = event.target.closest("[data-line]");
    if (line && event.target.matches("[data-units]")) effects(line);
  });
  document.addEventListener("change", (event) => { if (event.target.matches("[name=tick]")) ticked(); });
  document.addEventListener("click", (event) => {
    const line = event.target.closest("[data-ignore]")?.closest("[data-line]");
    if (!line || part(line, "reason").value.trim()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    part(line, "units").value = "0";
    effects(line);
    part(line, "reason").focus();
  }, true);
  document.addEventListener("click", (event) => {
    const line = event.target.closest("[data-accept]")?.closest("[data-line]");
    if (!line) return;
    const missing = line.classList.contains("changes") && !part(line, "reason").value.trim();
    if (!missing && !("nothing" in event.target.closest("[data-accept]").dataset && !line.classList.contains("changes"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    (missing ? part(line, "reason") : part(line, "units")).focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select, dialog");
    const line = event.target.closest("[data-line]");
    if (event.key === "?" && !event.target.matches("[data-reason], [type=search]")) {
      event.preventDefault();
      document.getElementById("keys")?.showModal();
    } else if (event.key === "ArrowDown" && !typing && open().length) {
      event.preventDefault();
      focus(open()[0]);
    } else if (line && event.target.matches("[data-units], [data-reason]")) {
      const moves = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (moves && event.target.matches("[data-units]")) { event.preventDefault(); step(event.target, moves); }
      if (event.key === "Enter") { event.preventDefault(); submit(line); }
      if (event.key === "Escape") {
        part(line, "units").value = line.dataset.proposed;
        part(line, "reason").value = "";
        effects(line);
        focus(part(line, "units"));
      }
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (waiting >= 0) focus(open()[Math.min(waiting, open().length - 1)]);
    waiting = -1;
    ticked();
  });
  ticked();
})();
