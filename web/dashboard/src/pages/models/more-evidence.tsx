import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { CurveChart, LineChart } from "../../charts";
import { percent } from "../../format";
import { Badge, Card, DataTable, Digest, Tabs } from "../../shell/parts";
import { contractOf, errorRateOf, judgedOf } from "./card";
import { growthOf, reliabilityOf, tellReliability } from "./charts";
import { full } from "./figure";
import { FiguresTable } from "./figure-table";
import { opinionsOf, tellOpinions } from "./opinions";
import { tableOfCoverage, tableOfStatements } from "./statements";
import { detailsOf, hitsOf, tableOfFloors, tableOfRegimes, tableOfYears } from "./tables";
import type { Verdict } from "./verdict";

interface MoreProps {
  readonly verdict: Verdict;
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** All else that is known of a verdict; none of it decides. */
export function MoreEvidence({ verdict, metrics }: MoreProps): JSX.Element {
  return (
    <Card title="All else that is known">
      <Tabs
        label="Parts of the evidence"
        tabs={[
          { id: "years", title: "Year by year", content: () => <Years verdict={verdict} /> },
          { id: "floors", title: "Against every floor", content: () => <Growth verdict={verdict} /> },
          { id: "contract", title: "Contract's numbers", content: () => <Contract verdict={verdict} /> },
          { id: "calibration", title: "Calibration", content: () => <Calibration verdict={verdict} metrics={metrics} /> },
          { id: "opinions", title: "Other tests", content: () => <Opinions verdict={verdict} /> },
          { id: "judged", title: "What was judged", content: () => <Judged verdict={verdict} /> },
        ]}
      />
    </Card>
  );
}

function Years({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const regimes = tableOfRegimes(verdict);
  return (
    <div class="stack">
      {verdict.by_year.length === 0 ? <p class="muted">The figures could not be computed.</p> : <FiguresTable table={tableOfYears(verdict)} />}
      {regimes.rows.length > 0 && <FiguresTable table={regimes} />}
    </div>
  );
}

function Growth({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const lines = useMemo(() => growthOf(verdict.beside?.equity), [verdict]);
  const floors = tableOfFloors(verdict);
  const details = detailsOf(verdict);
  return (
    <div class="stack">
      {lines.length === 0 ? (
        <p class="muted">No equity could be computed.</p>
      ) : (
        <LineChart label="Growth of 100 out of sample, after costs" lines={lines} />
      )}
      <p class="muted small">
        Out of sample, after costs of whatever is traded, following every BUY and SELL with the whole capital. The curve is
        shown; it decides nothing.
      </p>
      {floors.rows.length > 0 && <FiguresTable table={floors} />}
      {details.length > 0 && (
        <details>
          <summary>More figures</summary>
          <dl class="facts details">
            {details.map((fact) => (
              <div key={fact.name}>
                <dt>{fact.note === "" ? fact.name : `${fact.name}, ${fact.note}`}</dt>
                <dd>{full(fact.figure)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}

function Contract({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const numbers = contractOf(verdict);
  if (numbers.length === 0) {
    return <p class="muted">They could not be computed for this forecast.</p>;
  }
  return (
    <>
      <DataTable
        caption="The contract's three numbers"
        rows={numbers}
        rowKey={(one) => one.name}
        columns={[
          { key: "name", title: "Number", isRowHeader: true, cell: (one) => one.name },
          { key: "value", title: "Measured", numeric: true, cell: (one) => one.figure.text },
          { key: "interval", title: "Interval", cell: (one) => `${one.figure.interval} ${one.note}`.trim() },
          { key: "asked", title: "Asked", cell: (one) => one.bound },
          {
            key: "passed",
            title: "Result",
            cell: (one) => <Badge tone={one.passed ? "good" : "bad"}>{one.passed ? "within the contract" : "falls short"}</Badge>,
          },
        ]}
      />
      <p class="muted small">
        Out of sample, after costs, marked bar by bar. These numbers are shown for every model; on a short history a coin can
        pass them, so by themselves they prove little.
      </p>
    </>
  );
}

function Calibration({ verdict, metrics }: MoreProps): JSX.Element {
  const curves = useMemo(() => reliabilityOf(verdict.beside?.reliability), [verdict]);
  const hits = hitsOf(metrics);
  const [statements, coverage] = [tableOfStatements(verdict), tableOfCoverage(verdict)];
  return (
    <div class="stack">
      {curves.length === 0 ? (
        <p class="muted">This forecast states no probabilities.</p>
      ) : (
        <>
          <CurveChart
            label="Share of rises against the stated probability"
            xName="Stated probability of a rise"
            yName="Share of rises"
            curves={curves}
            writeX={(x) => percent(x, { digits: 0 })}
            writeY={(y) => percent(y, { digits: 0 })}
          />
          <p class="muted small">{tellReliability(verdict.beside?.reliability)}</p>
          {statements.rows.length > 0 && <FiguresTable table={statements} />}
        </>
      )}
      {coverage.rows.length === 0 ? (
        <p class="muted">It states no intervals, or was judged before they were counted.</p>
      ) : (
        <FiguresTable table={coverage} />
      )}
      {hits.length > 0 && (
        <DataTable
          caption="How often it was right out of sample, by the confidence it stated"
          rows={hits}
          rowKey={(one) => one.band}
          columns={[
            { key: "band", title: "Confidence", isRowHeader: true, cell: (one) => one.band },
            { key: "hits", title: "Right", numeric: true, cell: (one) => one.hits },
            { key: "settled", title: "Of", numeric: true, cell: (one) => one.settled },
            { key: "rate", title: "Hit rate", numeric: true, cell: (one) => percent(one.hits / one.settled) },
          ]}
        />
      )}
    </div>
  );
}

function Opinions({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const opinions = opinionsOf(verdict);
  if (opinions.length === 0) {
    return <p class="muted">No other test could be made.</p>;
  }
  return (
    <>
      <p class="muted opinions-lead">{tellOpinions(opinions)}</p>
      <DataTable
        caption="What other tests say"
        isCaptionHidden
        rows={opinions}
        rowKey={(one) => one.name}
        columns={[
          { key: "name", title: "Test", isRowHeader: true, cell: (one) => one.name },
          { key: "value", title: "Found", numeric: true, cell: (one) => full(one.figure) },
          { key: "asked", title: "Asked", cell: (one) => one.asked },
          {
            key: "speaks",
            title: "Says",
            cell: ({ speaks }) => (
              <Badge tone={speaks === true ? "good" : "neutral"}>
                {speaks === undefined ? "no answer" : speaks ? "speaks for skill" : "does not"}
              </Badge>
            ),
          },
          { key: "errs", title: "How it would err", cell: (one) => <span class="muted small">{one.errs}</span> },
        ]}
      />
    </>
  );
}

function Judged({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const rate = errorRateOf(verdict);
  return (
    <dl class="facts">
      {judgedOf(verdict).map(([name, words]) => (
        <Pair key={name} name={name}>{words}</Pair>
      ))}
      <Pair name={rate.name}>{`${full(rate.figure)}: ${rate.note}`}</Pair>
      <Pair name="Bars used (snapshot)"><Digest digest={verdict.snapshot} what="snapshot" /></Pair>
      <Pair name="Pipeline and its options"><Digest digest={verdict.pipeline} what="pipeline" /></Pair>
      <Pair name="Evidence"><Digest digest={verdict.evidence_digest} what="evidence" /></Pair>
      <Pair name="Gate's options"><Digest digest={verdict.options_digest} what="gate's options" /></Pair>
    </dl>
  );
}

function Pair({ name, children }: { readonly name: string; readonly children: JSX.Element | string }): JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
