/** How a job goes, from its events, however often the connection breaks. */

import { factsOf, numberOf, textOf } from "../api/reading";
import type { JobAnswer } from "../api/schema";
import { follow, getJson, ProblemError, type ServerEvent } from "../api/service";

/** A job as it was last heard of. */
export interface JobNews {
  readonly job: JobAnswer;
  /** Whether events arrive; otherwise the page tries again, and what is shown may be old. */
  readonly isHeard: boolean;
}

const WAIT_MILLISECONDS = 3_000;
const ENDED: ReadonlySet<string> = new Set(["done", "failed", "cancelled"]);

/** Whether nothing more will happen to a job. */
export function hasEnded(job: JobAnswer): boolean {
  return ENDED.has(job.state);
}

/** Return a job after an event; what is no news leaves it as it is. */
export function applyEvent(job: JobAnswer, event: ServerEvent): JobAnswer {
  const data = factsOf(event.data);
  const state = textOf(data.state);
  if (event.name === "state" && isState(state)) {
    return { ...job, state };
  }
  const share = numberOf(data.share);
  return event.name === "progress" && share !== null ? { ...job, progress: { share, words: textOf(data.words) } } : job;
}

/**
 * Tell how a job goes until it has ended, or nobody is interested any more.
 *
 * Where the connection breaks, the service is asked to end, or too many listen already, the job is
 * asked for anew a little later. Throws what the service says where there is no such job.
 */
export async function watchJob(
  jobId: string,
  onNews: (news: JobNews) => void,
  signal: AbortSignal,
  waitMilliseconds = WAIT_MILLISECONDS,
): Promise<void> {
  const path = `/v1/jobs/${encodeURIComponent(jobId)}`;
  let known: JobAnswer | undefined;
  while (!signal.aborted) {
    try {
      known = await getJson<JobAnswer>(path, { signal });
      onNews({ job: known, isHeard: true });
      if (hasEnded(known)) {
        return;
      }
      let job = known;
      await follow(
        `${path}/events`,
        (event) => {
          job = applyEvent(job, event);
          // Its result and its log come with the last question, once it has ended.
          onNews({ job, isHeard: true });
        },
        signal,
      );
      known = job;
      if (hasEnded(job)) {
        continue;
      }
    } catch (error) {
      if (isAborted(signal)) {
        return;
      }
      if (error instanceof ProblemError && error.status < 429) {
        throw error;
      }
      if (known !== undefined) {
        onNews({ job: known, isHeard: false });
      }
    }
    await pause(waitMilliseconds, signal);
  }
}

// While something was awaited the page may have been left; the compiler takes it for constant.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function isState(state: string): state is JobAnswer["state"] {
  return ENDED.has(state) || state === "queued" || state === "running";
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
