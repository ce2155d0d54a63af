/** Dark or light: as the system has it, until somebody chooses. */

import { useEffect, useState } from "preact/hooks";

export type Theme = "dark" | "light";

const NAME = "bellwether.theme";
const CHANGED = "bellwether-theme";

/** Set the theme that was chosen before; called before anything is drawn. */
export function restoreTheme(): void {
  const chosen = localStorage.getItem(NAME);
  if (chosen === "dark" || chosen === "light") {
    document.documentElement.dataset.theme = chosen;
  }
}

/** Choose a theme, for this browser. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(NAME, theme);
  document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event(CHANGED));
}

/** The theme that is shown, and again when it changes: charts are drawn anew. */
export function useTheme(): Theme {
  const [theme, setTheme] = useState(findTheme);
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: light)");
    const read = (): void => {
      setTheme(findTheme());
    };
    system.addEventListener("change", read);
    addEventListener(CHANGED, read);
    return () => {
      system.removeEventListener("change", read);
      removeEventListener(CHANGED, read);
    };
  }, []);
  return theme;
}

function findTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "dark" || chosen === "light") {
    return chosen;
  }
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}
