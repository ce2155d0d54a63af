import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { age, DASH, day, instant, readInstant } from "../format";

interface InstantProps {
  readonly at: string | Date | null | undefined;
  /** "age" writes how long ago it is; "day" leaves the time of day out. The rest is in the title. */
  readonly as?: "instant" | "age" | "day";
}

const WRITERS = { instant, age: (at: string | Date) => age(at), day } as const;

/** An instant. */
export function Instant({ at, as = "instant" }: InstantProps): JSX.Element {
  const read = readInstant(at);
  if (read === undefined) {
    return <span>{DASH}</span>;
  }
  return (
    <time dateTime={read.toISOString()} title={instant(read)}>
      {WRITERS[as](read)}
    </time>
  );
}

const SHORT = 12;

/** A digest, shortened; the whole can be copied. */
export function Digest({ digest, what = "digest" }: { readonly digest: string | null; readonly what?: string }): JSX.Element {
  const [isCopied, setIsCopied] = useState(false);
  if (digest === null || digest === "") {
    return <span>{DASH}</span>;
  }
  const copy = (): void => {
    navigator.clipboard.writeText(digest).then(
      () => {
        setIsCopied(true);
      },
      () => {
        setIsCopied(false);
      },
    );
  };
  return (
    <span class="digest">
      <code title={digest}>{digest.slice(0, SHORT)}</code>
      {/* Without TLS a page may not touch the clipboard. */}
      {isSecureContext && (
        <button type="button" class="copy" onClick={copy} aria-label={`Copy the ${what} ${digest.slice(0, SHORT)}`}>
          {isCopied ? "copied" : "copy"}
        </button>
      )}
    </span>
  );
}
