import type { JSX } from "preact";

import { forgetKey } from "../api/key";
import { Icon } from "./icons";
import { PAGES } from "./pages";
import { hrefOf } from "./router";
import { chooseTheme, useTheme } from "./theme";

interface SideBarProps {
  readonly current: string;
  /** Whether it is shown where the screen is too narrow for it. */
  readonly isOpen: boolean;
  readonly hasKey: boolean;
}

/** Where one can go. */
export function SideBar({ current, isOpen, hasKey }: SideBarProps): JSX.Element {
  return (
    <nav class={isOpen ? "side side-open" : "side"} id="navigation" aria-label="Pages">
      <Brand />
      <ul class="side-pages">
        {PAGES.filter((page) => page.isListed).map((page) => (
          <li key={page.name}>
            <a href={hrefOf(page.name)} {...(isCurrent(page.name, current) ? { "aria-current": "page" as const } : {})}>
              <Icon name={page.icon} />
              {page.title}
            </a>
          </li>
        ))}
      </ul>
      <div class="side-foot">
        {hasKey && (
          <button type="button" class="side-button" onClick={forgetKey}>
            <Icon name="key" />
            Forget the API key
          </button>
        )}
        <ThemeSwitch />
      </div>
    </nav>
  );
}

/** The bar of a narrow screen. */
export function MobileBar({ isOpen, onToggle }: { readonly isOpen: boolean; readonly onToggle: () => void }): JSX.Element {
  return (
    <header class="bar">
      <Brand />
      <button type="button" class="bar-button" aria-expanded={isOpen} aria-controls="navigation" onClick={onToggle}>
        <Icon name={isOpen ? "close" : "menu"} />
        <span class="visually-hidden">{isOpen ? "Close the menu" : "Open the menu"}</span>
      </button>
    </header>
  );
}

function Brand(): JSX.Element {
  return (
    <a class="brand" href={hrefOf("overview")}>
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path class="brand-line" d="M5 22 12 15l4.5 4L26 9" />
        <circle class="brand-dot" cx="26" cy="9" r="3" />
      </svg>
      bellwether
    </a>
  );
}

function ThemeSwitch(): JSX.Element {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button
      type="button"
      class="side-button"
      onClick={() => {
        chooseTheme(other);
      }}
    >
      <Icon name={other === "light" ? "sun" : "moon"} />
      Switch to {other}
    </button>
  );
}

function isCurrent(page: string, current: string): boolean {
  return page === current || (page === "overview" && current === "symbol");
}
