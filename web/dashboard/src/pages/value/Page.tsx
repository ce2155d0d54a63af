import "./value.css";

import type { JSX } from "preact";

import type { AccountsAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { hrefOf, replaceQuery, type Route } from "../../app/router";
import { Card, PageHeader } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { groupAccounts, type ModelAccounts } from "./account";
import { AccountView } from "./account-view";
import { AccountsTable } from "./accounts-table";

/** What the models added over the rules that would have answered in their place. */
export default function Page({ route }: { readonly route: Route }): JSX.Element {
  const accounts = useResource((signal) => getJson<AccountsAnswer>("/v1/account", { signal }), [], { everySeconds: 60 });
  return (
    <>
      <PageHeader
        title="Value added"
        lead="What each model earned beyond the rules that would have answered in its place: on the same settled bars, at the same costs."
      />
      <Shown
        resource={accounts}
        what="accounts"
        lines={8}
        empty={(value) => value.accounts.length === 0}
        emptyText={
          <>
            <p>Nothing was settled for a watched model yet.</p>
            <p>
              A model that serves is watched bar by bar: <code>bellwether monitor --once</code>, once a day after the bars came, or
              inside the service.
            </p>
          </>
        }
      >
        {(answer) => <Accounts answer={answer} route={route} />}
      </Shown>
    </>
  );
}

function Accounts({ answer, route }: { readonly answer: AccountsAnswer; readonly route: Route }): JSX.Element | null {
  const groups = groupAccounts(answer.accounts);
  const group = groups.find((one) => one.modelId === route.query.get("model")) ?? groups[0];
  if (group === undefined) {
    return null;
  }
  const symbol = route.query.get("symbol") ?? "";
  const account = group.symbols.find((one) => one.symbol === symbol) ?? group.whole ?? group.symbols[0];
  return (
    <div class="stack">
      <Choices
        groups={groups}
        group={group}
        symbol={account?.symbol ?? ""}
        onChoose={(model, chosen) => {
          replaceQuery(route, chosen === "" ? { model } : { model, symbol: chosen });
        }}
      />
      {account !== undefined && <AccountView account={account} coverage={answer.coverage} costBps={answer.cost_bps} />}
      {group.members.length > 0 && (
        <Card title="Members of the ensemble" note="Each as if it had answered alone, on all symbols together.">
          <AccountsTable caption="What each member came to" firstTitle="Member" rows={group.members} nameOf={(one) => one.member?.replaceAll("_", " ") ?? ""} />
        </Card>
      )}
      {group.symbols.length > 0 && (
        <Card title="Market by market" note="Together a bar counts once, as the mean over its symbols: what moves together is no more evidence.">
          <AccountsTable
            caption="What the model came to in each market"
            firstTitle="Market"
            rows={group.symbols}
            nameOf={(one) => <a href={hrefOf("symbol", [one.symbol ?? ""])}>{one.symbol}</a>}
          />
        </Card>
      )}
    </div>
  );
}

interface ChoicesProps {
  readonly groups: readonly ModelAccounts[];
  readonly group: ModelAccounts;
  readonly symbol: string;
  readonly onChoose: (model: string, symbol: string) => void;
}

function Choices({ groups, group, symbol, onChoose }: ChoicesProps): JSX.Element {
  return (
    <div class="choices">
      <label class="field">
        Model
        <select
          value={group.modelId}
          onChange={(event) => {
            onChoose(event.currentTarget.value, "");
          }}
        >
          {groups.map((one) => (
            <option key={one.modelId} value={one.modelId}>
              {one.stage === null ? one.modelId : `${one.modelId} (${one.stage})`}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Market
        <select
          value={symbol}
          onChange={(event) => {
            onChoose(group.modelId, event.currentTarget.value);
          }}
        >
          {group.whole !== undefined && <option value="">all symbols together</option>}
          {group.symbols.map((one) => (
            <option key={one.symbol} value={one.symbol ?? ""}>
              {one.symbol}
            </option>
          ))}
        </select>
      </label>
      <a class="button" href={hrefOf("models", [group.modelId])}>
        Its verdict
      </a>
    </div>
  );
}
