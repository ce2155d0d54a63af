import type { ComponentChildren, JSX } from "preact";

import type { AccountAnswer } from "../../api/schema";
import { count, percent } from "../../format";
import { Badge, DataTable } from "../../shell/parts";
import { asPercent, basisPoints, tellKnown, writeRange } from "./account";

interface AccountsTableProps {
  readonly caption: string;
  readonly firstTitle: string;
  readonly rows: readonly AccountAnswer[];
  readonly nameOf: (account: AccountAnswer) => ComponentChildren;
}

/** Accounts beside each other, a row each. */
export function AccountsTable({ caption, firstTitle, rows, nameOf }: AccountsTableProps): JSX.Element {
  return (
    <DataTable
      caption={caption}
      isCaptionHidden
      rows={rows}
      rowKey={(one) => `${one.symbol ?? ""} ${one.member ?? ""}`}
      columns={[
        { key: "name", title: firstTitle, isRowHeader: true, cell: nameOf },
        { key: "known", title: "Known", cell: (one) => <Badge tone={tellKnown(one).tone}>{tellKnown(one).badge}</Badge> },
        { key: "added", title: "Added a bar, bps", numeric: true, sortBy: (one) => one.added_bps.mean, cell: (one) => basisPoints(one.added_bps.mean) },
        { key: "range", title: "Interval at all times", numeric: true, cell: (one) => writeRange(one.added_bps.low, one.added_bps.high) },
        { key: "sum", title: "Added in all", numeric: true, sortBy: (one) => one.sum_added_bps, cell: (one) => asPercent(one.sum_added_bps) },
        { key: "net", title: "After costs", numeric: true, cell: (one) => asPercent(one.sum_net_bps) },
        { key: "rules", title: "The rules", numeric: true, cell: (one) => asPercent(one.sum_rules_net_bps) },
        { key: "accuracy", title: "Right", numeric: true, sortBy: (one) => one.accuracy ?? null, cell: (one) => percent(one.accuracy) },
        { key: "bars", title: "Bars", numeric: true, sortBy: (one) => one.n_bars, cell: (one) => count(one.n_bars) },
      ]}
    />
  );
}
