/** What every chart has in common: its place, its colours, its end. */

import type { ChartOptions, DeepPartial, IChartApi } from "lightweight-charts";
import { ColorType, createChart, CrosshairMode, LineStyle } from "lightweight-charts";
import { useEffect, useRef } from "preact/hooks";

import { useTheme } from "../app/theme";
import { fade, type Palette, readPalette } from "./palette";

/** Draws on a new chart, and may return what is to be done at its end. */
export type Draw = (chart: IChartApi, palette: Palette) => (() => void) | undefined;

/**
 * Return the place for a chart, which is drawn anew when a dependency or the theme changes. It
 * fits its place by itself, however that is resized.
 */
export function useChart(draw: Draw, dependencies: readonly unknown[]): { readonly current: HTMLDivElement | null } {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    if (place.current === null) {
      return undefined;
    }
    const palette = readPalette();
    const chart = createChart(place.current, optionsOf(palette));
    const end = draw(chart, palette);
    return () => {
      end?.();
      chart.remove();
    };
  }, [theme, ...dependencies]);
  return place;
}

function optionsOf(palette: Palette): DeepPartial<ChartOptions> {
  const crosshair = { color: palette.line, labelBackgroundColor: palette.volume, style: LineStyle.Dashed };
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: palette.text,
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      // The mark brings a style element of its own, which the page's policy refuses; the maker of
      // the charts is named in the footer instead.
      attributionLogo: false,
    },
    grid: { vertLines: { visible: false }, horzLines: { color: palette.grid } },
    crosshair: { mode: CrosshairMode.Magnet, vertLine: crosshair, horzLine: crosshair },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderColor: fade(palette.line, 0.6), rightOffset: 2, minBarSpacing: 0.5 },
    handleScroll: { vertTouchDrag: false },
    handleScale: { mouseWheel: false },
  };
}
