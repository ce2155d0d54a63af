import type { JSX } from "preact";

import type { WatchedModelAnswer } from "../../api/schema";
import { hrefOf } from "../../app/router";
import { asSentence, count, fixed, percent, plainNumber } from "../../format";
import { Badge, Card, DataTable, Figure, Figures, Instant } from "../../shell/parts";
import { tellCondition } from "./conditions";
import type { RecentAccuracy, WatchedDetails } from "./details";
import { InputsTable } from "./inputs-table";
import { AccuracyRuler, EvidenceMeter } from "./ruler-pictures";
import type { Mark } from "./rulers";

interface StandingCardProps {
  readonly model: WatchedModelAnswer;
  /** null where watching knows nothing of it yet. */
  readonly details: WatchedDetails | null;
}

const MIDDLE_BARS = 60;

/** How one watched model stands, and all that this rests on. */
export function StandingCard({ model, details }: StandingCardProps): JSX.Element {
  const { standing } = model;
  return (
    <Card title={<a href={hrefOf("models", [model.model_id])}>{model.model_id}</a>} note={noteOf(model)} actions={<Badges model={model} />}>
      {standing === null ? (
        <p class="muted">It is watched, and no outcome of it is settled yet. Until then nothing is thought of it, and nothing is reduced.</p>
      ) : (
        <div class="standing">
          <p>{asSentence(standing.words)}</p>
          {details !== null && <Numbers model={model} details={details} />}
          {details !== null && (
            <>
              <h3>Inputs</h3>
              <InputsTable modelId={model.model_id} inputs={details.inputs} />
              <Windows modelId={model.model_id} details={details} />
            </>
          )}
        </div>
      )}
    </Card>
  );
}

function Badges({ model }: { readonly model: WatchedModelAnswer }): JSX.Element {
  const { standing } = model;
  const told = tellCondition(standing?.condition ?? null);
  return (
    <>
      <Badge tone={told.tone} title={told.means}>
        {told.name}
      </Badge>
      {standing !== null && (
        <Badge tone={standing.answers ? "neutral" : "warn"}>{standing.answers ? "May answer" : "The next rung answers"}</Badge>
      )}
    </>
  );
}

function Numbers({ model, details }: { readonly model: WatchedModelAnswer; readonly details: WatchedDetails }): JSX.Element | null {
  const { standing } = model;
  if (standing === null) {
    return null;
  }
  const recent = details.recent.find((one) => one.nBars === MIDDLE_BARS) ?? details.recent[0];
  return (
    <>
      <Figures>
        <Figure label="Right on the last bars" value={percent(recent?.accuracy)} note={intervalOf(recent)} />
        <Figure label="Its floor" value={percent(details.floor)} note={`promised ${percent(details.promised)}`} />
        <Figure label="Rules instead" value={percent(standing.fallback_accuracy)} note="expected of the fallback" />
        <Figure label="Believed of it now" value={percent(standing.accuracy)} note={keptOf(standing.confidence_factor)} />
        <EvidenceFigure details={details} />
        <Figure
          label="Effective sample"
          value={details.effectiveSample === null ? fixed(null, 0) : plainNumber(Math.round(details.effectiveSample))}
          note={`of ${count(details.nSettled)} settled`}
        />
      </Figures>
      <Rulers recent={recent} fallback={standing.fallback_accuracy} details={details} />
      <Remarks details={details} />
    </>
  );
}

interface RulersProps {
  readonly recent: RecentAccuracy | undefined;
  readonly fallback: number;
  readonly details: WatchedDetails;
}

function Rulers({ recent, fallback, details }: RulersProps): JSX.Element {
  const { floor, promised, evidence, amber, red } = details;
  const marks = [
    { name: "floor", value: floor },
    { name: "rules", value: fallback },
    { name: "promised", value: promised },
  ].filter((mark): mark is Mark => mark.value !== null);
  return (
    <div class="rulers">
      <AccuracyRuler measured={recent?.accuracy ?? null} low={recent?.low ?? null} high={recent?.high ?? null} marks={marks} />
      {evidence !== null && amber !== null && red !== null && <EvidenceMeter evidence={evidence} amber={amber} red={red} />}
    </div>
  );
}

function EvidenceFigure({ details }: { readonly details: WatchedDetails }): JSX.Element {
  const { evidence, red, recoveryEvidence } = details;
  const tone = evidence === null || details.amber === null || evidence < details.amber ? "neutral" : red !== null && evidence >= red ? "bad" : "warn";
  const note = recoveryEvidence === null ? falseAlarms(details.falseAlarmsAYear) : `of recovery: ${plainNumber(recoveryEvidence)}`;
  return <Figure label="Evidence against it" value={evidence === null ? fixed(null, 0) : plainNumber(evidence)} note={note} tone={tone} />;
}

function Remarks({ details }: { readonly details: WatchedDetails }): JSX.Element {
  return (
    <>
      {details.accused.length > 0 && <p>Accused on: {details.accused.join(", ")}.</p>}
      {details.assumed !== "" && <p class="muted small">What it promised is {details.assumed}.</p>}
      {details.nGivenUp !== null && details.nGivenUp > 0 && (
        <p class="muted small">{details.nGivenUp === 1 ? "One forecast counts for nobody: its bar" : `${count(details.nGivenUp)} forecasts count for nobody: their bars`} never came.</p>
      )}
    </>
  );
}

function Windows({ modelId, details }: { readonly modelId: string; readonly details: WatchedDetails }): JSX.Element {
  return (
    <details>
      <summary>Accuracy over other spans</summary>
      <DataTable
        caption={`How often ${modelId} was right, by the last bars`}
        isCaptionHidden
        rows={details.recent}
        rowKey={(row) => String(row.nBars)}
        columns={[
          { key: "bars", title: "Last bars", isRowHeader: true, cell: (row) => count(row.nBars) },
          { key: "settled", title: "Settled", numeric: true, cell: (row) => count(row.nSettled) },
          { key: "accuracy", title: "Right", numeric: true, cell: (row) => percent(row.accuracy) },
          { key: "interval", title: "95% interval", numeric: true, cell: (row) => intervalOf(row) },
          { key: "rules", title: "Rules", numeric: true, cell: (row) => percent(row.rulesAccuracy) },
        ]}
      />
    </details>
  );
}

function noteOf(model: WatchedModelAnswer): JSX.Element {
  const stage = model.stage ?? "unknown to the registry";
  return (
    <>
      {stage}
      {model.standing !== null && model.standing.as_of !== "" && (
        <>
          ; last settled bar <Instant at={model.standing.as_of} as="day" />
        </>
      )}
    </>
  );
}

function intervalOf(recent: RecentAccuracy | undefined): string {
  if (recent === undefined || recent.low === null || recent.high === null) {
    return "nothing settled yet";
  }
  return `${percent(recent.low)} to ${percent(recent.high)}`;
}

function keptOf(factor: number): string {
  return factor >= 1 ? "nothing is reduced" : `${percent(factor, { digits: 0 })} of its confidence is kept`;
}

/** What an e-value means: how often a sound model would come so far. */
export function falseAlarms(aYear: number | null): string {
  if (aYear === null) {
    return "nothing settled yet";
  }
  return aYear >= 12 ? "a sound model is often there" : `false alarms: at most ${aYear < 0.01 ? "0.01" : fixed(aYear, aYear < 10 ? 2 : 0)} a year`;
}
