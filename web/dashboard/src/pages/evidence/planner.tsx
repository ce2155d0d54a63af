import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { EvidencePlanAnswer, PlanAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { replaceQuery, type Route } from "../../app/router";
import { CurveChart } from "../../charts";
import { count, day, fixed, percent } from "../../format";
import { Badge, Card, DataTable, Figure, Figures } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { PlanForm } from "./plan-form";
import {
  type Asked,
  curvesOf,
  decisiveOf,
  PLAN_NAMES,
  queryOf,
  readAsked,
  tellCosts,
  tellTrials,
  tellWhen,
  writeAsked,
  writeLevel,
  writeSkill,
  yearsThere,
} from "./plan";

/** Before anything is trained: what a verdict could show, and when one is possible. */
export function Planner({ route }: { readonly route: Route }): JSX.Element {
  const asked = readAsked(route.query);
  const plan = useResource(
    (signal) => getJson<PlanAnswer>("/v1/plan", { query: queryOf(asked), signal }),
    [JSON.stringify(asked)],
  );
  const ask = (next: Asked): void => {
    replaceQuery(route, writeAsked(next));
  };
  return (
    <div class="stack">
      <Card title="What could anybody find out?" note="Nothing is trained and nothing is looked at: this is arithmetic about luck.">
        <PlanForm asked={asked} onAsk={ask} />
      </Card>
      <Shown resource={plan} what="the plan" lines={8}>
        {(answer) => <PlanView answer={answer} />}
      </Shown>
    </div>
  );
}

function PlanView({ answer }: { readonly answer: PlanAnswer }): JSX.Element | null {
  const plan = decisiveOf(answer);
  if (plan === undefined) {
    return null;
  }
  return (
    <div class="stack">
      <Card title="What these bars can show" actions={<Possible plan={plan} />}>
        <p class="plan-sentence" role="status">
          {tellWhen(plan)}
        </p>
        <PlanFigures answer={answer} plan={plan} />
        <p class="muted small">
          {tellTrials(answer, plan)} {tellCosts(answer, plan)}
        </p>
      </Card>
      <PowerCard answer={answer} />
      <SkillTable answer={answer} plan={plan} />
    </div>
  );
}

function Possible({ plan }: { readonly plan: EvidencePlanAnswer }): JSX.Element {
  return plan.is_enough ? <Badge tone="good">a verdict is possible</Badge> : <Badge tone="warn">NOT ENOUGH DATA</Badge>;
}

function PlanFigures({ answer, plan }: { readonly answer: PlanAnswer; readonly plan: EvidencePlanAnswer }): JSX.Element {
  const worth = plan.powers.find((one) => Math.abs(one.ic - plan.ic_worth_finding) < 1e-9);
  const earliest = plan.is_enough ? "now" : day(plan.earliest_verdict_at);
  return (
    <Figures>
      <Figure label="Earliest verdict" value={earliest} note={plan.is_enough ? "there are enough bars" : `${count(plan.n_missing_bars)} more bars`} />
      <Figure
        label="Judged bars"
        value={count(plan.n_out_of_sample_bars)}
        note={`the last ${percent(answer.options.out_of_sample_frac, { digits: 0 })} of ${count(plan.n_bars)}; ${count(plan.n_needed_bars)} needed`}
      />
      <Figure
        label={`Chance that IC ${writeSkill(plan.ic_worth_finding)} is seen`}
        value={worth === undefined ? "–" : percent(worth.power, { digits: 0 })}
        note="by a judge who knows everything but the answer"
      />
      <Figure label="Skill that pays its costs" value={`IC ${fixed(plan.break_even_ic, 3)}`} note={`at ${answer.options.cost_bps} basis points a side`} />
      <Figure label="t-statistic needed" value={fixed(plan.critical_t, 2)} note={`level ${writeLevel(plan.alpha)}`} />
    </Figures>
  );
}

function PowerCard({ answer }: { readonly answer: PlanAnswer }): JSX.Element {
  const [chosen, setChosen] = useState<string>();
  const names = answer.plans.map((plan) => plan.plan);
  const shown = names.find((name) => name === chosen) ?? answer.decisive;
  const curves = useMemo(() => curvesOf(answer, shown), [answer, shown]);
  return (
    <Card
      title="How long it takes to see skill"
      note="The chance that even a judge who knows everything but the answer would recognise it. The gate is made to reach four fifths of that."
      actions={
        names.length > 1 && (
          <label class="field">
            Judged as
            <select
              value={shown}
              onChange={(event) => {
                setChosen(event.currentTarget.value);
              }}
            >
              {names.map((name) => (
                <option key={name} value={name}>
                  {PLAN_NAMES[name]}
                  {name === answer.decisive ? " (decides)" : ""}
                </option>
              ))}
            </select>
          </label>
        )
      }
    >
      <div class="power-chart">
        <CurveChart
          label="Chance to recognise skill, by years of history"
          xName="Years of history"
          yName="Chance"
          curves={curves}
          writeX={(x) => `${Math.round(x * 10) / 10}`}
          writeY={(y) => percent(y, { digits: 0 })}
          yRange={[0, 1]}
          levels={[{ y: 0.8, name: "80%" }]}
          places={[{ x: yearsThere(answer), name: `${count(answer.market.n_bars)} bars` }]}
        />
      </div>
    </Card>
  );
}

function SkillTable({ answer, plan }: { readonly answer: PlanAnswer; readonly plan: EvidencePlanAnswer }): JSX.Element {
  const perYear = answer.market.n_bars_per_year;
  const hasHorizon = answer.options.horizon_bars > 1;
  return (
    <Card title="By size of skill" note={`Judged as: ${PLAN_NAMES[plan.plan]}.`}>
      <DataTable
        caption="What even a perfect judge can see on these bars"
        isCaptionHidden
        rows={plan.powers}
        rowKey={(one) => String(one.ic)}
        columns={[
          { key: "ic", title: "Skill (IC)", isRowHeader: true, cell: (one) => writeSkill(one.ic) },
          ...(hasHorizon
            ? [{ key: "horizon", title: `Over its ${answer.options.horizon_bars} bars`, numeric: true, cell: (one: (typeof plan.powers)[number]) => fixed(one.ic_of_horizon, 3) }]
            : []),
          { key: "accuracy", title: "Right directions", numeric: true, cell: (one) => percent(one.accuracy) },
          { key: "power", title: "Chance to see it", numeric: true, cell: (one) => percent(one.power, { digits: 0 }) },
          { key: "bars", title: "Bars for 80%", numeric: true, cell: (one) => count(one.n_bars_for_80_percent) },
          { key: "years", title: "Years for 80%", numeric: true, cell: (one) => fixed(one.n_bars_for_80_percent / perYear, 1) },
          {
            key: "earns",
            title: "After costs",
            cell: (one) => <Badge tone={one.earns ? "good" : "warn"}>{one.earns ? "earns" : "loses"}</Badge>,
          },
        ]}
      />
    </Card>
  );
}
