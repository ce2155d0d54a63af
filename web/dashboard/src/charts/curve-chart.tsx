import type { JSX } from "preact";
import { useId, useRef } from "preact/hooks";

import { DataTable } from "../shell/parts";
import { axisTicks, pathOf } from "./curve-places";
import { thin } from "./lines";
import type { ColourName } from "./palette";
import { useWidth } from "./use-width";

/** One curve over numbers, such as power over years of history. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly colour?: ColourName;
  readonly isDashed?: boolean;
}

export interface CurveChartProps {
  /** What is shown, for those who cannot see it. */
  readonly label: string;
  readonly xName: string;
  readonly yName: string;
  readonly curves: readonly Curve[];
  readonly writeX?: (x: number) => string;
  readonly writeY?: (y: number) => string;
  /** What is seen of the y axis; by default all values. */
  readonly yRange?: readonly [least: number, most: number];
  /** Levels that matter, drawn across. */
  readonly levels?: readonly { readonly y: number; readonly name: string }[];
  /** Places that matter, drawn upright. */
  readonly places?: readonly { readonly x: number; readonly name: string }[];
}

const HEIGHT = 280;
const MARGIN = { left: 48, right: 12, top: 14, bottom: 40 };
const COLOURS: readonly ColourName[] = ["fan", "second", "third", "good", "bad", "neutral"];
const TICK_WIDTH = 80;
const N_ROWS = 24;

/** Curves over numbers. Over time, take a LineChart. */
export function CurveChart(props: CurveChartProps): JSX.Element {
  const { curves, label, xName, yName, writeX = String, writeY = String } = props;
  const clip = useId();
  const place = useRef<HTMLElement>(null);
  const width = useWidth(place);
  const view = viewOf(props, width);
  const right = width - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  return (
    <figure class="chart" ref={place}>
      <ul class="chart-key">
        {curves.map((curve, number) => (
          <li key={curve.name} class={`key-${curve.colour ?? COLOURS[number % COLOURS.length]!}`}>
            <svg class="key-sign" viewBox="0 0 20 8" aria-hidden="true">
              <path class={curve.isDashed === true ? "key-line key-dashed" : "key-line"} d="M1 4h18" />
            </svg>
            {curve.name}
          </li>
        ))}
      </ul>
      <svg class="curves" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={`${label}. The same as a table below.`}>
        <clipPath id={clip}>
          <rect x={MARGIN.left} y={MARGIN.top} width={right - MARGIN.left} height={bottom - MARGIN.top} />
        </clipPath>
        {axisTicks(...view.y, 5).map((y) => (
          <g key={y}>
            <line class="curve-grid" x1={MARGIN.left} x2={right} y1={view.placeY(y)} y2={view.placeY(y)} />
            <text class="curve-tick" x={MARGIN.left - 8} y={view.placeY(y) + 4} text-anchor="end">{writeY(y)}</text>
          </g>
        ))}
        {axisTicks(...view.x, Math.min(10, width / TICK_WIDTH)).map((x) => (
          <text key={x} class="curve-tick" x={view.placeX(x)} y={bottom + 16} text-anchor="middle">{writeX(x)}</text>
        ))}
        <text class="curve-name" x={MARGIN.left} y={10}>{yName}</text>
        <text class="curve-name" x={right} y={HEIGHT - 4} text-anchor="end">{xName}</text>
        <g clip-path={`url(#${clip})`}>
          {curves.map((curve, number) => (
            <path
              key={curve.name}
              class={`curve key-${curve.colour ?? COLOURS[number % COLOURS.length]!}${curve.isDashed === true ? " key-dashed" : ""}`}
              d={pathOf(curve.points, view.placeX, view.placeY)}
            />
          ))}
        </g>
        <Guides {...props} view={view} right={right} />
      </svg>
      <CurveTable {...props} />
    </figure>
  );
}

interface View {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly placeX: (x: number) => number;
  readonly placeY: (y: number) => number;
}

function Guides({ levels = [], places = [], view, right }: CurveChartProps & { readonly view: View; readonly right: number }): JSX.Element {
  const bottom = HEIGHT - MARGIN.bottom;
  return (
    <>
      {levels.map(({ y, name }) => (
        <g key={name}>
          <line class="curve-guide" x1={MARGIN.left} x2={right} y1={view.placeY(y)} y2={view.placeY(y)} />
          <text class="curve-name" x={right - 4} y={view.placeY(y) - 5} text-anchor="end">{name}</text>
        </g>
      ))}
      {places.map(({ x, name }) => (
        <g key={name}>
          <line class="curve-guide" x1={view.placeX(x)} x2={view.placeX(x)} y1={MARGIN.top} y2={bottom} />
          <text class="curve-name" x={view.placeX(x) + 5} y={MARGIN.top + 16}>{name}</text>
        </g>
      ))}
    </>
  );
}

function CurveTable({ label, curves, xName, writeX = String, writeY = String }: CurveChartProps): JSX.Element {
  const xs = [...new Set(curves.flatMap((curve) => curve.points.map(([x]) => x)))].sort((one, other) => one - other);
  const values = curves.map((curve) => new Map(curve.points));
  return (
    <details class="chart-table">
      <summary>The chart as a table</summary>
      <DataTable
        caption={label}
        rowKey={String}
        rows={thin(xs, N_ROWS)}
        columns={[
          { key: "x", title: xName, isRowHeader: true, cell: writeX },
          ...curves.map((curve, number) => ({
            key: curve.name,
            title: curve.name,
            numeric: true,
            cell: (x: number) => {
              const y = values[number]?.get(x);
              return y === undefined ? "" : writeY(y);
            },
          })),
        ]}
      />
    </details>
  );
}

function viewOf({ curves, yRange, places = [] }: CurveChartProps, width: number): View {
  const points = curves.flatMap((curve) => curve.points);
  const x = rangeOf([...points.map(([one]) => one), ...places.map((place) => place.x)]);
  const y = yRange ?? rangeOf(points.map(([, one]) => one));
  const across = (width - MARGIN.left - MARGIN.right) / (x[1] - x[0]);
  const upward = (HEIGHT - MARGIN.top - MARGIN.bottom) / (y[1] - y[0]);
  return {
    x,
    y,
    placeX: (one) => MARGIN.left + (one - x[0]) * across,
    placeY: (one) => HEIGHT - MARGIN.bottom - (one - y[0]) * upward,
  };
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  const known = values.filter(Number.isFinite);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  if (known.length === 0) {
    return [0, 1];
  }
  return least === most ? [least - 0.5, most + 0.5] : [least, most];
}
