import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import type { ModelAnswer } from "../../api/schema";
import { hrefOf } from "../../app/router";
import { type Line, LineChart } from "../../charts";
import { Badge, Card, DataTable, Notice } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { growthOf } from "./charts";
import { compare, compareYears, type ComparisonRow, type Side, tellCaution, tellDifference } from "./compare";
import { loadVerdict } from "./model-view";
import { toneOf } from "./words";

interface CompareViewProps {
  readonly one: ModelAnswer;
  readonly other: ModelAnswer;
}

/** Two models side by side. */
export function CompareView({ one, other }: CompareViewProps): JSX.Element {
  const verdicts = useResource(
    (signal) => Promise.all([loadVerdict(one.model_id, signal), loadVerdict(other.model_id, signal)]),
    [one.model_id, other.model_id, one.changed_at, other.changed_at],
  );
  return (
    <Shown resource={verdicts} what="both verdicts" lines={10}>
      {([first, second]) => <Comparison one={{ model: one, verdict: first }} other={{ model: other, verdict: second }} />}
    </Shown>
  );
}

function Comparison({ one, other }: { readonly one: Side; readonly other: Side }): JSX.Element {
  const caution = tellCaution(one, other);
  const years = compareYears(one, other);
  return (
    <div class="stack">
      {caution !== undefined && (
        <Notice tone="warn" title="Read with care">
          <p>{caution}</p>
        </Notice>
      )}
      <Card title="Side by side" note={tellDifference(one, other)}>
        <SideTable one={one} other={other} rows={compare(one, other)} />
        <p class="muted small">In bold: the better of two figures, which may well be chance where the intervals overlap.</p>
      </Card>
      <GrowthCard one={one} other={other} />
      {years.length > 0 && (
        <Card title="Year by year">
          <DataTable
            caption="Information coefficient and return after costs, year by year"
            rows={years}
            rowKey={(row) => String(row.year)}
            columns={[
              { key: "year", title: "Year", isRowHeader: true, cell: (row) => row.year },
              { key: "ic0", title: `IC, ${one.model.model_id}`, numeric: true, cell: (row) => row.coefficients[0].text },
              { key: "ic1", title: `IC, ${other.model.model_id}`, numeric: true, cell: (row) => row.coefficients[1].text },
              { key: "return0", title: `Return, ${one.model.model_id}`, numeric: true, cell: (row) => row.returns[0].text },
              { key: "return1", title: `Return, ${other.model.model_id}`, numeric: true, cell: (row) => row.returns[1].text },
            ]}
          />
        </Card>
      )}
    </div>
  );
}

interface SideTableProps {
  readonly one: Side;
  readonly other: Side;
  readonly rows: readonly ComparisonRow[];
}

function SideTable({ one, other, rows }: SideTableProps): JSX.Element {
  return (
    <div class="table-frame" role="region" aria-label="Two models side by side" tabIndex={0}>
      <table class="sides">
        <caption class="visually-hidden">Two models side by side</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            {[one, other].map(({ model }) => (
              <th key={model.model_id} scope="col">
                <a class="model-link" href={hrefOf("models", [model.model_id])}>{model.model_id}</a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              {row.texts.map((text, side) => (
                <td key={side}>{row.name === "Verdict" ? <Badge tone={toneOf(text)}>{text}</Badge> : row.ahead === side ? <strong>{text}</strong> : text}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function GrowthCard({ one, other }: { readonly one: Side; readonly other: Side }): JSX.Element | null {
  const lines = useMemo(
    () =>
      [one, other].flatMap(({ model, verdict }): Line[] =>
        growthOf(verdict?.beside?.equity)
          .filter((line) => !(line.isDashed ?? false))
          .map((line) => ({ ...line, name: model.model_id })),
      ),
    [one.verdict, other.verdict],
  );
  return lines.length === 0 ? null : (
    <Card title="Growth of 100" note="Following every signal out of sample, after costs. The curves are shown; they decide nothing.">
      <LineChart label="Growth of 100 out of sample, after costs" lines={lines} />
    </Card>
  );
}
