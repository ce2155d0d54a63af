/** Where the page is: the part of the address behind the #. */

import { useEffect, useState } from "preact/hooks";

/** A place in the page. */
export interface Route {
  readonly name: string;
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

const FIRST = "overview";

/** Return the place that a hash names: `#/symbol/SPY?interval=1d`. */
export function readRoute(hash: string): Route {
  const [path, query] = splitAt(hash.replace(/^#/, ""), "?");
  const [name, ...parts] = path.split("/").filter((part) => part !== "").map(decode);
  return { name: name ?? FIRST, parts, query: new URLSearchParams(query) };
}

/** Return the address of a place. Parts may hold slashes, as symbols do. */
export function hrefOf(name: string, parts: readonly string[] = [], query: Readonly<Record<string, string>> = {}): string {
  const path = name === FIRST && parts.length === 0 ? "" : [name, ...parts].map(encodeURIComponent).join("/");
  const told = new URLSearchParams(query).toString();
  return `#/${path}${told === "" ? "" : `?${told}`}`;
}

/** Go to a place. */
export function navigate(href: string): void {
  location.hash = href;
}

/** Change the query of the place that is shown, without a step in the history. */
export function replaceQuery(route: Route, query: Readonly<Record<string, string>>): void {
  history.replaceState(history.state, "", hrefOf(route.name, route.parts, query));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** The place that is shown. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const read = (): void => {
      setHash(location.hash);
    };
    addEventListener("hashchange", read);
    return () => {
      removeEventListener("hashchange", read);
    };
  }, []);
  return readRoute(hash);
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
