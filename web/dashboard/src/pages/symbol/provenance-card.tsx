import type { JSX } from "preact";

import type { BarsAnswer, PredictionAnswer } from "../../api/schema";
import { hrefOf } from "../../app/router";
import { daysLong, percent } from "../../format";
import { Card, Digest, Instant } from "../../shell/parts";
import { capital, reasonWords, sourceName } from "../../signals/words";

/** Everything that the answer follows from, so that anybody can compute it again. */
export function ProvenanceCard({ answer, stored }: { readonly answer: PredictionAnswer; readonly stored: BarsAnswer | undefined }): JSX.Element {
  const { source, standing } = answer;
  return (
    <Card title="Where it comes from">
      <Ladder answer={answer} />
      <dl class="facts">
        <dt>Answer</dt>
        <dd>
          <Digest digest={answer.prediction_id} what="answer's id" />
        </dd>
        <dt>Source</dt>
        <dd>
          {sourceName(answer)}
          {source.kind === "model" && source.model_id !== null && (
            <>
              {" "}
              <a href={hrefOf("models", [source.model_id])}>{source.model_id}</a>
            </>
          )}
        </dd>
        <dt>Version</dt>
        <dd>{source.version ?? "–"}</dd>
        <dt>Age</dt>
        <dd>{source.kind === "rules" ? "rules have none" : daysLong(source.age_days)}</dd>
        <dt>Bundle</dt>
        <dd>
          <Digest digest={source.bundle_digest} what="bundle's digest" />
        </dd>
        <dt>State</dt>
        <dd>
          <Digest digest={source.state_digest} what="state's digest" />
        </dd>
        <dt>Bars</dt>
        <dd>
          <Digest digest={answer.bars_digest} what="bars' digest" />
        </dd>
        {stored !== undefined && (
          <>
            <dt>Snapshot</dt>
            <dd>
              <Digest digest={stored.digest} what="snapshot's digest" /> <span class="muted small">{stored.calendar}</span>
            </dd>
          </>
        )}
        <dt>Last bar</dt>
        <dd>
          <Instant at={answer.as_of} />
        </dd>
        {standing != null && (
          <>
            <dt>Watching</dt>
            <dd>
              {standing.condition}: {percent(standing.accuracy)} expected to be right, the rules {percent(standing.fallback_accuracy)} (as of <Instant at={standing.as_of} as="day" />)
            </dd>
          </>
        )}
      </dl>
    </Card>
  );
}

/** Who was asked before, and why they did not answer. */
function Ladder({ answer }: { readonly answer: PredictionAnswer }): JSX.Element {
  // HOLD because of the bars is a step of its own: why, and that it is the answer, are said at once.
  const missed = answer.steps.filter((step) => step.rung !== answer.rung);
  const own = answer.steps.find((step) => step.rung === answer.rung);
  return (
    <ol class="ladder">
      {missed.map((step) => (
        <li key={step.rung} class="ladder-missed">
          <span class="ladder-rung">{capital(step.rung)}</span>
          <span class="muted small">{wordsOfStep(step)}</span>
        </li>
      ))}
      <li class="ladder-answered">
        <span class="ladder-rung">{capital(answer.rung)}</span>
        <span class="muted small">{own === undefined ? "answered" : wordsOfStep(own)}</span>
      </li>
    </ol>
  );
}

function wordsOfStep(step: PredictionAnswer["steps"][number]): string {
  return step.detail === "" ? reasonWords(step.reason) : `${reasonWords(step.reason)} (${step.detail})`;
}
