import type { ComponentChildren, JSX } from "preact";

import type { ModelAnswer } from "../../api/schema";
import { hrefOf } from "../../app/router";
import { Badge, Card, Digest, Figure, Figures, Notice } from "../../shell/parts";
import { findJudged, isRenewal } from "./acts";
import { effectsOf, type Fact, type LegLine, legsOf, skillOf, tell, valuesOf, type Yardstick } from "./card";
import { Track } from "./track";
import { planScale, toneOfFigure } from "./tracks";
import type { Verdict } from "./verdict";
import { toneOf } from "./words";

interface VerdictProps {
  readonly verdict: Verdict;
  readonly model: ModelAnswer;
  readonly models: readonly ModelAnswer[];
}

/** The opening of a card: the decision, what it means, how sure it is, and the next step. */
export function VerdictCard({ verdict, model, models }: VerdictProps): JSX.Element {
  const told = tell(verdict, model.stage);
  return (
    <Card title="Verdict" actions={<Badge tone={toneOf(verdict.decision)}>{verdict.decision}</Badge>}>
      {isRenewal(model, verdict) && <Renewal verdict={verdict} model={model} models={models} />}
      <div class="verdict-words">
        <p class="verdict-lead">{told.lead}</p>
        <p>
          <strong>Why:</strong> {told.why}
        </p>
        <p>
          <strong>{told.stepName}:</strong> {told.step}
        </p>
      </div>
      <Figures>
        {effectsOf(verdict).map((fact) => (
          <Figure
            key={fact.name}
            label={fact.name}
            value={<span class={fact.figure.value === undefined ? "figure-words" : undefined}>{fact.figure.text}</span>}
            note={
              <>
                {fact.figure.interval !== "" && <span class="figure-interval">95% interval {fact.figure.interval}</span>}
                {fact.note}
              </>
            }
          />
        ))}
      </Figures>
      <p class="muted verdict-comfort">{told.comfort}</p>
    </Card>
  );
}

/** Why the verdict is on other bars than the model's own. */
function Renewal({ verdict, model, models }: VerdictProps): JSX.Element {
  const judged = findJudged(model, verdict, models);
  return (
    <Notice tone="neutral" title="This is a renewal: the verdict is on an earlier fit of the same pipeline">
      <p>
        What the gate judged is a pipeline that is fitted again and again, not one of its fits. This later fit
        {model.stage === "candidate" ? " may take" : " took"} the champion's place on the verdict that the pipeline has already;
        the figures below are of the bars that were judged then.
      </p>
      <p class="row small">
        <span>
          Judged: {judged === undefined ? "a fit that is not listed here" : <a href={hrefOf("models", [judged.model_id])}>{judged.model_id}</a>},
          bars <Digest digest={verdict.snapshot} what="snapshot judged" />
        </span>
        <span>
          This fit's bars: <Digest digest={model.snapshot_digest} what="snapshot of this fit" />
        </span>
      </p>
    </Notice>
  );
}

/** The legs as pictures: skill against luck, earnings against rivals. */
export function EvidenceCard({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const four = skillOf(verdict);
  const values = valuesOf(verdict);
  return (
    <Card title="Is it skill, and is it worth it?">
      <ul class="legs">
        {legsOf(verdict).map((leg) => (
          <li key={leg.question}>
            <span>{leg.question}</span>
            <LegAnswer leg={leg} />
          </li>
        ))}
      </ul>
      <div class="pair">
        {four.length > 0 && <SkillPicture four={four} />}
        {values.length > 0 && <ValuePicture values={values} />}
      </div>
      {four.length === 0 && values.length === 0 && <p class="muted">Neither could be computed for this forecast.</p>}
    </Card>
  );
}

function LegAnswer({ leg }: { readonly leg: LegLine }): JSX.Element {
  const nPassed = leg.checks.filter((check) => check.passed).length;
  const tone = leg.decides ? (leg.passed ? "good" : "bad") : "neutral";
  return (
    <span class="row">
      {leg.checks.length > 0 && <Badge tone={tone}>{leg.passed ? "yes" : "no"}</Badge>}
      <span class="muted small">
        {leg.checks.length === 0 ? "not asked" : `${nPassed} of ${leg.checks.length}`}
        {leg.decides ? "" : ", not deciding"}
      </span>
    </span>
  );
}

function SkillPicture({ four }: { readonly four: readonly Yardstick[] }): JSX.Element {
  const needed = four[0]?.asked;
  const marks = needed?.value === undefined ? [0] : [0, needed.value];
  const scale = planScale(four.map((one) => one.figure), marks);
  return (
    <Picture
      title="Skill against luck"
      note={`Four t-statistics of forecast times score of the return. The smallest must pass the right mark, ${needed?.text ?? "–"}; the left mark is 0, no skill.`}
    >
      {four.map((one) => (
        <Line key={one.name} name={one.name} value={one.figure.text} note={one.note}>
          <Track figure={one.figure} scale={scale} marks={marks} tone={one.passed ? "good" : "bad"} />
        </Line>
      ))}
    </Picture>
  );
}

function ValuePicture({ values }: { readonly values: readonly Fact[] }): JSX.Element {
  const scale = planScale(values.map((one) => one.figure));
  return (
    <Picture
      title="Earnings against what it would replace"
      note="Net of costs a year, at a volatility of 10%, with 95% intervals; the mark is 0. The gate asks for the sign only: whether it is luck is the skill leg's question."
    >
      {values.map((one) => (
        <Line key={one.name} name={one.name} value={one.figure.text} interval={one.figure.interval} note={one.note}>
          <Track figure={one.figure} scale={scale} tone={toneOfFigure(one.figure)} />
        </Line>
      ))}
    </Picture>
  );
}

function Picture({ title, note, children }: { title: string; note: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="picture">
      <h3>{title}</h3>
      <ul class="track-lines">{children}</ul>
      <p class="muted small">{note}</p>
    </div>
  );
}

interface LineProps {
  readonly name: string;
  readonly value: string;
  readonly interval?: string;
  readonly note: string;
  readonly children: ComponentChildren;
}

function Line({ name, value, interval = "", note, children }: LineProps): JSX.Element {
  return (
    <li>
      <span class="track-name">{name}</span>
      <span class="track-value">
        <strong>{value}</strong>
        {interval !== "" && <span class="muted small"> {interval}</span>}
      </span>
      {children}
      {note !== "" && <span class="muted small track-note">{note}</span>}
    </li>
  );
}
