import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import type { AccountAnswer, AccountsAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { LineChart } from "../../charts";
import { percent } from "../../format";
import { Badge, Card, Figure, Figures } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { asPercent, basisPoints, intervalOf, sumsOf, tellBars, tellKnown, tellScore, writeRange } from "./account";

interface AccountViewProps {
  readonly account: AccountAnswer;
  readonly coverage: number;
  readonly costBps: number;
}

/** One account: what is known, its totals, and how it came to be. */
export function AccountView({ account, coverage, costBps }: AccountViewProps): JSX.Element {
  const known = tellKnown(account);
  return (
    <Card title="What is known" note={`${tellBars(account)}.`} actions={<Badge tone={known.tone}>{known.badge}</Badge>}>
      <p class="known-words">{known.words}</p>
      <Figures>
        <Figure
          label="Added a bar, basis points"
          value={basisPoints(account.added_bps.mean)}
          note={`${percent(coverage, { digits: 0 })} interval at all times: ${writeRange(account.added_bps.low, account.added_bps.high)}`}
        />
        <Figure label="Added in all" value={asPercent(account.sum_added_bps)} note="of the capital, not compounded" />
        <Figure label="The model, after costs" value={asPercent(account.sum_net_bps)} note={`${basisPoints(account.net_bps)} basis points a bar`} />
        <Figure label="The rules, after costs" value={asPercent(account.sum_rules_net_bps)} note={`${basisPoints(account.rules_net_bps)} basis points a bar`} />
        <Figure
          label="The model's costs"
          value={asPercent(-account.sum_costs_bps)}
          note={`at ${costBps} basis points a side; taken off already`}
        />
        <Figure label="Right directions" value={percent(account.accuracy)} note={`the rules: ${percent(account.rules_accuracy)}`} />
      </Figures>
      <p class="muted small score-words">{tellScore(account)}</p>
      <Curves account={account} />
    </Card>
  );
}

/** How an account came to be; asked for only where it is looked at. */
function Curves({ account }: { readonly account: AccountAnswer }): JSX.Element {
  const { model_id, symbol, member } = account;
  const answer = useResource(
    (signal) =>
      getJson<AccountsAnswer>("/v1/account", { query: { model_id, curves: true, ...(symbol === null ? {} : { symbol }) }, signal }),
    [model_id, symbol, member, account.n_bars],
  );
  return (
    <Shown resource={answer} what="how the account came to be" lines={6}>
      {(value) => {
        const found = value.accounts.find((one) => one.symbol === symbol && one.member === member);
        return found === undefined ? <p class="muted">The service told of no such account.</p> : <CurvesOf account={found} />;
      }}
    </Shown>
  );
}

function CurvesOf({ account }: { readonly account: AccountAnswer }): JSX.Element {
  const interval = useMemo(() => intervalOf(account), [account]);
  const sums = useMemo(() => sumsOf(account), [account]);
  if (interval === undefined) {
    return <p class="muted">Too few bars were settled for a picture.</p>;
  }
  return (
    <div class="account-charts">
      <div>
        <h3>Added a bar over the rules, basis points</h3>
        <LineChart label="Added a bar over the rules, in basis points" lines={interval.lines} band={interval.band} unit="basis points" level={{ value: 0, name: "zero: as the rules" }} />
      </div>
      <div>
        <h3>In sum after costs, basis points of the capital</h3>
        <LineChart label="Sum after costs, in basis points" lines={sums} unit="basis points" level={{ value: 0, name: "zero" }} />
      </div>
    </div>
  );
}
