import type { JSX } from "preact";
import { useId, useRef } from "preact/hooks";

import { day, instant } from "../format";
import type { Tone } from "../shell/badge";
import { DataTable } from "../shell/parts";
import { placeSpans, ticksOf } from "./timeline-places";
import { useWidth } from "./use-width";

/** Something that lasted, or happened at one instant where it has no end. */
export interface Span {
  readonly from: string;
  /** null: it still lasts. Left out: it was one instant. */
  readonly to?: string | null;
  readonly tone: Tone;
  /** What it was, in words: said on hovering and in the table. */
  readonly words: string;
}

/** What is told of one thing over time. */
export interface Lane {
  readonly name: string;
  readonly spans: readonly Span[];
}

export interface TimelineProps {
  /** What is shown, for those who cannot see it. */
  readonly label: string;
  readonly lanes: readonly Lane[];
  /** What is seen of time; by default all that there is, up to now. */
  readonly from?: string;
  readonly to?: string;
  /** What the tones mean here, for the key below. */
  readonly tones?: readonly { readonly tone: Tone; readonly words: string }[];
}

const LANE = 34;
const AXIS = 22;

/** Lanes of what lasted from when to when. */
export function Timeline({ label, lanes, from, to, tones = [] }: TimelineProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const id = useId();
  const width = useWidth(place);
  const placed = placeSpans(lanes, width, { from, to });
  const height = lanes.length * LANE + AXIS;
  const n = lanes.reduce((sum, lane) => sum + lane.spans.length, 0);
  return (
    <figure class="chart timeline" ref={place}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${label}: ${n} spans in ${lanes.length} lanes. The same as a table below.`}>
        <Patterns id={id} />
        {ticksOf(placed.from, placed.to, width).map((tick) => (
          <g key={tick.at}>
            <line class="timeline-tick" x1={tick.x} x2={tick.x} y1={0} y2={height - AXIS} />
            <text class="timeline-date" x={tick.x} y={height - 6} text-anchor={tick.anchor}>
              {tick.words}
            </text>
          </g>
        ))}
        {placed.lanes.map((lane, number) => (
          <g key={lane.name} transform={`translate(0 ${number * LANE})`}>
            <text class="timeline-name" x={0} y={12}>
              {lane.name}
            </text>
            <rect class="timeline-lane" x={0} y={17} width={width} height={10} rx={5} />
            {lane.spans.map((span) => (
              <g key={span.key}>
                <title>{span.words}</title>
                <rect class={`span-${span.tone}`} x={span.x} y={17} width={span.width} height={10} rx={Math.min(5, span.width / 2)} />
                <rect fill={patternOf(id, span.tone)} x={span.x} y={17} width={span.width} height={10} rx={Math.min(5, span.width / 2)} />
              </g>
            ))}
          </g>
        ))}
      </svg>
      {tones.length > 0 && (
        <ul class="chart-key">
          {tones.map(({ tone, words }) => (
            <li key={tone}>
              <svg class="timeline-key" viewBox="0 0 24 10" aria-hidden="true">
                <rect class={`span-${tone}`} width="24" height="10" rx="5" />
                <rect fill={patternOf(id, tone)} width="24" height="10" rx="5" />
              </svg>
              {words}
            </li>
          ))}
        </ul>
      )}
      <TimelineTable label={label} lanes={lanes} />
    </figure>
  );
}

/** Strokes over the colours, for those who do not see them apart: red is plain, amber hatched, grey dotted. */
function Patterns({ id }: { readonly id: string }): JSX.Element {
  return (
    <defs>
      <pattern id={`${id}-warn`} width={6} height={10} patternUnits="userSpaceOnUse">
        <path class="timeline-hatch" d="M-1 11 7 -1" />
      </pattern>
      <pattern id={`${id}-neutral`} width={5} height={10} patternUnits="userSpaceOnUse">
        <circle class="timeline-dot" cx={2.5} cy={5} r={1.2} />
      </pattern>
    </defs>
  );
}

function patternOf(id: string, tone: Tone): string {
  return tone === "warn" || tone === "neutral" ? `url(#${id}-${tone})` : "none";
}

function TimelineTable({ label, lanes }: { readonly label: string; readonly lanes: readonly Lane[] }): JSX.Element {
  const rows = lanes.flatMap((lane) => lane.spans.map((span, number) => ({ ...span, lane: lane.name, key: `${lane.name} ${number}` })));
  return (
    <details class="chart-table">
      <summary>The timeline as a table</summary>
      <DataTable
        caption={label}
        rowKey={(row) => row.key}
        rows={rows}
        columns={[
          { key: "lane", title: "Of", isRowHeader: true, cell: (row) => row.lane },
          { key: "from", title: "From", cell: (row) => instant(row.from), sortBy: (row) => row.from },
          { key: "to", title: "To", cell: (row) => endOf(row) },
          { key: "words", title: "What", cell: (row) => row.words },
        ]}
      />
    </details>
  );
}

function endOf(span: Span): string {
  if (span.to === undefined) {
    return `on ${day(span.from)}`;
  }
  return span.to === null ? "still lasts" : instant(span.to);
}
