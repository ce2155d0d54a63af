import type { JSX } from "preact";

import type { ImportAnswer } from "../../api/schema";
import { hrefOf } from "../../app/router";
import { count, percent } from "../../format";
import { Badge, Notice } from "../../shell/parts";
import { ProblemView } from "../../shell/problem-view";
import { tellGrade } from "./grades";
import { tellHint } from "./hints";
import type { QueueAct, QueuedFile } from "./queue";

interface FileRowProps {
  readonly one: QueuedFile;
  /** Whether bars of that name are stored already. */
  readonly isKnown: boolean;
  readonly extendsStored: boolean;
  readonly isBusy: boolean;
  readonly act: (act: QueueAct) => void;
}

/** One file: what it shall be called, how far it is, and what came of it. */
export function FileRow({ one, isKnown, extendsStored, isBusy, act }: FileRowProps): JSX.Element {
  const { state, file } = one;
  const canChange = !isBusy && state.kind !== "stored" && one.contentType !== undefined;
  return (
    <li class="file">
      <div class="file-head">
        <span class="file-name">
          {file.name} <span class="muted small">{sizeOf(file.size)}</span>
        </span>
        {one.contentType !== undefined && state.kind !== "stored" && (
          <label class="field">
            Symbol
            <input
              type="text"
              maxLength={64}
              placeholder="as the table says"
              value={one.symbol}
              disabled={!canChange}
              onInput={(event) => {
                act({ kind: "name", id: one.id, symbol: event.currentTarget.value });
              }}
            />
          </label>
        )}
        {!isBusy && (
          <button
            type="button"
            class="button"
            onClick={() => {
              act({ kind: "drop", id: one.id });
            }}
          >
            Remove<span class="visually-hidden"> {file.name}</span>
          </button>
        )}
      </div>
      {state.kind === "chosen" && isKnown && (
        <p class="muted small">
          {one.symbol.trim()} is stored already: this becomes its latest snapshot
          {extendsStored ? ", behind the older bars that are kept." : ", and counts as its whole history. The one before is kept, too."}
        </p>
      )}
      {state.kind === "sending" && <Sending name={file.name} share={state.share} />}
      {state.kind === "refused" && <ProblemView failure={state.failure} tellHint={tellHint} />}
      {state.kind === "stored" && <Stored answer={state.answer} />}
    </li>
  );
}

function Sending({ name, share }: { readonly name: string; readonly share: number }): JSX.Element {
  const isSent = share >= 1;
  const value = isSent ? {} : { value: share };
  return (
    <div class="job-bar">
      <progress max={1} {...value} aria-label={`How much of ${name} was sent`} />
      <span class="muted small">{isSent ? "being read" : percent(share, { digits: 0 })}</span>
    </div>
  );
}

function Stored({ answer }: { readonly answer: ImportAnswer }): JSX.Element {
  const { snapshot, quality } = answer;
  const grade = tellGrade(snapshot.grade);
  const n = quality.findings.length;
  return (
    <Notice tone={snapshot.grade === "poor" ? "warn" : "good"} title={`Stored: ${snapshot.symbol}, ${snapshot.interval}, ${count(snapshot.n_bars)} bars`} live="polite">
      <p>{answer.in_words}</p>
      <p>
        <Badge tone={grade.tone}>{grade.name}</Badge> {grade.means}; {count(quality.refusals.length)} rows refused, {count(quality.missing.length)}{" "}
        sessions missing, {count(n)} {n === 1 ? "finding" : "findings"}.
      </p>
      <a href={hrefOf("data", [snapshot.symbol], { interval: snapshot.interval, snapshot: snapshot.digest })}>See its quality report</a>
    </Notice>
  );
}

/** A file's size in words. */
export function sizeOf(bytes: number): string {
  if (bytes < 1_000) {
    return `${count(bytes)} bytes`;
  }
  return bytes < 1_000_000 ? `${count(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
