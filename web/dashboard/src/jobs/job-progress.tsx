import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { JobAnswer } from "../api/schema";
import { sendJson } from "../api/service";
import { percent } from "../format";
import { Badge, ConfirmDialog, Instant, Notice } from "../shell/parts";
import { Failure } from "../shell/states";
import { nameJob, tellResult, tellState } from "./job-words";
import { hasEnded, type JobNews, watchJob } from "./watch-job";
import "./jobs.css";

interface JobProgressProps {
  /** As it was when it was asked for, or listed. */
  readonly job: JobAnswer;
  /** Told once, when it has ended. */
  readonly onEnd?: ((job: JobAnswer) => void) | undefined;
}

/** One job, as it happens. It is listened to as long as this is on the page. */
export function JobProgress({ job: first, onEnd }: JobProgressProps): JSX.Element {
  const { news, failure } = useJob(first, onEnd);
  const { job, isHeard } = news;
  return (
    <article class="job" aria-label={nameJob(job)}>
      <div class="job-head">
        <h3>{nameJob(job)}</h3>
        <Badge tone={tellState(job).tone}>{tellState(job).words}</Badge>
        {!hasEnded(job) && <Stop job={job} />}
      </div>
      {!hasEnded(job) && <Bar job={job} />}
      <div class="muted small" role="status">
        {isHeard ? wordsOf(job).map((words) => <p key={words}>{words}</p>) : <p>The connection broke: what is shown may be old. It is tried again.</p>}
      </div>
      {job.failure !== null && (
        <Notice tone="bad" title="It failed">
          <p>
            Expected {job.failure.expected}, found {job.failure.was}.
          </p>
          {job.failure.hint !== "" && <p class="muted">{job.failure.hint}</p>}
        </Notice>
      )}
      {failure !== undefined && <Failure failure={failure} what="how this job goes" />}
      <p class="muted small">
        <code>{job.job_id}</code>, asked for <Instant at={job.asked_at} as="age" />
        {job.n_starts > 1 && `; begun ${job.n_starts} times, since the service ended under it`}
      </p>
      {job.log.length > 0 && (
        <details>
          <summary>Last lines of its log</summary>
          <pre class="job-log" tabIndex={0}>
            {job.log.join("\n")}
          </pre>
        </details>
      )}
    </article>
  );
}

/** Listen to a job until it ends or the page is left. */
function useJob(first: JobAnswer, onEnd: ((job: JobAnswer) => void) | undefined): { news: JobNews; failure: Error | undefined } {
  const [news, setNews] = useState<JobNews>({ job: first, isHeard: true });
  const [failure, setFailure] = useState<Error>();
  const told = useRef(onEnd);
  told.current = onEnd;
  useEffect(() => {
    const controller = new AbortController();
    let latest = first;
    const hear = (heard: JobNews): void => {
      latest = heard.job;
      setNews(heard);
    };
    watchJob(first.job_id, hear, controller.signal).then(
      () => {
        if (!controller.signal.aborted) {
          told.current?.(latest);
        }
      },
      (error: unknown) => {
        setFailure(error instanceof Error ? error : new Error(String(error)));
      },
    );
    return () => {
      controller.abort();
    };
  }, [first.job_id]);
  return { news, failure };
}

function Bar({ job }: { readonly job: JobAnswer }): JSX.Element {
  const share = job.progress?.share;
  // Without a value a progress bar says that something is done, and not how much of it.
  const value = share === undefined ? {} : { value: share };
  return (
    <div class="job-bar">
      <progress max={1} {...value} aria-label={`How far ${nameJob(job)} is`} />
      <span class="numeric">{share === undefined ? "" : percent(share, { digits: 0 })}</span>
    </div>
  );
}

function Stop({ job }: { readonly job: JobAnswer }): JSX.Element {
  const [isAsked, setIsAsked] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button"
        onClick={() => {
          setIsAsked(true);
        }}
      >
        Stop<span class="visually-hidden"> {nameJob(job)}</span>
      </button>
      <ConfirmDialog
        open={isAsked}
        title={`Stop: ${nameJob(job)}?`}
        confirmLabel="Stop it"
        tone="bad"
        onCancel={() => {
          setIsAsked(false);
        }}
        onConfirm={async () => {
          await sendJson("POST", `/v1/jobs/${encodeURIComponent(job.job_id)}/cancel`);
          setIsAsked(false);
        }}
      >
        <p>What it had finished is kept, and nothing is half-written. Asked again, it goes on from there.</p>
      </ConfirmDialog>
    </>
  );
}

function wordsOf(job: JobAnswer): readonly string[] {
  if (hasEnded(job)) {
    return tellResult(job);
  }
  return [job.progress?.words ?? (job.state === "queued" ? "Another job is before it." : "It has begun.")];
}
