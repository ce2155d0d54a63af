import type { JSX } from "preact";

import type { RunAnswer, RunStepAnswer } from "../../api/schema";
import { hrefOf } from "../../app/router";
import { asSentence } from "../../format";
import { FactList } from "../../shell/fact-list";
import { Badge, Instant } from "../../shell/parts";
import { evidenceOf, isRenewal, nameMarket, tellScale, tellStep, tellTrigger } from "./runs";

/** One retraining: how it ended or where it stands, and every step with its evidence. */
export function RunView({ run }: { readonly run: RunAnswer }): JSX.Element {
  const told = tellStep(run.step);
  const titleId = `run-${run.run_id}`;
  const scale = tellScale(run.scale);
  return (
    <article class="run" aria-labelledby={titleId}>
      <div class="run-head">
        <h3 id={titleId}>{nameMarket(run)}</h3>
        <Badge tone={told.tone}>{told.name}</Badge>
        {isRenewal(run) && <Badge tone="neutral">Renewal</Badge>}
        <span class="muted small">
          <Instant at={run.begun_at} as="day" />
          {run.is_open ? ", under way" : run.ended_at !== null && run.ended_at.slice(0, 10) !== run.begun_at.slice(0, 10) && (
            <>
              {" to "}
              <Instant at={run.ended_at} as="day" />
            </>
          )}
        </span>
      </div>
      <p>{asSentence(run.words)}</p>
      <p class="muted small">{told.means}</p>
      {isRenewal(run) && (
        <p class="muted small">
          A renewal: its challenger is a later fit of the champion’s own pipeline. The gate did not let it pass by itself; it may
          succeed on the champion’s verdict as long as nothing speaks against it.
        </p>
      )}
      <p class="muted small">
        Because of: {tellTrigger(run.trigger).toLowerCase()}
        {scale !== "" && `; trained: ${scale}`}
        {run.champion !== null && (
          <>
            {"; champion then "}
            <ModelLink id={run.champion} />
          </>
        )}
        {run.challenger !== null && (
          <>
            {"; challenger "}
            <ModelLink id={run.challenger} />
          </>
        )}
      </p>
      <details>
        <summary>
          {run.steps.length} {run.steps.length === 1 ? "step" : "steps"}, with their evidence
        </summary>
        <ol class="steps">
          {run.steps.map((step) => (
            <StepView key={step.step} step={step} />
          ))}
        </ol>
      </details>
    </article>
  );
}

function StepView({ step }: { readonly step: RunStepAnswer }): JSX.Element {
  const told = tellStep(step.step);
  return (
    <li>
      <p>
        <strong>{told.name}</strong>{" "}
        <span class="muted small">
          <Instant at={step.at} />
        </span>
      </p>
      <p>{asSentence(step.words)}</p>
      <FactList facts={evidenceOf(step)} />
    </li>
  );
}

function ModelLink({ id }: { readonly id: string }): JSX.Element {
  return <a href={hrefOf("models", [id])}>{id}</a>;
}
