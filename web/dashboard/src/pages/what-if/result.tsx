import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import type { Told } from "../../../../client/src/way";
import type { PredictionAnswer } from "../../api/schema";
import { CandleChart } from "../../charts";
import { makeFan } from "../../charts/fan";
import { Badge, Card, DataTable, Notice } from "../../shell/parts";
import { Loading } from "../../shell/states";
import { Direction } from "../../signals/parts";
import { sourceReason } from "../../signals/words";
import { ForecastCard } from "../symbol/forecast-card";
import { MembersCard } from "../symbol/members-card";
import { ProvenanceCard } from "../symbol/provenance-card";
import { SeenCard } from "../symbol/seen-card";
import { applyEdit, type Edit, findFault, isEdited, toChart } from "./edit";
import { EditCard } from "./edit-card";
import { type Finding, listFindings } from "./findings";
import type { Market } from "./market";
import type { Reading } from "./reading/read";
import type { Answers } from "./use-answers";

const MOST_DRAWN = 1500;
const REST_MILLISECONDS = 120;

interface ResultProps {
  readonly reading: Reading;
  readonly answers: Answers;
  /** An answer that tells which features moved it: the one that is shown, or the one shown before. */
  readonly why: Told | undefined;
  readonly edit: Edit;
  readonly onEdit: (edit: Edit) => void;
  readonly market: Market | undefined;
}

/** The answer, its chart, what was found, and what could be otherwise. */
export function Result({ reading, answers, why, edit, onEdit, market }: ResultProps): JSX.Element {
  const { plain, edited, closes } = answers;
  if (plain === undefined || closes === undefined) {
    return (
      <>
        <Card title="The answer">
          <div aria-busy="true">
            <Loading what="the bundles, and the engine that runs them" lines={6} />
          </div>
        </Card>
        <Findings findings={listFindings(reading, undefined)} />
      </>
    );
  }
  const isChanged = isEdited(reading.bars, edit) && edited !== undefined;
  const shown = isChanged ? edited : plain;
  return (
    <div class="what-if">
      <div class="stack what-if-told">
        <AnswerHead told={shown} isChanged={isChanged} />
        {/* The client's answers are the service's own JSON. */}
        <ForecastCard answer={shown.prediction as PredictionAnswer} />
        <WhyCard shown={shown} why={why} />
        <ProvenanceCard answer={shown.prediction as PredictionAnswer} stored={undefined} />
      </div>
      <div class="stack what-if-seen">
        <EditCard bars={reading.bars} edit={edit} onEdit={onEdit} plain={plain} edited={edited} />
        <ChartCard reading={reading} closes={closes} edit={edit} told={shown} market={market} />
        <Findings findings={listFindings(reading, plain)} />
      </div>
    </div>
  );
}

function AnswerHead({ told, isChanged }: { readonly told: Told; readonly isChanged: boolean }): JSX.Element {
  const answer = told.prediction as PredictionAnswer;
  return (
    <Card title={isChanged ? "The answer, what if" : "The answer"} class="answer" actions={<Direction direction={answer.direction} isLarge />}>
      <p role="status">
        {sourceReason(answer)} Computed in this page.
      </p>
      {answer.source.kind === "model" && answer.source.age_days === 0 && (
        <Notice tone="warn" title="The model is younger than these bars">
          <p>It may have learnt from them, so that it says little how well it does on them.</p>
        </Notice>
      )}
      {told.detours.length > 0 && (
        <Notice tone="warn" title="Not everything could be computed here">
          <ul>
            {told.detours.map((detour) => (
              <li key={detour.stage}>{detour.detail}</li>
            ))}
          </ul>
        </Notice>
      )}
    </Card>
  );
}

/** Which features moved the answer; those of the answer before stand until those of this one are known. */
function WhyCard({ shown, why }: { readonly shown: Told; readonly why: Told | undefined }): JSX.Element | null {
  if (shown.prediction.source.kind !== "model") {
    return null;
  }
  if (why === undefined) {
    return (
      <Card title="What the model saw">
        <div aria-busy="true">
          <Loading what="what each feature did to the answer" lines={6} />
        </div>
      </Card>
    );
  }
  const isOld = why.prediction.prediction_id !== shown.prediction.prediction_id;
  return (
    <div class={isOld ? "seen-before" : undefined} aria-busy={isOld}>
      <SeenCard answer={why.prediction as PredictionAnswer} />
      <MembersCard answer={why.prediction as PredictionAnswer} />
    </div>
  );
}

interface ChartCardProps {
  readonly reading: Reading;
  readonly closes: Float64Array;
  readonly edit: Edit;
  readonly told: Told;
  readonly market: Market | undefined;
}

function ChartCard({ reading, closes, market, ...latest }: ChartCardProps): JSX.Element {
  const { edit, told } = useSettled({ edit: latest.edit, told: latest.told }, latest.told);
  const { prediction } = told;
  const bars = useMemo(() => {
    const edited = findFault(edit) === null ? applyEdit(reading.bars, edit) : reading.bars;
    return toChart(edited, closes, { symbol: prediction.symbol, calendar: market?.calendar ?? "" }, MOST_DRAWN);
    // Drawn anew with the answer that belongs to it.
  }, [reading, closes, prediction.prediction_id]);
  const fan = useMemo(() => makeFan(prediction), [prediction.prediction_id]);
  return (
    <Card title="The bars">
      <CandleChart label="Price of the file's bars" bars={bars} fan={fan} target={prediction.target} stop={prediction.stop} />
    </Card>
  );
}

/** Return a value once it has stood for a moment: to draw is more work than to answer. */
function useSettled<Value>(value: Value, mark: unknown): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(value);
    }, REST_MILLISECONDS);
    return () => {
      clearTimeout(timer);
    };
  }, [mark]);
  return settled;
}

function Found({ finding }: { readonly finding: Finding }): JSX.Element {
  return (
    <>
      {finding.what}
      {finding.hint !== "" && <p class="muted small">What to do: {finding.hint}</p>}
    </>
  );
}

function Findings({ findings }: { readonly findings: readonly Finding[] }): JSX.Element {
  return (
    <Card title="What was found">
      <DataTable
        caption="Findings in the file and its bars, the gravest first"
        isCaptionHidden
        rows={findings}
        rowKey={(finding) => finding.key}
        columns={[
          { key: "kind", title: "What", cell: (finding) => <Badge tone={finding.tone}>{finding.kind}</Badge> },
          { key: "where", title: "Where", isRowHeader: true, cell: (finding) => finding.where },
          { key: "found", title: "Found", cell: (finding) => <Found finding={finding} /> },
        ]}
      />
    </Card>
  );
}
