/** A filled band between two lines, which the library of charts has not of itself. */

import type {
  AutoscaleInfo,
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesPrimitive,
  SeriesAttachedParameter,
  Time,
} from "lightweight-charts";

/** Where the band is at one instant. */
export interface BandPoint<At = Time> {
  readonly time: At;
  readonly low: number;
  readonly high: number;
}

type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

interface Place {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** Fills between low and high behind the series it is attached to. */
export class Band implements ISeriesPrimitive {
  readonly #points: readonly BandPoint[];
  readonly #colour: string;
  #attached: SeriesAttachedParameter | undefined;

  constructor(points: readonly BandPoint[], colour: string) {
    this.#points = points;
    this.#colour = colour;
  }

  attached(parameter: SeriesAttachedParameter): void {
    this.#attached = parameter;
  }

  detached(): void {
    this.#attached = undefined;
  }

  updateAllViews(): void {
    // Places are worked out as it is drawn.
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return [{ zOrder: () => "bottom", renderer: () => ({ draw: (target) => { this.#draw(target); } }) }];
  }

  /** Keep the whole band in sight. */
  autoscaleInfo(): AutoscaleInfo | null {
    if (this.#points.length === 0) {
      return null;
    }
    const minValue = Math.min(...this.#points.map((point) => point.low));
    const maxValue = Math.max(...this.#points.map((point) => point.high));
    return { priceRange: { minValue, maxValue } };
  }

  #draw(target: Target): void {
    const places = this.#place();
    if (places.length < 2) {
      return;
    }
    target.useMediaCoordinateSpace(({ context }) => {
      context.beginPath();
      places.forEach((place) => { context.lineTo(place.x, place.high); });
      [...places].reverse().forEach((place) => { context.lineTo(place.x, place.low); });
      context.closePath();
      context.fillStyle = this.#colour;
      context.fill();
    });
  }

  #place(): Place[] {
    const { chart, series } = this.#attached ?? {};
    if (chart === undefined || series === undefined) {
      return [];
    }
    return this.#points.flatMap((point) => {
      const x = chart.timeScale().timeToCoordinate(point.time);
      const [low, high] = [series.priceToCoordinate(point.low), series.priceToCoordinate(point.high)];
      return x === null || low === null || high === null ? [] : [{ x, low, high }];
    });
  }
}
