import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { EntryAnswer } from "../../api/schema";
import { type Outcome, OUTCOME_WORDS, outcomeOf } from "../../charts/marks";
import { count, percent, points } from "../../format";
import { Badge, Card, type Column, DataTable, Figure, Figures, Instant, type Tone } from "../../shell/parts";
import type { Resource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { Direction } from "../../signals/parts";
import { sourceName } from "../../signals/words";
import { countPast, trackCoverage } from "./past";

const FEW_ROWS = 12;
const TONES: Readonly<Record<Outcome, Tone>> = { hit: "good", miss: "bad", pending: "neutral", void: "neutral", neither: "neutral" };

const COLUMNS: readonly Column<EntryAnswer>[] = [
  { key: "as_of", title: "Last bar", isRowHeader: true, cell: (entry) => <Instant at={entry.prediction.as_of} as="day" />, sortBy: (entry) => entry.prediction.as_of ?? "" },
  { key: "direction", title: "Said", cell: (entry) => <Direction direction={entry.prediction.direction} />, sortBy: (entry) => entry.prediction.direction },
  {
    key: "outcome",
    title: "Outcome",
    cell: (entry) => <Badge tone={TONES[outcomeOf(entry)]}>{OUTCOME_WORDS[outcomeOf(entry)]}</Badge>,
    sortBy: (entry) => OUTCOME_WORDS[outcomeOf(entry)],
  },
  { key: "return", title: "What came", numeric: true, cell: (entry) => percent(entry.settlement?.realized_return, { digits: 2, signed: true }), sortBy: (entry) => entry.settlement?.realized_return ?? null },
  { key: "chance", title: "Chance up", numeric: true, cell: (entry) => percent(entry.prediction.probability_up), sortBy: (entry) => entry.prediction.probability_up },
  { key: "confidence", title: "Confidence", numeric: true, cell: (entry) => points(confidenceOf(entry)), sortBy: confidenceOf },
  { key: "source", title: "By", cell: (entry) => sourceName(entry.prediction), sortBy: (entry) => sourceName(entry.prediction) },
];

/** HOLD is sure of nothing. */
function confidenceOf({ prediction }: EntryAnswer): number | null {
  return prediction.direction === "HOLD" ? null : prediction.confidence;
}

/** What was said before, and what became of it. */
export function PastCard({ past }: { readonly past: Resource<readonly EntryAnswer[]> }): JSX.Element {
  return (
    <Card title="Past predictions" note="Every answer that was given is in the journal, the wrong ones, too.">
      <Shown resource={past} what="past predictions" empty={(found) => found.length === 0} emptyText={<p>Nothing was said about this market before.</p>}>
        {(found) => (
          <div class="stack">
            <Counts entries={found} />
            <PastTable entries={found} />
          </div>
        )}
      </Shown>
    </Card>
  );
}

function PastTable({ entries }: { readonly entries: readonly EntryAnswer[] }): JSX.Element {
  const [isWhole, setIsWhole] = useState(false);
  const rows = isWhole ? entries : entries.slice(0, FEW_ROWS);
  return (
    <>
      <DataTable
        caption={rows.length < entries.length ? `The last ${rows.length} of ${count(entries.length)}` : "The latest first"}
        columns={COLUMNS}
        rows={rows}
        rowKey={(entry) => String(entry.number)}
      />
      {entries.length > FEW_ROWS && (
        <p>
          <button
            type="button"
            class="button"
            aria-expanded={isWhole}
            onClick={() => {
              setIsWhole(!isWhole);
            }}
          >
            {isWhole ? "Show fewer" : `Show all ${count(entries.length)}`}
          </button>
        </p>
      )}
    </>
  );
}

function Counts({ entries }: { readonly entries: readonly EntryAnswer[] }): JSX.Element {
  const found = countPast(entries);
  const coverage = trackCoverage(entries);
  return (
    <Figures>
      <Figure label="Right" value={percent(found.rate)} note={`${count(found.hits)} HIT, ${count(found.misses)} MISS`} />
      {coverage !== undefined && (
        <Figure label="Within the interval" value={percent(coverage.share)} note={`stated ${percent(coverage.stated, { digits: 0 })}, ${count(coverage.n)} settled`} />
      )}
      <Figure label="Pending" value={count(found.pending)} note="their bars are to come" />
      {found.voids + found.neither > 0 && <Figure label="Not judged" value={count(found.voids + found.neither)} note={`${count(found.voids)} VOID, ${count(found.neither)} HOLD or unmoved`} />}
    </Figures>
  );
}
