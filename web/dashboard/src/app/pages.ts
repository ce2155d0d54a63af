/** Every page: its name in the address, its title, and where its code is. */

import type { JSX } from "preact";

import type { IconName } from "./icons";
import type { Route } from "./router";

/** What a page's module gives. */
export interface PageModule {
  readonly default: (props: { readonly route: Route }) => JSX.Element | null;
}

/** A page, loaded when it is first looked at. */
export interface PageEntry {
  readonly name: string;
  readonly title: string;
  readonly icon: IconName;
  /** Whether the navigation leads there; a symbol is reached from the overview. */
  readonly isListed: boolean;
  readonly load: () => Promise<PageModule>;
}

export const PAGES: readonly PageEntry[] = [
  { name: "overview", title: "Overview", icon: "overview", isListed: true, load: () => import("../pages/overview/Page") },
  { name: "symbol", title: "Symbol", icon: "overview", isListed: false, load: () => import("../pages/symbol/Page") },
  { name: "models", title: "Models", icon: "models", isListed: true, load: () => import("../pages/models/Page") },
  { name: "evidence", title: "Evidence", icon: "evidence", isListed: true, load: () => import("../pages/evidence/Page") },
  { name: "drift", title: "Drift", icon: "drift", isListed: true, load: () => import("../pages/drift/Page") },
  { name: "value", title: "Value added", icon: "value", isListed: true, load: () => import("../pages/value/Page") },
  { name: "retraining", title: "Retraining", icon: "retraining", isListed: true, load: () => import("../pages/retraining/Page") },
  { name: "data", title: "Data", icon: "data", isListed: true, load: () => import("../pages/data/Page") },
  { name: "what-if", title: "What if", icon: "whatIf", isListed: true, load: () => import("../pages/what-if/Page") },
  { name: "settings", title: "Settings", icon: "settings", isListed: true, load: () => import("../pages/settings/Page") },
];

/** Return the page of a name, where there is one. */
export function findPage(name: string): PageEntry | undefined {
  return PAGES.find((page) => page.name === name);
}
