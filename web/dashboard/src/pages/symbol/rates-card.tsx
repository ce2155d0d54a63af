import type { JSX } from "preact";

import { count, percent } from "../../format";
import { Card, type Column, DataTable } from "../../shell/parts";
import type { Resource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { HIGH, MIDDLE } from "../../signals/confidence";
import { type HitRate, type HitRates, rangeOf } from "../../signals/hit-rates";

type Rated = Pick<HitRate, "n" | "rate" | "low" | "high">;

const BAND_TITLES = { high: `High, from ${HIGH}`, middle: `Medium, from ${MIDDLE}`, low: `Low, below ${MIDDLE}` } as const;

const COLUMNS: readonly Column<HitRate>[] = [
  { key: "source", title: "Source", isRowHeader: true, cell: (rate) => (rate.kind === "rules" ? "Rules" : rate.source) },
  { key: "all", title: "Any confidence", numeric: true, cell: (rate) => <Rate rated={rate} /> },
  ...(["high", "middle", "low"] as const).map((name) => ({
    key: name,
    title: BAND_TITLES[name],
    numeric: true,
    cell: (rate: HitRate) => <Rate rated={rate.bands.find((band) => band.name === name)} />,
  })),
];

/** How often each source was right about this market, by how confident it was. */
export function RatesCard({ rates, interval, horizonBars }: { readonly rates: Resource<HitRates>; readonly interval: string; readonly horizonBars: number }): JSX.Element {
  const isMeant = (rate: HitRate): boolean => rate.interval === interval && rate.horizon_bars === horizonBars;
  return (
    <Card title="How often they were right" note="Measured on paper forecasts of every watched source, one a bar, whether or not anybody asked. In brackets, where the true share lies with 95% confidence.">
      <Shown
        resource={rates}
        what="hit rates"
        empty={(found) => !found.some(isMeant)}
        emptyText={<p>Nothing was measured on this market yet: a source is measured while it is watched.</p>}
      >
        {(found) => (
          <DataTable
            caption="Share of right directions by source and confidence"
            isCaptionHidden
            columns={COLUMNS}
            rows={found.filter(isMeant)}
            rowKey={(rate) => rate.source}
          />
        )}
      </Shown>
    </Card>
  );
}

function Rate({ rated }: { readonly rated: Rated | undefined }): JSX.Element {
  if (rated === undefined || rated.rate === null) {
    return <span class="muted">none yet</span>;
  }
  return (
    <>
      {percent(rated.rate)}
      <br />
      <span class="muted small">
        of {count(rated.n)}
        {rangeOf(rated)}
      </span>
    </>
  );
}
