/** The API key of whoever looks at the page: asked for once, kept as long as the tab is open. */

const NAME = "bellwether.key";

type Listener = () => void;
const listeners = new Set<Listener>();
let needed: string | undefined;

/** The key that is sent along, where one was given. */
export function readKey(): string | undefined {
  return sessionStorage.getItem(NAME) ?? undefined;
}

/** Keep a key; everything is asked again with it. */
export function giveKey(key: string): void {
  sessionStorage.setItem(NAME, key.trim());
  needed = undefined;
  tell();
}

/** Forget the key. */
export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
  needed = undefined;
  tell();
}

/** Note that the service wants a key, and why in its words. */
export function needKey(why: string): void {
  if (needed === why) {
    return;
  }
  needed = why;
  tell();
}

/** Why a key is wanted; undefined where none is. */
export function whyKeyIsNeeded(): string | undefined {
  return needed;
}

/** Be told of every change; the answer ends it. */
export function onKeyChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) {
    listener();
  }
}
