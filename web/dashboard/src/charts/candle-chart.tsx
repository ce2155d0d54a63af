import type { IChartApi, MouseEventParams } from "lightweight-charts";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { BarsAnswer } from "../api/schema";
import { count, day, instant, percent, price } from "../format";
import { type Candle, makeCandles } from "./candles";
import { closesOf, drawBars, drawFan, drawLevels, drawMarks } from "./candle-drawing";
import { CandleTable } from "./candle-table";
import type { Fan } from "./fan";
import { useChart } from "./frame";
import { secondsOf } from "./horizon";
import type { Mark } from "./marks";
import { RANGES, type RangeName, RangeSwitch } from "./ranges";

interface CandleChartProps {
  /** What is shown, for those who cannot see it. */
  readonly label: string;
  readonly bars: BarsAnswer;
  readonly fan?: Fan | undefined;
  /** Closes of the sessions behind the last bar, in seconds since 1970, where they are known. */
  readonly sessions?: readonly number[] | undefined;
  readonly marks?: readonly Mark[];
  readonly target?: number | null;
  readonly stop?: number | null;
}

const NARROW = 640;
const NO_MARKS: readonly Mark[] = [];
const NO_SESSIONS: readonly number[] = [];

/** Bars with volume, the forecast behind the last one, and what was said before. */
export function CandleChart(props: CandleChartProps): JSX.Element {
  const { label, bars, fan, sessions = NO_SESSIONS, marks = NO_MARKS, target = null, stop = null } = props;
  const candles = useMemo(() => makeCandles(bars), [bars]);
  const [range, setRange] = useState(firstRange);
  const [under, setUnder] = useState<Candle>();
  const chart = useRef<IChartApi>(undefined);
  const isDaily = (secondsOf(bars.interval) ?? 0) >= 86_400;
  const nFuture = fan === undefined ? 0 : fan.points.length - 1;

  const place = useChart(
    (drawn, palette) => {
      chart.current = drawn;
      drawn.timeScale().applyOptions({ timeVisible: !isDaily });
      const last = candles.at(-1);
      const series = drawBars(drawn, palette, candles);
      if (fan !== undefined && last !== undefined) {
        drawFan(drawn, palette, fan, last.time, closesOf(fan, last.time, bars, sessions));
      }
      drawLevels(series, palette, target, stop);
      drawMarks(series, palette, marks);
      showRange(drawn, candles, nFuture, range);
      return followPointer(drawn, candles, setUnder);
    },
    [candles, fan, sessions, marks, target, stop],
  );
  useEffect(() => {
    if (chart.current !== undefined) {
      showRange(chart.current, candles, nFuture, range);
    }
  }, [range]);

  return (
    <figure class="chart">
      <div class="chart-head">
        <Legend candle={under ?? candles.at(-1)} isDaily={isDaily} />
        <RangeSwitch chosen={range} onChoose={setRange} />
      </div>
      <div class="chart-canvas chart-tall" ref={place} role="img" aria-label={describe(label, candles, fan)} />
      <CandleTable candles={candles} fan={fan} marks={marks} isDaily={isDaily} />
    </figure>
  );
}

/** As many bars as there is room for with their marks. */
function firstRange(): RangeName {
  return innerWidth < NARROW ? "1 month" : "3 months";
}

function Legend({ candle, isDaily }: { readonly candle: Candle | undefined; readonly isDaily: boolean }): JSX.Element {
  if (candle === undefined) {
    return <p class="muted small">No bars</p>;
  }
  const at = candle.time * 1000;
  const parts: readonly (readonly [string, string])[] = [
    ["O", price(candle.open)],
    ["H", price(candle.high)],
    ["L", price(candle.low)],
    ["C", price(candle.close)],
    ["Vol", count(candle.volume)],
  ];
  return (
    <p class="chart-legend">
      <span>{isDaily ? day(at) : instant(at)}</span>
      {parts.map(([name, value]) => (
        <span key={name}>
          <span class="muted">{name}</span> {value}
        </span>
      ))}
    </p>
  );
}

function describe(label: string, candles: readonly Candle[], fan: Fan | undefined): string {
  const [first, last] = [candles[0], candles.at(-1)];
  if (first === undefined || last === undefined) {
    return `${label}: no bars`;
  }
  const told = `${label}: ${count(candles.length)} bars from ${day(first.time * 1000)} to ${day(last.time * 1000)}, last close ${price(last.close)}`;
  const end = fan?.points.at(-1);
  if (fan === undefined || end === undefined) {
    return `${told}. The same as a table below.`;
  }
  return `${told}; with ${percent(fan.coverage, { digits: 0 })} probability between ${price(end.low)} and ${price(end.high)} ${end.barsAhead} bars later. The same as a table below.`;
}

function showRange(chart: IChartApi, candles: readonly Candle[], nFuture: number, name: RangeName): void {
  const days = RANGES[name];
  const last = candles.at(-1)?.time ?? 0;
  const from = days === undefined ? 0 : candles.findIndex((candle) => candle.time >= last - days * 86_400);
  const first = Math.max(0, from);
  // Room beside the fan, for the names of the levels.
  const room = nFuture + 2 + (candles.length - first) * 0.1;
  chart.timeScale().setVisibleLogicalRange({ from: first - 0.5, to: candles.length + room });
}

function followPointer(chart: IChartApi, candles: readonly Candle[], show: (candle: Candle | undefined) => void): () => void {
  const look = (event: MouseEventParams): void => {
    show(event.logical === undefined ? undefined : candles[Math.round(event.logical)]);
  };
  chart.subscribeCrosshairMove(look);
  return () => {
    chart.unsubscribeCrosshairMove(look);
  };
}
