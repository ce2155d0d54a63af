/** The four states of every view: loading, failed, empty, there. */

import type { ComponentChildren, JSX } from "preact";

import { ProblemError, UnreachableError } from "../api/service";
import { clock } from "../format";
import { Notice } from "./parts";
import type { Resource } from "./resource";

interface ShownProps<T> {
  readonly resource: Resource<T>;
  /** What it is, for the sentences: "models", "the account". */
  readonly what: string;
  readonly empty?: (value: T) => boolean;
  readonly emptyText?: ComponentChildren;
  /** How many lines the placeholder has. */
  readonly lines?: number;
  readonly children: (value: T) => ComponentChildren;
}

/** Show a resource in whichever state it is. */
export function Shown<T>(props: ShownProps<T>): JSX.Element {
  const { resource, what, children } = props;
  if (resource.value === undefined) {
    return resource.state === "failed" && resource.failure !== undefined ? (
      <Failure failure={resource.failure} what={what} onRetry={resource.reload} />
    ) : (
      <Loading what={what} lines={props.lines ?? 3} />
    );
  }
  const isEmpty = props.empty?.(resource.value) ?? false;
  return (
    <>
      {resource.state === "failed" && resource.failure !== undefined && <Stale resource={resource} what={what} />}
      {isEmpty ? <div class="empty">{props.emptyText ?? <p>There are no {what} yet.</p>}</div> : children(resource.value)}
    </>
  );
}

/** A placeholder while something loads. */
export function Loading({ what, lines = 3 }: { readonly what: string; readonly lines?: number }): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading {what}…</span>
      {Array.from({ length: lines }, (_, line) => (
        <span class="skeleton" key={line} aria-hidden="true" />
      ))}
    </div>
  );
}

interface FailureProps {
  readonly failure: Error;
  readonly what: string;
  readonly onRetry?: () => void;
}

/** Why something is not there, and what to do about it. */
export function Failure({ failure, what, onRetry }: FailureProps): JSX.Element {
  const facts = readFacts(failure);
  return (
    <Notice tone="bad" title={`Could not load ${what}`} live="assertive">
      <p>{facts.words}</p>
      {facts.hint !== "" && <p class="muted">What to do: {facts.hint}</p>}
      {facts.request !== "" && (
        <p class="muted">
          Request <code>{facts.request}</code>
        </p>
      )}
      {onRetry !== undefined && (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

function Stale<T>({ resource, what }: { readonly resource: Resource<T>; readonly what: string }): JSX.Element {
  const since = resource.refreshedAt === undefined ? "before" : `at ${clock(resource.refreshedAt)}`;
  return (
    <Notice tone="warn" title={`Not up to date: ${what} as they were ${since}`} live="polite">
      <p>{resource.failure?.message}</p>
      <button type="button" class="button" onClick={resource.reload}>
        Try again
      </button>
    </Notice>
  );
}

function readFacts(failure: Error): { words: string; hint: string; request: string } {
  if (failure instanceof ProblemError) {
    return { words: failure.detail || failure.title, hint: failure.hint, request: failure.requestId };
  }
  const hint = failure instanceof UnreachableError ? failure.hint : "";
  return { words: failure.message, hint, request: "" };
}
