"use strict";
(() => {
  const form = document.getElementById("filter");
  const field = document.getElementById("by-text");
  const scenarios = [...document.querySelectorAll("details.scenario")];
  const groups = [...document.querySelectorAll(".topic, .profile")];
  const words = new WeakMap();

  const textOf = (scenario) => {
    if (!words.has(scenario)) words.set(scenario, scenario.textContent.toLowerCase());
    return words.get(scenario);
  };

  const fits = (scenario, wanted) => {
    for (const [name, value] of wanted) {
      if (name === "text") {
        const text = textOf(scenario);
        if (!value.toLowerCase().split(/\s+/).every((word) => text.includes(word))) return false;
      } else if (!scenario.dataset[name].split(" ").includes(value)) return false;
    }
    return true;
  };

  const apply = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value.trim()).map(([name, value]) => [name, value.trim()]);
    let shown = 0;
    for (const scenario of scenarios) {
      scenario.hidden = !fits(scenario, wanted);
      shown += scenario.hidden ? 0 : 1;
    }
    for (const group of groups) group.hidden = !group.querySelector("details.scenario:not([hidden])");
    document.getElementById("count").textContent = `${shown} of ${scenarios.length}`;
    document.getElementById("none").hidden = shown > 0;
  };

  const show = (id) => {
    const scenario = document.getElementById(id);
    if (!scenario || !scenario.matches("details.scenario")) return;
    if (scenario.hidden) { form.reset(); apply(); }
    scenario.open = true;
    scenario.scrollIntoView();
    scenario.querySelector("summary").focus({ preventScroll: true });
  };

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.getElementById("open").addEventListener("click", () => {
    for (const scenario of scenarios) if (!scenario.hidden) scenario.open = true;
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
    if (event.key === "Escape" && typing && form.contains(event.target)) form.reset();
  });
  document.addEventListener("click", (event) => {
    const bar = event.target.closest("[data-to]");
    if (bar) location.hash = scenarios[bar.dataset.to].id;
  });
  addEventListener("hashchange", () => show(decodeURIComponent(location.hash.slice(1))));
  if (location.hash) show(decodeURIComponent(location.hash.slice(1)));
  apply();
})();
