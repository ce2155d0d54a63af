import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { SnapshotAnswer, SnapshotsAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { hrefOf, type Route } from "../../app/router";
import { count } from "../../format";
import { Card, DataTable, Digest, Instant, Notice, PageHeader } from "../../shell/parts";
import "../../shell/lists.css";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { tellChange } from "./grades";
import { GradeBadge } from "./grade-badge";
import { QualityCard } from "./quality-card";

const A_PAGE = 1000;
const FIRST_ROWS = 15;
const MORE_ROWS = 100;

/** One market: every snapshot of it, and the quality report of one. */
export function MarketPage({ symbol, route }: { readonly symbol: string; readonly route: Route }): JSX.Element {
  const interval = route.query.get("interval") ?? undefined;
  const snapshots = useResource((signal) => askSnapshots(symbol, interval, signal), [symbol, interval]);
  const wanted = route.query.get("snapshot");
  return (
    <>
      <PageHeader title={symbol} lead={`Stored bars${interval === undefined ? "" : ` of ${interval}`}: every import, what it changed, and how good it is.`}>
        <a class="button" href={hrefOf("data")}>
          All markets
        </a>
        <a class="button" href={hrefOf("symbol", [symbol], interval === undefined ? {} : { interval })}>
          Chart and forecast
        </a>
      </PageHeader>
      <div class="stack">
        <Shown
          resource={snapshots}
          what="snapshots"
          lines={6}
          empty={(found) => found.length === 0}
          emptyText={<p>No bars of this market are stored.</p>}
        >
          {(found) => <Snapshots snapshots={found} shown={found.find((one) => one.digest === wanted) ?? found[0]} />}
        </Shown>
      </div>
    </>
  );
}

interface SnapshotsProps {
  /** The latest first. */
  readonly snapshots: readonly SnapshotAnswer[];
  readonly shown: SnapshotAnswer | undefined;
}

function Snapshots({ snapshots, shown }: SnapshotsProps): JSX.Element {
  const [nShown, setShown] = useState(FIRST_ROWS);
  return (
    <>
      {shown !== undefined && shown.broken !== null && (
        <Notice tone="bad" title="This snapshot is damaged">
          <p>{shown.broken}</p>
        </Notice>
      )}
      {shown !== undefined && <QualityCard key={shown.digest} snapshot={shown} isLatest={shown === snapshots[0]} />}
      <Card title="Snapshots" note="Each import is kept as it was; predictions and trainings name the digest they rest on.">
        <DataTable
          caption="Every import of this market, the latest first"
          isCaptionHidden
          rows={snapshots.slice(0, nShown)}
          rowKey={(one) => one.digest}
          columns={[
            { key: "number", title: "Import", isRowHeader: true, cell: (one) => <SnapshotLink snapshot={one} isShown={one === shown} />, sortBy: (one) => one.number },
            { key: "at", title: "Imported", cell: (one) => <Instant at={one.imported_at} />, sortBy: (one) => one.imported_at },
            { key: "grade", title: "Quality", cell: (one) => <GradeBadge grade={one.grade} /> },
            { key: "bars", title: "Bars", numeric: true, cell: (one) => count(one.n_bars), sortBy: (one) => one.n_bars },
            { key: "last", title: "Last bar", cell: (one) => <Instant at={one.last_closed_at} as="day" /> },
            { key: "change", title: "Against the one before", cell: (one) => tellChange(one.change) },
            { key: "source", title: "From", cell: (one) => one.source },
            { key: "digest", title: "Digest", cell: (one) => <Digest digest={one.digest} /> },
          ]}
        />
        {snapshots.length > nShown && (
          <div class="more">
            <button
              type="button"
              class="button"
              onClick={() => {
                setShown(nShown + MORE_ROWS);
              }}
            >
              Show more of {count(snapshots.length)} imports
            </button>
          </div>
        )}
      </Card>
    </>
  );
}

function SnapshotLink({ snapshot, isShown }: { readonly snapshot: SnapshotAnswer; readonly isShown: boolean }): JSX.Element {
  const href = hrefOf("data", [snapshot.symbol], { interval: snapshot.interval, snapshot: snapshot.digest });
  return (
    <a href={href} {...(isShown ? { "aria-current": "true" as const } : {})}>
      {snapshot.number}
      {isShown && <span class="muted small"> (shown)</span>}
    </a>
  );
}

/** The route lists the oldest first, and ends where the latest stands. */
async function askSnapshots(symbol: string, interval: string | undefined, signal: AbortSignal): Promise<readonly SnapshotAnswer[]> {
  const found: SnapshotAnswer[] = [];
  let after: string | undefined;
  do {
    const answer: SnapshotsAnswer = await getJson<SnapshotsAnswer>("/v1/data/snapshots", {
      query: { symbol, interval, limit: A_PAGE, after },
      signal,
    });
    found.push(...answer.snapshots);
    after = answer.next_after ?? undefined;
  } while (after !== undefined);
  return found.reverse();
}
