import { LineSeries, LineStyle, LineType, type IChartApi } from "lightweight-charts";
import type { JSX } from "preact";

import { day, fixed, instant, percent, price } from "../format";
import { DataTable } from "../shell/parts";
import { Band } from "./band-primitive";
import { useChart } from "./frame";
import { type BandPlace, type LinePoint, makeBand, makeLine, thin } from "./lines";
import { type ColourName, fade, type Palette } from "./palette";

/** One line. */
export interface Line {
  readonly name: string;
  readonly points: readonly LinePoint[];
  /** Which of the page's colours; the first, second and third line have their own. */
  readonly colour?: ColourName;
  readonly isDashed?: boolean;
  /** A value that holds until the next: steps instead of slopes. */
  readonly isStepped?: boolean;
}

export interface LineChartProps {
  /** What is shown, for those who cannot see it. */
  readonly label: string;
  readonly lines: readonly Line[];
  /** What lies between two values, such as an interval; drawn behind the lines. */
  readonly band?: { readonly name: string; readonly places: readonly BandPlace[] };
  /** How values are written. */
  readonly unit?: "number" | "percent" | "price" | "basis points";
  /** A level that matters, such as zero. */
  readonly level?: { readonly value: number; readonly name: string };
  readonly isTall?: boolean;
}

const COLOURS: readonly ColourName[] = ["fan", "second", "third", "good", "bad", "neutral"];
const N_ROWS = 24;

/** Lines over time. */
export function LineChart(props: LineChartProps): JSX.Element {
  const { label, lines, band, unit = "number", level } = props;
  const place = useChart(
    (chart, palette) => {
      drawLines(chart, palette, props);
      chart.timeScale().fitContent();
      return undefined;
    },
    [lines, band, unit, level],
  );
  return (
    <figure class="chart">
      <ul class="chart-key">
        {lines.map((line, number) => (
          <li key={line.name} class={`key-${colourOf(line, number)}`}>
            <KeySign isDashed={line.isDashed ?? false} />
            {line.name}
          </li>
        ))}
        {band !== undefined && (
          <li class="key-fan">
            <svg class="key-sign" viewBox="0 0 20 8" aria-hidden="true">
              <rect class="key-band" width="20" height="8" rx="2" />
            </svg>
            {band.name}
          </li>
        )}
      </ul>
      <div
        class={props.isTall === true ? "chart-canvas chart-tall" : "chart-canvas"}
        ref={place}
        role="img"
        aria-label={`${label}: ${lines.map((line) => describe(line, unit)).join("; ")}. The same as a table below.`}
      />
      <LineTable {...props} />
    </figure>
  );
}

function drawLines(chart: IChartApi, palette: Palette, { lines, band, unit = "number", level }: LineChartProps): void {
  lines.forEach((line, number) => {
    const series = chart.addSeries(LineSeries, {
      color: palette[colourOf(line, number)],
      lineWidth: 2,
      lineStyle: line.isDashed === true ? LineStyle.Dashed : LineStyle.Solid,
      lineType: line.isStepped === true ? LineType.WithSteps : LineType.Simple,
      priceLineVisible: false,
      lastValueVisible: lines.length <= 3,
      priceFormat: { type: "custom", formatter: (value: number) => write(value, unit), minMove: 1e-6 },
    });
    series.setData(makeLine(line.points));
    if (number === 0 && band !== undefined) {
      series.attachPrimitive(new Band(makeBand(band.places), fade(palette.fan, 0.18)));
    }
    if (number === 0 && level !== undefined) {
      series.createPriceLine({ price: level.value, title: level.name, color: palette.line, lineWidth: 1, lineStyle: LineStyle.Solid, axisLabelVisible: false });
    }
  });
}

function KeySign({ isDashed }: { readonly isDashed: boolean }): JSX.Element {
  return (
    <svg class="key-sign" viewBox="0 0 20 8" aria-hidden="true">
      <path class={isDashed ? "key-line key-dashed" : "key-line"} d="M1 4h18" />
    </svg>
  );
}

function LineTable({ label, lines, band, unit = "number" }: LineChartProps): JSX.Element {
  const times = [...new Set(lines.flatMap((line) => line.points.map((point) => String(point.at))))].sort();
  const values = lines.map((line) => new Map(line.points.map((point) => [String(point.at), point.value])));
  const between = new Map(band?.places.map((place) => [String(place.at), place]));
  return (
    <details class="chart-table">
      <summary>The chart as a table</summary>
      <DataTable
        caption={times.length > N_ROWS ? `${label}: ${N_ROWS} of ${times.length} points` : label}
        rowKey={(at) => at}
        rows={thin(times, N_ROWS)}
        columns={[
          { key: "at", title: "At", isRowHeader: true, cell: (at) => (at.endsWith("T00:00:00Z") ? day(at) : instant(at)) },
          ...lines.map((line, number) => ({
            key: line.name,
            title: line.name,
            numeric: true,
            cell: (at: string) => write(values[number]?.get(at) ?? null, unit),
          })),
          ...(band === undefined ? [] : (["low", "high"] as const).map((end) => ({
            key: end,
            title: `${band.name}, ${end}`,
            numeric: true,
            cell: (at: string) => write(between.get(at)?.[end] ?? null, unit),
          }))),
        ]}
      />
    </details>
  );
}

function colourOf(line: Line, number: number): ColourName {
  return line.colour ?? COLOURS[number % COLOURS.length] ?? "fan";
}

function describe(line: Line, unit: LineChartProps["unit"]): string {
  const known = line.points.filter((point) => point.value !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) {
    return `${line.name} has no values`;
  }
  return `${line.name} from ${write(first.value, unit)} on ${day(first.at)} to ${write(last.value, unit)} on ${day(last.at)}`;
}

function write(value: number | null, unit: LineChartProps["unit"]): string {
  switch (unit) {
    case "percent":
      return percent(value);
    case "price":
      return price(value);
    case "basis points":
      return fixed(value, 1, { signed: true });
    default:
      return fixed(value, 2);
  }
}
