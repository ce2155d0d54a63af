import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import type { CalibrationsAnswer, ModelAnswer } from "../../api/schema";
import { getJson, ProblemError } from "../../api/service";
import { hrefOf, navigate } from "../../app/router";
import { asSentence } from "../../format";
import { Badge, Card, Digest, Instant, Notice, PageHeader } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { type OnDone, PromoteButton, RollbackButton } from "./act-buttons";
import { marketKeyOf, marketsOf } from "./acts";
import { withCalibration } from "./card";
import { DownloadButton } from "./download";
import { GateCard } from "./gate-table";
import { LearnedCard } from "./learned-card";
import { toneOfStage } from "./list";
import { MoreEvidence } from "./more-evidence";
import type { Verdict } from "./verdict";
import { EvidenceCard, VerdictCard } from "./verdict-view";
import { writeBars, writeHorizon, writeList } from "./words";

interface ModelViewProps {
  readonly model: ModelAnswer;
  readonly models: readonly ModelAnswer[];
  readonly onDone: OnDone;
}

/** Return the verdict on a model; undefined where the gate has not judged it. */
export async function loadVerdict(modelId: string, signal: AbortSignal): Promise<Verdict | undefined> {
  try {
    return await getJson<Verdict>(`/v1/models/${encodeURIComponent(modelId)}/verdict`, { signal });
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

/** One model: what it is, why it may serve or not, and what can be done with it. */
export function ModelView({ model, models, onDone }: ModelViewProps): JSX.Element {
  const verdict = useResource((signal) => loadVerdict(model.model_id, signal), [model.model_id, model.changed_at]);
  const market = marketsOf(models).find((one) => one.key === marketKeyOf(model));
  return (
    <div class="stack">
      <div class="about-pair">
        <AboutCard model={model} />
        <Card title="What can be done">
          <div class="acts">
            {model.stage === "champion" && market !== undefined ? (
              <RollbackButton market={market} onDone={onDone} />
            ) : (
              <PromoteButton model={model} market={market} onDone={onDone} />
            )}
            <DownloadButton modelId={model.model_id} />
            <CompareWith model={model} models={models} />
          </div>
        </Card>
      </div>
      <Shown
        resource={verdict}
        what="the verdict"
        lines={8}
        empty={(value) => value === undefined}
        emptyText={<p>The gate has not judged this model: only a verdict that says PROMOTE lets a model serve.</p>}
      >
        {(found) => (found === undefined ? null : <VerdictView verdict={found} model={model} models={models} />)}
      </Shown>
      <LearnedCard metrics={model.metrics} />
    </div>
  );
}

function VerdictView(props: { readonly verdict: Verdict } & Omit<ModelViewProps, "onDone">): JSX.Element {
  const { model, models } = props;
  // What was measured since is worth more; where it cannot be had, the card is whole without it.
  const calibrations = useResource((signal) => getJson<CalibrationsAnswer>("/v1/calibration", { signal }), []);
  const verdict = useMemo(() => withCalibration(props.verdict, calibrations.value), [props.verdict, calibrations.value]);
  return (
    <div class="stack">
      <VerdictCard verdict={verdict} model={model} models={models} />
      <EvidenceCard verdict={verdict} />
      <GateCard verdict={verdict} />
      <MoreEvidence verdict={verdict} metrics={model.metrics} />
    </div>
  );
}

function AboutCard({ model }: { readonly model: ModelAnswer }): JSX.Element {
  return (
    <Card title="What it is" actions={<Badge tone={toneOfStage(model.stage)}>{model.stage}</Badge>}>
      <dl class="facts wide-facts">
        <dt>Market</dt>
        <dd>
          {model.universe}: {writeList(model.symbols, 12)}
        </dd>
        <dt>Forecasts</dt>
        <dd>{asSentence(`${writeHorizon(model.horizon_bars)}, from ${writeBars(model.interval)}`)}</dd>
        <dt>Trained up to</dt>
        <dd>
          <Instant at={model.trained_at} />
        </dd>
        <dt>Registered</dt>
        <dd>
          <Instant at={model.registered_at} />, by bellwether {model.bellwether_version}
        </dd>
        <dt>Last move</dt>
        <dd>
          <Instant at={model.changed_at} />
        </dd>
        <dt>Bundle</dt>
        <dd>
          <Digest digest={model.bundle_digest} what="bundle's digest" />
        </dd>
        <dt>Its bars</dt>
        <dd>
          <Digest digest={model.snapshot_digest} what="snapshot" />
        </dd>
      </dl>
    </Card>
  );
}

function CompareWith({ model, models }: Omit<ModelViewProps, "onDone">): JSX.Element | null {
  const others = models.filter((one) => one.model_id !== model.model_id);
  const own = others.filter((one) => marketKeyOf(one) === marketKeyOf(model));
  const rest = others.filter((one) => marketKeyOf(one) !== marketKeyOf(model));
  if (others.length === 0) {
    return null;
  }
  return (
    <label class="field compare-with">
      <span class="visually-hidden">Compare with</span>
      <select
        value=""
        onChange={(event) => {
          navigate(hrefOf("models", [model.model_id, event.currentTarget.value]));
        }}
      >
        <option value="">Compare with…</option>
        <optgroup label="Of the same market">
          {own.map((one) => (
            <option key={one.model_id} value={one.model_id}>{one.model_id}</option>
          ))}
        </optgroup>
        {rest.length > 0 && (
          <optgroup label="Of other markets">
            {rest.map((one) => (
              <option key={one.model_id} value={one.model_id}>{one.model_id}</option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  );
}

/** No model has that name. */
export function NoSuchModel({ modelId }: { readonly modelId: string }): JSX.Element {
  return (
    <>
      <PageHeader title="There is no such model" />
      <Notice tone="warn" title={`Nothing is registered as “${modelId.slice(0, 100)}”`}>
        <a href={hrefOf("models")}>See every model</a>
      </Notice>
    </>
  );
}
