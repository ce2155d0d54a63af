/** What the price chart draws on the library's canvas. */

import {
  type AutoscaleInfo,
  CandlestickSeries,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";

import { Band } from "./band-primitive";
import type { Candle } from "./candles";
import type { Fan } from "./fan";
import { nextCloses } from "./horizon";
import { type Mark, type Outcome, SIGNS } from "./marks";
import { fade, type Palette } from "./palette";

const VOLUME_SHARE = 0.18;

/** How many digits a price of this size is written with. */
export function precisionOf(price: number): number {
  return price >= 1 ? 2 : Math.min(8, 3 - Math.floor(Math.log10(Math.max(price, 1e-8))));
}

/** Draw the bars, with their volume below. */
export function drawBars(chart: IChartApi, palette: Palette, candles: readonly Candle[]): ISeriesApi<"Candlestick"> {
  const precision = precisionOf(candles.at(-1)?.close ?? 1);
  const series = chart.addSeries(CandlestickSeries, {
    upColor: palette.up,
    downColor: palette.down,
    borderVisible: false,
    wickUpColor: palette.up,
    wickDownColor: palette.down,
    priceLineVisible: false,
    priceFormat: { type: "price", precision, minMove: 10 ** -precision },
  });
  series.setData(candles.map(({ time, open, high, low, close }) => ({ time, open, high, low, close })));
  series.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: VOLUME_SHARE + 0.06 } });
  const volume = chart.addSeries(HistogramSeries, {
    color: palette.volume,
    priceScaleId: "volume",
    priceFormat: { type: "volume" },
    priceLineVisible: false,
    lastValueVisible: false,
  });
  volume.setData(candles.map(({ time, volume: value }) => ({ time, value })));
  chart.priceScale("volume").applyOptions({ scaleMargins: { top: 1 - VOLUME_SHARE, bottom: 0 } });
  return series;
}

/** Draw the fan behind the last bar, its ends named on the axis. */
export function drawFan(chart: IChartApi, palette: Palette, fan: Fan, last: UTCTimestamp, nexts: readonly UTCTimestamp[]): void {
  const times = [last, ...nexts];
  const points = fan.points.flatMap((point) => {
    const time = times[point.barsAhead];
    return time === undefined ? [] : [{ ...point, time }];
  });
  const middle = chart.addSeries(LineSeries, {
    color: palette.fan,
    lineWidth: 2,
    lineStyle: LineStyle.Dotted,
    priceLineVisible: false,
    lastValueVisible: false,
    crosshairMarkerVisible: false,
  });
  middle.setData(points.map((point) => ({ time: point.time, value: point.middle })));
  middle.attachPrimitive(new Band(points, fade(palette.fan, 0.28)));
  const end = points.at(-1);
  if (end !== undefined) {
    for (const price of [end.low, end.high]) {
      middle.createPriceLine({ price, color: palette.fan, lineVisible: false, axisLabelVisible: true, axisLabelTextColor: palette.surface });
    }
  }
}

/** Draw where the answer places its target and its stop. */
export function drawLevels(series: ISeriesApi<"Candlestick">, palette: Palette, target: number | null, stop: number | null): void {
  const levels = [
    { price: target, title: "target", color: palette.good },
    { price: stop, title: "stop", color: palette.bad },
  ];
  const told = levels.flatMap(({ price }) => price ?? []);
  for (const { price, title, color } of levels) {
    if (price !== null) {
      series.createPriceLine({ price, title, color, lineWidth: 1, lineStyle: LineStyle.Dashed, axisLabelTextColor: palette.surface });
    }
  }
  // A level out of sight would be no level.
  series.applyOptions({ autoscaleInfoProvider: (own: () => AutoscaleInfo | null) => widen(own(), told) });
}

function widen(info: AutoscaleInfo | null, levels: readonly number[]): AutoscaleInfo | null {
  const range = info?.priceRange;
  if (info === null || range == null) {
    return info;
  }
  const minValue = Math.min(range.minValue, ...levels);
  return { ...info, priceRange: { minValue, maxValue: Math.max(range.maxValue, ...levels) } };
}

/** Draw what was said at earlier bars, and what became of it. */
export function drawMarks(series: ISeriesApi<"Candlestick">, palette: Palette, marks: readonly Mark[]): void {
  const colours: Readonly<Record<Outcome, string>> = {
    hit: palette.good,
    miss: palette.bad,
    pending: palette.fan,
    void: palette.neutral,
    neither: palette.neutral,
  };
  const drawn = marks.map((mark): SeriesMarker<Time> => {
    const isBuy = mark.direction === "BUY";
    return {
      time: mark.time,
      position: isBuy ? "belowBar" : "aboveBar",
      shape: isBuy ? "arrowUp" : "arrowDown",
      color: colours[mark.outcome],
      text: SIGNS[mark.outcome],
      size: 0.7,
    };
  });
  createSeriesMarkers(series, drawn);
}

/** Return the closes that a fan reaches over. */
export function closesOf(fan: Fan, last: UTCTimestamp, bars: { readonly interval: string; readonly calendar: string }, sessions: readonly number[]): UTCTimestamp[] {
  return nextCloses(last, fan.points.length - 1, bars.interval, bars.calendar, sessions);
}
