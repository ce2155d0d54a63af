import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { AlertsAnswer, JobAnswer, MonitorAnswer } from "../../api/schema";
import { getJson, ProblemError, sendJson } from "../../api/service";
import type { Route } from "../../app/router";
import { Timeline } from "../../charts";
import { JobProgress } from "../../jobs/job-progress";
import { Card, Instant, Notice, PageHeader } from "../../shell/parts";
import { useResource, type Resource } from "../../shell/resource";
import { Failure, Shown } from "../../shell/states";
import { rankCondition } from "./conditions";
import { readDetails, type WatchedDetails } from "./details";
import { EpisodesCard, Receivers } from "./episodes-card";
import { makeLanes } from "./lanes";
import { findInterval, judgeLastCheck } from "./last-check";
import { StandingCard } from "./standing-card";
import "./drift.css";

const MOST_MODELS = 50;
const MOST_EPISODES = 200;

const TONES = [
  { tone: "warn", words: "amber" },
  { tone: "bad", words: "red" },
  { tone: "neutral", words: "recovering, or the rules answer" },
] as const;

type Details = ReadonlyMap<string, WatchedDetails | null>;

/** What watching has come to, and what it raised. */
export default function Page({ route }: { readonly route: Route }): JSX.Element {
  const monitor = useResource((signal) => getJson<MonitorAnswer>("/v1/monitor", { signal }), [], { everySeconds: 60 });
  const ids = (monitor.value?.models ?? []).map((model) => model.model_id).slice(0, MOST_MODELS);
  const details = useResource((signal) => askDetails(ids, signal), [ids.join("\n"), monitor.value?.last_check?.at]);
  const alerts = useResource(
    (signal) => getJson<AlertsAnswer>("/v1/alerts", { query: { state: "all", limit: MOST_EPISODES }, signal }),
    [],
    { everySeconds: 60 },
  );
  // Who may not read settings learns of silence by the service's own alert.
  const interval = useResource(async (signal) => findInterval(await getJson<unknown>("/v1/settings", { signal })), []);
  const check = useCheck();
  const reload = (): void => {
    monitor.reload();
    alerts.reload();
  };
  return (
    <>
      <PageHeader title="Drift" lead="Whether the models still keep what they promised, and what is done where they do not.">
        <CheckNow check={check} />
      </PageHeader>
      <div class="stack">
        {check.failure !== undefined && <Failure failure={check.failure} what="the answer: no check was begun" />}
        {check.job !== undefined && (
          <Card>
            <JobProgress key={check.job.job_id} job={check.job} onEnd={reload} />
          </Card>
        )}
        <LastCheck monitor={monitor} alerts={alerts} intervalHours={interval.value ?? null} />
        {alerts.value !== undefined && <Receivers receivers={alerts.value.receivers} />}
        <Shown
          resource={monitor}
          what="watched models"
          lines={6}
          empty={(answer) => answer.models.length === 0}
          emptyText={<p>No model is watched: nobody serves, and nobody is in the shadow. The rules answer, and need no watching.</p>}
        >
          {(answer) => <Models answer={answer} details={details} alerts={alerts} />}
        </Shown>
        <EpisodesCard route={route} onChange={alerts.reload} />
      </div>
    </>
  );
}

interface ModelsProps {
  readonly answer: MonitorAnswer;
  readonly details: Resource<Details>;
  readonly alerts: Resource<AlertsAnswer>;
}

function Models({ answer, details, alerts }: ModelsProps): JSX.Element {
  const lanes = useMemo(() => {
    const known = answer.models.map((model) => [model.model_id, details.value?.get(model.model_id)?.changes ?? []] as const);
    return makeLanes(new Map(known), alerts.value?.episodes ?? []);
  }, [answer, details.value, alerts.value]);
  const ordered = [...answer.models].sort(
    (one, other) => rankCondition(one.standing?.condition ?? null) - rankCondition(other.standing?.condition ?? null),
  );
  return (
    <>
      <Card title="Timeline" note="What was found, from when to when. An empty lane is a good one.">
        {lanes.every((lane) => lane.spans.length === 0) ? (
          <p class="muted">Nothing was ever found wrong.</p>
        ) : (
          <Timeline label="Drift by model and check" lanes={lanes} tones={TONES} />
        )}
      </Card>
      {details.state === "failed" && details.failure !== undefined && (
        <Failure failure={details.failure} what="what the standings rest on" onRetry={details.reload} />
      )}
      {ordered.map((model) => (
        <StandingCard key={model.model_id} model={model} details={details.value?.get(model.model_id) ?? null} />
      ))}
    </>
  );
}

interface LastCheckProps {
  readonly monitor: Resource<MonitorAnswer>;
  readonly alerts: Resource<AlertsAnswer>;
  readonly intervalHours: number | null;
}

function LastCheck({ monitor, alerts, intervalHours }: LastCheckProps): JSX.Element | null {
  if (monitor.value === undefined) {
    return null;
  }
  const last = monitor.value.last_check;
  const news = judgeLastCheck(last, alerts.value?.episodes ?? [], intervalHours);
  return (
    <>
      {last !== null && (
        <p class="muted">
          Last check: <Instant at={last.at} /> (<Instant at={last.at} as="age" />)
        </p>
      )}
      {news !== undefined && (
        <Notice tone={news.tone} title={news.title} live="polite">
          <p>{news.words}</p>
        </Notice>
      )}
    </>
  );
}

interface Check {
  readonly job: JobAnswer | undefined;
  readonly failure: Error | undefined;
  readonly isAsking: boolean;
  readonly start: () => Promise<void>;
}

/** A check that somebody asked for here. */
function useCheck(): Check {
  const [job, setJob] = useState<JobAnswer>();
  const [failure, setFailure] = useState<Error>();
  const [isAsking, setIsAsking] = useState(false);
  const start = async (): Promise<void> => {
    setIsAsking(true);
    setFailure(undefined);
    try {
      setJob(await sendJson<JobAnswer>("POST", "/v1/jobs", { kind: "monitor" }));
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setIsAsking(false);
    }
  };
  return { job, failure, isAsking, start };
}

function CheckNow({ check }: { readonly check: Check }): JSX.Element {
  return (
    <button
      type="button"
      class="button button-main"
      disabled={check.isAsking}
      onClick={() => {
        void check.start();
      }}
    >
      Check now
    </button>
  );
}

async function askDetails(ids: readonly string[], signal: AbortSignal): Promise<Details> {
  const found = await Promise.all(ids.map(async (id) => [id, await askOne(id, signal)] as const));
  return new Map(found);
}

async function askOne(modelId: string, signal: AbortSignal): Promise<WatchedDetails | null> {
  try {
    return readDetails(await getJson<unknown>(`/v1/monitor/${encodeURIComponent(modelId)}`, { signal }));
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) {
      return null; // not one outcome of it is settled yet
    }
    throw error;
  }
}
