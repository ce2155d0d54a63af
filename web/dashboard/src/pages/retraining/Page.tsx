import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { JobAnswer, RetrainingAnswer, RunAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { replaceQuery, type Route } from "../../app/router";
import { Timeline } from "../../charts";
import { JobProgress } from "../../jobs/job-progress";
import { nameJob } from "../../jobs/job-words";
import { More } from "../../shell/more";
import { usePages } from "../../shell/paging";
import { Card, Notice, PageHeader } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { RunView } from "./run-view";
import { lanesOfRuns } from "./runs";
import { ScheduleCard } from "./schedule-card";
import { Start } from "./start";
import "./retraining.css";

const A_PAGE = 20;
const TONES = [
  { tone: "good", words: "came to serve" },
  { tone: "neutral", words: "refused, or still to be decided" },
  { tone: "warn", words: "taken back" },
  { tone: "bad", words: "failed" },
] as const;

/** What is due and why, what became of each challenger, and what is under way. */
export default function Page({ route }: { readonly route: Route }): JSX.Element {
  const now = useResource((signal) => getJson<RetrainingAnswer>("/v1/retraining", { query: { limit: 1 }, signal }), [], { everySeconds: 60 });
  const [round, setRound] = useState(0);
  const [started, setStarted] = useState<readonly JobAnswer[]>([]);
  const schedule = now.value?.schedule ?? [];
  return (
    <>
      <PageHeader title="Retraining" lead="When challengers are made, what they had to show, and what became of each.">
        <Start
          schedule={schedule}
          onStarted={(job) => {
            setStarted([job, ...started]);
          }}
        />
      </PageHeader>
      <div class="stack">
        <Jobs
          jobs={joinJobs(started, now.value?.jobs ?? [])}
          onEnd={() => {
            now.reload();
            setRound(round + 1);
          }}
        />
        <Shown resource={now} what="the schedule" lines={6}>
          {(answer) => (
            <>
              <Switches answer={answer} />
              <ScheduleCard schedule={answer.schedule} policy={answer.policy} />
            </>
          )}
        </Shown>
        <RunsCard route={route} universes={[...new Set(schedule.map((one) => one.universe))]} round={round} />
      </div>
    </>
  );
}

/** A job that was begun here stays on the page after its end: who began it wants to know how it went. */
export function joinJobs(started: readonly JobAnswer[], listed: readonly JobAnswer[]): readonly JobAnswer[] {
  const known = new Set(started.map((job) => job.job_id));
  return [...started, ...listed.filter((job) => !known.has(job.job_id))];
}

function Jobs({ jobs, onEnd }: { readonly jobs: readonly JobAnswer[]; readonly onEnd: () => void }): JSX.Element | null {
  const [said, setSaid] = useState("");
  if (jobs.length === 0) {
    return null;
  }
  return (
    <Card title="Jobs" note="Heard as it happens; leaving this page ends the listening, and no job.">
      <p class="visually-hidden" role="status">
        {said}
      </p>
      {jobs.map((job) => (
        <JobProgress
          key={job.job_id}
          job={job}
          onEnd={(ended) => {
            setSaid(`${nameJob(ended)}: ${ended.state}`);
            onEnd();
          }}
        />
      ))}
    </Card>
  );
}

function Switches({ answer }: { readonly answer: RetrainingAnswer }): JSX.Element | null {
  if (!answer.is_on) {
    return (
      <Notice tone="warn" title="Nothing is retrained by itself">
        <p>
          The setting <code>retraining</code> is off: challengers are made only when somebody asks.
        </p>
      </Notice>
    );
  }
  return answer.by_service ? null : (
    <Notice tone="neutral" title="The schedule is left to somebody else">
      <p>
        The setting <code>monitor_by_service</code> is off: what is due is made when <code>bellwether monitor --once</code> is called,
        from cron for instance, or when somebody asks here.
      </p>
    </Notice>
  );
}

interface RunsCardProps {
  readonly route: Route;
  readonly universes: readonly string[];
  /** Changes when something has ended, and the list is to be asked for anew. */
  readonly round: number;
}

function RunsCard({ route, universes, round }: RunsCardProps): JSX.Element {
  const universe = route.query.get("universe") ?? undefined;
  const paged = usePages(
    async (cursor, signal) => {
      const answer = await getJson<RetrainingAnswer>("/v1/retraining", { query: { universe, cursor, limit: A_PAGE }, signal });
      return { items: answer.runs, next: answer.next_cursor };
    },
    (run: RunAnswer) => run.run_id,
    [universe, round],
    { everySeconds: 60 },
  );
  const lanes = useMemo(() => lanesOfRuns(paged.resource.value ?? []), [paged.resource.value]);
  const filter = (
    <label class="field">
      Universe
      <select
        value={universe ?? ""}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          replaceQuery(route, chosen === "" ? {} : { universe: chosen });
        }}
      >
        <option value="">Every one</option>
        {universes.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Card title="History" note="Refused is a normal end: most challengers are no better, and the champion stays." actions={universes.length > 1 && filter}>
      <Shown resource={paged.resource} what="retrainings" empty={(runs) => runs.length === 0} emptyText={<p>Nothing was retrained yet.</p>}>
        {(runs) => (
          <>
            <Timeline label="Retrainings by market" lanes={lanes} tones={TONES} />
            <div class="runs">
              {runs.map((run) => (
                <RunView key={run.run_id} run={run} />
              ))}
            </div>
          </>
        )}
      </Shown>
      <More paged={paged} what="retrainings" />
    </Card>
  );
}
