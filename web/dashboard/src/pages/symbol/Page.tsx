import "./symbol.css";

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { getJson, ProblemError } from "../../api/service";
import type { BarsAnswer, EntryAnswer, PredictionAnswer, SessionsAnswer } from "../../api/schema";
import { hrefOf, type Route } from "../../app/router";
import { CandleChart } from "../../charts";
import { makeFan } from "../../charts/fan";
import { makeMarks } from "../../charts/marks";
import { bars as writeBars, fixed, percent, price } from "../../format";
import { Card, Instant, Notice, PageHeader } from "../../shell/parts";
import { type Resource, useResource } from "../../shell/resource";
import { Failure, Shown } from "../../shell/states";
import { type HitRates, loadHitRates } from "../../signals/hit-rates";
import { Direction } from "../../signals/parts";
import { ForecastCard } from "./forecast-card";
import { Intervals } from "./intervals";
import { MembersCard } from "./members-card";
import { loadPast, trackCoverage } from "./past";
import { PastCard } from "./past-card";
import { ProvenanceCard } from "./provenance-card";
import { RatesCard } from "./rates-card";
import { SeenCard } from "./seen-card";

const REFRESH_SECONDS = 60;
const N_BARS = 1500;
const NEVER = new Promise<never>(() => undefined);

/** One market: its bars, its forecast, and what became of earlier ones. */
export default function Page({ route }: { readonly route: Route }): JSX.Element {
  const [symbol] = route.parts;
  if (symbol === undefined) {
    return (
      <>
        <PageHeader title="Which market?" lead="This page shows one market, and its address names none." />
        <p>
          <a href={hrefOf("overview")}>Choose one on the overview</a>
        </p>
      </>
    );
  }
  return <Market symbol={symbol} interval={route.query.get("interval") ?? "1d"} />;
}

function Market({ symbol, interval }: { readonly symbol: string; readonly interval: string }): JSX.Element {
  const name = encodeURIComponent(symbol);
  const every = { everySeconds: REFRESH_SECONDS };
  const answer = useResource((signal) => getJson<PredictionAnswer>(`/v1/predict/${name}`, { query: { interval, why: true }, signal }), [symbol, interval], every);
  const stored = useResource(
    (signal) => getJson<BarsAnswer>(`/v1/data/bars/${name}`, { query: { interval, last: N_BARS }, signal }),
    [symbol, interval, answer.value?.as_of],
  );
  // How far ahead is asked is known with the answer; where there is none, all of the past is shown.
  const horizon = answer.value?.horizon_bars;
  const isAwaited = horizon === undefined && answer.state === "loading";
  const past = useResource((signal) => (isAwaited ? NEVER : loadPast(symbol, interval, horizon, signal)), [symbol, interval, horizon, isAwaited], every);
  const rates = useResource((signal) => loadHitRates(signal, symbol), [symbol]);
  if (isUnknown(answer)) {
    return (
      <>
        <Crumb />
        <PageHeader title={symbol} lead="No bars of this market are stored." />
        <Failure failure={answer.failure} what={symbol} onRetry={answer.reload} />
      </>
    );
  }
  return (
    <>
      <Crumb />
      <PageHeader title={symbol} lead={<Lead answer={answer.value} interval={interval} />}>
        <Intervals symbol={symbol} chosen={interval} />
        {answer.value !== undefined && <Direction direction={answer.value.direction} isLarge />}
      </PageHeader>
      <div class="market">
        <div class="market-chart">
          <ChartCard symbol={symbol} stored={stored} answer={answer.value} past={past.value} />
        </div>
        <div class="market-told stack">
          <Shown resource={answer} what="the answer" lines={6}>
            {(found) => <Told answer={found} rates={rates} stored={stored.value} />}
          </Shown>
        </div>
        <div class="market-past stack">
          <PastCard past={past} />
          {answer.value !== undefined && <RatesCard rates={rates} interval={interval} horizonBars={answer.value.horizon_bars} />}
        </div>
      </div>
    </>
  );
}

/** Whether the service has no such market; then nothing else on the page could say more. */
function isUnknown(answer: Resource<PredictionAnswer>): answer is Resource<PredictionAnswer> & { failure: ProblemError } {
  return answer.value === undefined && answer.failure instanceof ProblemError && answer.failure.status === 404;
}

function Crumb(): JSX.Element {
  return (
    <p class="crumb">
      <a href={hrefOf("overview")}>Overview</a>
    </p>
  );
}

function Lead({ answer, interval }: { readonly answer: PredictionAnswer | undefined; readonly interval: string }): JSX.Element {
  if (answer === undefined) {
    return <>{interval} bars</>;
  }
  return (
    <>
      <strong>{price(answer.price)}</strong> at the close of <Instant at={answer.as_of} /> (<Instant at={answer.as_of} as="age" />
      ), {interval} bars, {writeBars(answer.horizon_bars)} ahead
    </>
  );
}

interface ToldProps {
  readonly answer: PredictionAnswer;
  readonly rates: Resource<HitRates>;
  readonly stored: BarsAnswer | undefined;
}

function Told({ answer, rates, stored }: ToldProps): JSX.Element {
  return (
    <>
      <ForecastCard answer={answer} rates={rates} />
      <SeenCard answer={answer} />
      <MembersCard answer={answer} />
      <ProvenanceCard answer={answer} stored={stored} />
    </>
  );
}

interface ChartCardProps {
  readonly symbol: string;
  readonly stored: Resource<BarsAnswer>;
  readonly answer: PredictionAnswer | undefined;
  readonly past: readonly EntryAnswer[] | undefined;
}

function ChartCard({ symbol, stored, answer, past }: ChartCardProps): JSX.Element {
  // Drawn anew when the answer is another one, not whenever it is asked for again.
  const fan = useMemo(() => (answer === undefined ? undefined : makeFan(answer)), [answer?.prediction_id]);
  const settled = past?.filter((entry) => entry.settlement !== null).length;
  const marks = useMemo(() => makeMarks(past ?? []), [past?.[0]?.number, settled]);
  const sessions = useSessions(stored.value);
  const coverage = trackCoverage(past ?? []);
  return (
    <Card
      title="Price and forecast"
      note={
        fan === undefined ? (
          "There is no forecast interval for this answer."
        ) : (
          <>
            The fan holds the price with a stated probability of {percent(fan.coverage, { digits: 0 })} after {writeBars(fan.points.length - 1)}.{" "}
            {coverage === undefined
              ? "How often that came true is not known yet."
              : `Of ${fixed(coverage.n, 0)} settled here, ${percent(coverage.share)} lay within theirs.`}
          </>
        )
      }
    >
      <Shown
        resource={stored}
        what="the bars"
        lines={10}
        empty={(found) => found.n_bars === 0}
        emptyText={<p>No bars of this market are stored.</p>}
      >
        {(found) => (
          <>
            {answer !== undefined && answer.as_of === null && (
              <Notice tone="warn" title="The answer rests on no bar of this chart" />
            )}
            <CandleChart label={`Price of ${symbol}`} bars={found} fan={fan} sessions={sessions} marks={marks} target={answer?.target ?? null} stop={answer?.stop ?? null} />
            {marks.length > 0 && <MarksKey />}
          </>
        )}
      </Shown>
    </Card>
  );
}

/** Return the closes of the sessions to come, in seconds: a daily fan steps over holidays. */
function useSessions(bars: BarsAnswer | undefined): readonly number[] | undefined {
  const last = bars?.interval === "1d" ? bars.closed_at.at(-1) : undefined;
  const found = useResource(
    (signal) => (last === undefined ? NEVER : getJson<SessionsAnswer>(`/v1/calendars/${encodeURI(bars?.calendar ?? "")}`, { query: { interval: "1d", since: last }, signal })),
    [bars?.calendar, last],
  );
  return useMemo(() => found.value?.closes_at.map((close) => close / 1e6), [found.value]);
}

function MarksKey(): JSX.Element {
  return (
    <p class="muted small marks-key">
      <span>Past predictions: ▲ said BUY, ▼ said SELL</span>
      <span class="text-good">✓ HIT</span>
      <span class="text-bad">✗ MISS</span>
      <span class="text-accent">… PENDING</span>
      <span>∅ VOID</span>
    </p>
  );
}
