import type { JSX } from "preact";

import type { SnapshotAnswer, SymbolsPageAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { hrefOf, type Route } from "../../app/router";
import { count } from "../../format";
import { Card, DataTable, Digest, Instant, PageHeader } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { GradeBadge } from "./grade-badge";
import { rankGrade } from "./grades";
import { ImportCard } from "./import-card";
import { MarketPage } from "./market-page";
import "../../jobs/jobs.css";
import "./data.css";

const A_PAGE = 1000;
const MOST_PAGES = 20;

/** What is stored, how good it is, and how more of it comes in. */
export default function Page({ route }: { readonly route: Route }): JSX.Element {
  const [symbol] = route.parts;
  return symbol === undefined ? <Markets /> : <MarketPage symbol={symbol} route={route} />;
}

function Markets(): JSX.Element {
  const markets = useResource(askMarkets, [], { everySeconds: 120 });
  const symbols = (markets.value ?? []).map((market) => market.symbol);
  return (
    <>
      <PageHeader title="Data" lead="Which bars are stored, how good they are, and where they came from." />
      <div class="stack">
        <Card title="Markets" note="The latest snapshot of each; older ones are kept, and can be trained on by their digest.">
          <Shown
            resource={markets}
            what="stored markets"
            lines={5}
            empty={(found) => found.length === 0}
            emptyText={
              <>
                <p>No bars are stored yet.</p>
                <p>
                  Import a file below, or call <code>bellwether import FILE</code>.
                </p>
              </>
            }
          >
            {(found) => <MarketsTable markets={found} />}
          </Shown>
        </Card>
        <ImportCard known={symbols} onStored={markets.reload} />
      </div>
    </>
  );
}

function MarketsTable({ markets }: { readonly markets: readonly SnapshotAnswer[] }): JSX.Element {
  return (
    <DataTable
      caption="Stored markets, by symbol and interval"
      isCaptionHidden
      rows={markets}
      rowKey={(one) => `${one.symbol} ${one.interval}`}
      columns={[
        { key: "symbol", title: "Market", isRowHeader: true, cell: (one) => <MarketLink market={one} />, sortBy: (one) => one.symbol },
        { key: "grade", title: "Quality", cell: (one) => <GradeBadge grade={one.grade} />, sortBy: (one) => rankGrade(one.grade) },
        { key: "bars", title: "Bars", numeric: true, cell: (one) => count(one.n_bars), sortBy: (one) => one.n_bars },
        { key: "first", title: "First", cell: (one) => <Instant at={one.first_closed_at} as="day" />, sortBy: (one) => one.first_closed_at },
        { key: "last", title: "Last", cell: (one) => <LastBar snapshot={one} />, sortBy: (one) => one.last_closed_at },
        { key: "refused", title: "Refused rows", numeric: true, cell: (one) => count(one.n_refused), sortBy: (one) => one.n_refused },
        { key: "source", title: "From", cell: (one) => <Origin snapshot={one} /> },
        { key: "digest", title: "Digest", cell: (one) => <Digest digest={one.digest} /> },
      ]}
    />
  );
}

function MarketLink({ market }: { readonly market: SnapshotAnswer }): JSX.Element {
  return (
    <>
      <a href={hrefOf("data", [market.symbol], { interval: market.interval })}>{market.symbol}</a> <span class="muted">{market.interval}</span>
    </>
  );
}

function LastBar({ snapshot }: { readonly snapshot: SnapshotAnswer }): JSX.Element {
  return (
    <span class="two-lines">
      <Instant at={snapshot.last_closed_at} as="day" />
      <span class="muted small">
        <Instant at={snapshot.last_closed_at} as="age" />
      </span>
    </span>
  );
}

function Origin({ snapshot }: { readonly snapshot: SnapshotAnswer }): JSX.Element {
  return (
    <span class="two-lines">
      {snapshot.source}
      <span class="muted small">
        imported <Instant at={snapshot.imported_at} as="age" />
      </span>
    </span>
  );
}

async function askMarkets(signal: AbortSignal): Promise<readonly SnapshotAnswer[]> {
  const found: SnapshotAnswer[] = [];
  let after: number | null = 0;
  for (let page = 0; page < MOST_PAGES && after !== null; page += 1) {
    const answer: SymbolsPageAnswer = await getJson<SymbolsPageAnswer>("/v1/data/symbols", { query: { limit: A_PAGE, after }, signal });
    found.push(...answer.symbols);
    after = answer.next_after;
  }
  return found;
}
