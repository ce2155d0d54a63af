import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { percent } from "../../format";
import { Badge, Card, type Column, DataTable } from "../../shell/parts";
import { type Balance, balanceOf, type BalanceRow, splitWorth, tellWorth, type Worth, worthOf } from "./learned";
import { Track } from "./track";
import { planScale, type Scale, toneOfFigure } from "./tracks";
import { writeList } from "./words";

const NOTHING_KEPT = "its plan did not ask for it, or an earlier version made the bundle.";

/** What a model used and what it learned from, as its bundle keeps it. */
export function LearnedCard({ metrics }: { readonly metrics: Readonly<Record<string, unknown>> }): JSX.Element {
  const worth = useMemo(() => worthOf(metrics), [metrics]);
  const balance = useMemo(() => balanceOf(metrics), [metrics]);
  return (
    <Card title="What it used, and what it learned from">
      <div class="learned">
        <section class="stack">
          <h3>What each feature was worth</h3>
          {worth.length === 0 ? <p class="muted">What features were worth is not known: {NOTHING_KEPT}</p> : <WorthTable worth={worth} />}
        </section>
        <section class="stack">
          <h3>What the rows were</h3>
          {balance === undefined ? <p class="muted">How the rows divide is not known: {NOTHING_KEPT}</p> : <BalanceTable balance={balance} />}
        </section>
      </div>
    </Card>
  );
}

const TONES = { "a help": "good", "a harm": "bad", "luck would do": "neutral" } as const;

function WorthTable({ worth }: { readonly worth: readonly Worth[] }): JSX.Element {
  const scale = planScale(worth.map((one) => one.loss));
  const [shown, rest] = splitWorth(worth);
  return (
    <>
      <p>{tellWorth(worth)}</p>
      <Worths caption="Skill lost without each feature" worth={shown} scale={scale} />
      {rest.length > 0 && (
        <details>
          <summary>{rest.length === 1 ? "1 more, which luck would do" : `${rest.length} more, which luck would do`}</summary>
          <Worths caption="Skill lost without each other feature" worth={rest} scale={scale} />
        </details>
      )}
      <p class="muted small">
        Loss of information coefficient where the feature's values are those of other days, out of sample. All intervals hold
        together in 90% of the cases. Features that move together stand in for each other, and neither may seem to matter. It
        says what the model used, and nothing about what moves the market.
      </p>
    </>
  );
}

interface WorthsProps {
  readonly caption: string;
  readonly worth: readonly Worth[];
  readonly scale: Scale | undefined;
}

function Worths({ caption, worth, scale }: WorthsProps): JSX.Element {
  const columns: Column<Worth>[] = [
    {
      key: "feature",
      title: "Feature",
      isRowHeader: true,
      cell: ({ feature, alike }) => (
        <>
          {feature}
          {alike.length > 0 && <span class="muted small alike">moves with {writeList(alike, 2)}</span>}
        </>
      ),
    },
    {
      key: "loss",
      title: "Skill lost, and what that is taken for",
      cell: ({ loss, takenFor }) => (
        <span class="drawn">
          <span class="taken">
            {loss.text}
            <Badge tone={TONES[takenFor]}>{takenFor}</Badge>
          </span>
          <Track figure={loss} scale={scale} tone={toneOfFigure(loss)} />
          <span class="muted small">{loss.interval}</span>
        </span>
      ),
    },
  ];
  return <DataTable caption={caption} rows={worth} rowKey={(one) => one.feature} columns={columns} />;
}

function BalanceTable({ balance }: { readonly balance: Balance }): JSX.Element {
  const columns: Column<BalanceRow>[] = [
    { key: "name", title: "Rows", isRowHeader: true, cell: (one) => one.name },
    { key: "learned", title: "Learned from", cell: (one) => <Share share={one.learned} /> },
    { key: "judged", title: "Judged on", cell: (one) => <Share share={one.judged} /> },
  ];
  return (
    <>
      <p>{balance.words}</p>
      <DataTable caption="Shares of the rows" rows={balance.rows} rowKey={(one) => one.name} columns={columns} />
      <p class="muted small">
        Shares of the rows with a label: the first fit's, and all that were forecast out of sample. A market that was judged in
        another mood than it was learned in is a harder trial, and no fault of the model. Nothing is weighted by it.
      </p>
    </>
  );
}

/** A share as a bar; the number is written beside it. */
function Share({ share }: { readonly share: number }): JSX.Element {
  const length = 100 * Math.min(1, Math.max(0, share));
  return (
    <span class="share">
      <span>{percent(share)}</span>
      <svg class="share-bar" aria-hidden="true">
        <rect class="share-whole" width="100%" height="100%" rx="3" />
        <rect class="share-part" width={`${length.toFixed(2)}%`} height="100%" rx="3" />
      </svg>
    </span>
  );
}
