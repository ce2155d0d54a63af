import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

/** One column of a table. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right, digit below digit. */
  readonly numeric?: boolean;
  /** The cell that names its row. */
  readonly isRowHeader?: boolean;
  /** What the column is sorted by; without it, it cannot be. */
  readonly sortBy?: (row: Row) => number | string | null;
}

interface DataTableProps<Row> {
  readonly caption: string;
  /** Whether only screen readers are told the caption. */
  readonly isCaptionHidden?: boolean;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
}

interface Sorting {
  readonly key: string;
  readonly isDescending: boolean;
}

/** A table; it scrolls sideways where it is too wide for the screen. */
export function DataTable<Row>(props: DataTableProps<Row>): JSX.Element {
  const { caption, columns, rows, rowKey } = props;
  const [sorting, setSorting] = useState<Sorting>();
  const sorted = sortRows(rows, columns.find((column) => column.key === sorting?.key)?.sortBy, sorting?.isDescending);
  return (
    <div class="table-frame" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class={props.isCaptionHidden === true ? "visually-hidden" : undefined}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} sorting={sorting} onSort={setSorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) =>
                column.isRowHeader === true ? (
                  <th key={column.key} scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.key} class={column.numeric === true ? "numeric" : undefined}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sorting: Sorting | undefined;
  readonly onSort: (sorting: Sorting) => void;
}

function Head<Row>({ column, sorting, onSort }: HeadProps<Row>): JSX.Element {
  const isSorted = sorting?.key === column.key;
  const isDescending = isSorted && sorting.isDescending;
  const sorted = isSorted ? (isDescending ? "descending" : "ascending") : "none";
  const kind = column.numeric === true ? "numeric" : undefined;
  if (column.sortBy === undefined) {
    return (
      <th scope="col" class={kind}>
        {column.title}
      </th>
    );
  }
  return (
    <th scope="col" class={kind} aria-sort={sorted}>
      <button
        type="button"
        class="sort"
        onClick={() => {
          onSort({ key: column.key, isDescending: isSorted ? !isDescending : column.numeric === true });
        }}
      >
        {column.title}
        <span aria-hidden="true">{isSorted ? (isDescending ? "↓" : "↑") : "↕"}</span>
      </button>
    </th>
  );
}

/** Return rows in the order of a column; what has no value comes last, whichever way it is. */
export function sortRows<Row>(
  rows: readonly Row[],
  sortBy: ((row: Row) => number | string | null) | undefined,
  isDescending = false,
): readonly Row[] {
  if (sortBy === undefined) {
    return rows;
  }
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [first, second] = [sortBy(one), sortBy(other)];
    if (first === null || second === null) {
      return Number(first === null) - Number(second === null);
    }
    return sign * (typeof first === "string" ? first.localeCompare(String(second)) : first - Number(second));
  });
}
