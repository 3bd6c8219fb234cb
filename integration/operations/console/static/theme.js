// system, light, dark; remembered in this browser.
import { byId } from "./dom.js";

const ORDER = ["system", "light", "dark"];

export function startTheme() {
  const button = byId("theme");
  let theme = remembered();
  show();
  button.addEventListener("click", () => {
    theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
    localStorage.setItem("theme", theme);
    show();
  });

  function show() {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  }
}

function remembered() {
  const theme = localStorage.getItem("theme");
  return ORDER.includes(theme) ? theme : "system";
}
