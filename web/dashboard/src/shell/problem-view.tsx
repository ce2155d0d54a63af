import type { JSX } from "preact";

import { ProblemError, UnreachableError } from "../api/service";
import { Notice } from "./parts";
import "./lists.css";

interface ProblemViewProps {
  readonly failure: Error;
  /** What the service advises, in the words of the place where it is read. */
  readonly tellHint?: (hint: string) => string;
}

/** A refusal with everything that the service says: what it expected, what it found, what to do. */
export function ProblemView({ failure, tellHint = (hint) => hint }: ProblemViewProps): JSX.Element {
  if (!(failure instanceof ProblemError)) {
    const hint = failure instanceof UnreachableError ? failure.hint : "";
    return (
      <Notice tone="bad" title={failure.message} live="assertive">
        {hint !== "" && <p class="muted">{hint}</p>}
      </Notice>
    );
  }
  const facts = [
    ["Expected", failure.expected],
    ["Found", failure.found],
    ["What to do", tellHint(failure.hint)],
  ].filter(([, text]) => text !== "");
  return (
    <Notice tone="bad" title={failure.title} live="assertive">
      {facts.length === 0 ? (
        <p>{failure.detail}</p>
      ) : (
        <dl class="facts">
          {facts.map(([name, text]) => (
            <div class="fact" key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {failure.requestId !== "" && (
        <p class="muted small">
          Status {failure.status}, request <code>{failure.requestId}</code>
        </p>
      )}
    </Notice>
  );
}
