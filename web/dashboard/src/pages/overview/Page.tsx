import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { replaceQuery, type Route } from "../../app/router";
import { clock, count } from "../../format";
import { Figure, Figures, Notice, PageHeader } from "../../shell/parts";
import { useResource, type Resource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { type HitRates, loadHitRates } from "../../signals/hit-rates";
import { Filters } from "./filters";
import { SignalCard } from "./signal-card";
import { loadSignals, readWanted, selectSignals, type Signal, tally, type Wanted, writeWanted } from "./signals";

const REFRESH_SECONDS = 60;
const RATES_REFRESH_SECONDS = 600;

/** What the service says about every stored market. */
export default function Page({ route }: { readonly route: Route }): JSX.Element {
  const signals = useResource(loadSignals, [], { everySeconds: REFRESH_SECONDS });
  const rates = useResource(loadHitRates, [], { everySeconds: RATES_REFRESH_SECONDS });
  return (
    <>
      <PageHeader title="Overview" lead="What the service says about every stored market, who says it, and how often they were right.">
        {signals.refreshedAt !== undefined && <span class="muted small">as of {clock(signals.refreshedAt)}</span>}
        <button type="button" class="button" onClick={signals.reload} disabled={signals.state === "loading"}>
          Refresh
        </button>
      </PageHeader>
      <Shown resource={signals} what="signals" lines={8} empty={(found) => found.length === 0} emptyText={<NoMarkets />}>
        {(found) => <Signals signals={found} rates={rates} route={route} />}
      </Shown>
    </>
  );
}

interface SignalsProps {
  readonly signals: readonly Signal[];
  readonly rates: Resource<HitRates>;
  readonly route: Route;
}

function Signals({ signals, rates, route }: SignalsProps): JSX.Element {
  const wanted = readWanted(route.query);
  const shown = useMemo(() => selectSignals(signals, wanted), [signals, route.query.toString()]);
  const choose = (change: Partial<Wanted>): void => {
    replaceQuery(route, writeWanted({ ...wanted, ...change }));
  };
  return (
    <div class="stack">
      <Tallies signals={signals} />
      {rates.state === "failed" && rates.value === undefined && (
        <Notice tone="warn" title="How often the sources were right is not known at the moment">
          <p>{rates.failure?.message}</p>
        </Notice>
      )}
      <Filters wanted={wanted} onChoose={choose} nShown={shown.length} n={signals.length} />
      {shown.length === 0 ? (
        <div class="empty">
          <p>No market matches what is chosen.</p>
          <button
            type="button"
            class="button"
            onClick={() => {
              replaceQuery(route, {});
            }}
          >
            Show all
          </button>
        </div>
      ) : (
        <ul class="signals">
          {shown.map((signal) => (
            <li key={`${signal.snapshot.symbol} ${signal.snapshot.interval}`}>
              <SignalCard signal={signal} rates={rates} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Tallies({ signals }: { readonly signals: readonly Signal[] }): JSX.Element {
  const found = tally(signals);
  return (
    <section class="card tallies" aria-label="All markets together">
      <Figures>
        <Figure label="Markets" value={count(found.n)} />
        <Figure label="Answered by models" value={count(found.byModels)} note="that proved themselves" />
        <Figure label="Answered by the rules" value={count(found.byRules)} note="openly labelled" />
        {found.byNobody > 0 && <Figure label="Without a forecast" value={count(found.byNobody)} note="HOLD, with the reason" tone="warn" />}
        <Figure label="BUY · SELL · HOLD" value={`${count(found.buy)} · ${count(found.sell)} · ${count(found.hold)}`} />
      </Figures>
    </section>
  );
}

function NoMarkets(): JSX.Element {
  return (
    <>
      <p>No bars are stored yet, so that there is nothing to answer about.</p>
      <p>
        Bring some on the page <a href="#/data">Data</a>, or by <code>bellwether import bars.csv</code>.
      </p>
    </>
  );
}
