import type { JSX } from "preact";

import type { PolicyAnswer, ScheduleAnswer } from "../../api/schema";
import { hrefOf } from "../../app/router";
import { age, asSentence, count, daysLong, fixed, percent } from "../../format";
import { Badge, Card, DataTable, Instant } from "../../shell/parts";
import { nameMarket, tellNext, tellScale, tellTrigger } from "./runs";

/** When the next challenger of each market is due, and why. */
export function ScheduleCard({ schedule, policy }: { readonly schedule: readonly ScheduleAnswer[]; readonly policy: PolicyAnswer }): JSX.Element {
  return (
    <Card title="Schedule" note="A challenger is made when one is due. It serves only when it has shown that it should.">
      {schedule.length === 0 ? (
        <p class="muted">No market serves or was ever retrained: there is nothing to keep fresh yet.</p>
      ) : (
        <div class="markets">
          {schedule.map((one) => (
            <Market key={nameMarket(one)} schedule={one} />
          ))}
        </div>
      )}
      <Policy policy={policy} />
    </Card>
  );
}

function Market({ schedule }: { readonly schedule: ScheduleAnswer }): JSX.Element {
  const scale = tellScale(schedule.scale);
  return (
    <section class="market" aria-label={nameMarket(schedule)}>
      <div class="run-head">
        <h3>{nameMarket(schedule)}</h3>
        <Badge tone={schedule.is_due ? "warn" : "neutral"}>{tellNext(schedule)}</Badge>
      </div>
      <p>
        {asSentence(schedule.words)}
        {scale !== "" && ` What is trained: ${scale}.`}
      </p>
      {schedule.waits_for !== null && (
        <p class="muted small">
          The next one waits for the retraining under way (<code>{schedule.waits_for}</code>), unless it takes its place.
        </p>
      )}
      <dl class="facts">
        <dt>Champion</dt>
        <dd>{schedule.champion === null ? "nobody: the rules answer" : <a href={hrefOf("models", [schedule.champion])}>{schedule.champion}</a>}</dd>
        <dt>Knows bars up to</dt>
        <dd>
          <Instant at={schedule.champion_trained_at} as="day" /> {schedule.champion_trained_at !== null && <span class="muted">({age(schedule.champion_trained_at)})</span>}
        </dd>
        <dt>Last trained</dt>
        <dd>
          <Instant at={schedule.fitted_at} as="age" />
        </dd>
        <dt>Last looked at</dt>
        <dd>{schedule.checked_at === null ? "never" : <Instant at={schedule.checked_at} as="age" />}</dd>
      </dl>
      <details>
        <summary>Every reason, and its date</summary>
        <DataTable
          caption={`What may make a challenger of ${nameMarket(schedule)} due`}
          isCaptionHidden
          rows={schedule.dates}
          rowKey={(one) => `${one.trigger} ${one.at}`}
          columns={[
            { key: "trigger", title: "Reason", isRowHeader: true, cell: (one) => tellTrigger(one.trigger) },
            { key: "at", title: "From", cell: (one) => <Instant at={one.at} as="day" /> },
            { key: "age", title: "When", cell: (one) => <span class="muted">{age(one.at)}</span> },
            { key: "holds", title: "Its condition", cell: (one) => (one.holds ? "holds" : "does not hold now") },
            { key: "words", title: "In words", cell: (one) => asSentence(one.words) },
          ]}
        />
      </details>
    </section>
  );
}

function Policy({ policy }: { readonly policy: PolicyAnswer }): JSX.Element {
  return (
    <details class="policy">
      <summary>What a challenger must show</summary>
      <ol class="steps">
        <li>
          <strong>The gate</strong>, as any model. Where nobody serves, that is enough.
        </li>
        <li>
          <strong>No worse on the past</strong>: on bars neither had seen, the lower bound of the difference at a level of{" "}
          {percent(policy.level, { digits: 0 })} lies above minus {fixed(policy.margin_points, 1)} points of accuracy.
        </li>
        <li>
          <strong>Better in the shadow</strong>: it forecasts beside the champion and answers nobody, until the evidence that it is
          better reaches {fixed(policy.enough_evidence, 0)}, for {count(policy.most_bars)} bars at most. If the champion is red or
          too old, no worse after {count(policy.decide_bars)} bars is enough.
        </li>
        <li>
          <strong>Probation</strong>: for {count(policy.probation_bars)} bars it is taken back if it turns red, or if its
          predecessor proves better.
        </li>
      </ol>
      <p class="muted small">
        It is looked every {daysLong(policy.check_days)} whether anything is due; after drift {daysLong(policy.challenger_days)} lie
        between two trainings, {daysLong(policy.full_days)} otherwise, and a model serves for {daysLong(policy.most_age_days)} at most.
        A training that is interrupted is tried {count(policy.most_tries)} times.
      </p>
    </details>
  );
}
