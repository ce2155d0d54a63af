import type { JSX } from "preact";

import { DataTable } from "../../shell/parts";
import type { FigureTable } from "./tables";
import { Track } from "./track";
import { planScale, toneOfFigure, toneOfHeld } from "./tracks";

/** A table of figures; the one worth it with a picture of its interval. */
export function FiguresTable({ table }: { readonly table: FigureTable }): JSX.Element {
  const mark = table.mark ?? 0;
  const marks = table.rows.map((row) => row.mark ?? mark);
  const scale = planScale(table.rows.map((row) => row.figures[table.drawn]!), marks);
  const [name = "", ...columns] = table.columns;
  return (
    <>
      <DataTable
        caption={table.title}
        rows={table.rows}
        rowKey={(row) => row.name}
        columns={[
          { key: "name", title: name, isRowHeader: true, cell: (row) => row.name },
          ...columns.map((title, place) => ({
            key: title,
            title,
            numeric: place !== table.drawn,
            cell: (row: FigureTable["rows"][number]) => {
              const one = row.figures[place]!;
              if (place !== table.drawn) {
                return one.text;
              }
              const at = row.mark ?? mark;
              const tone = table.isHeld === true ? toneOfHeld(one, at) : toneOfFigure(one, at, table.isAtMost);
              return (
                <span class="drawn">
                  <span>{one.text}</span>
                  <Track figure={one} scale={scale} marks={[at]} tone={tone} />
                  {one.interval !== "" && <span class="muted small">{one.interval}</span>}
                </span>
              );
            },
          })),
        ]}
      />
      {table.note !== undefined && <p class="muted small">{table.note}</p>}
    </>
  );
}
