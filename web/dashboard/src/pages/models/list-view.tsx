import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { ModelAnswer } from "../../api/schema";
import { hrefOf, navigate } from "../../app/router";
import { count } from "../../format";
import { Card, Instant, Notice } from "../../shell/parts";
import { type OnDone, RollbackButton } from "./act-buttons";
import { type Market, marketsOf, nameMarket } from "./acts";
import { choose, type ModelList, STAGES, toggle, type Wanted } from "./list";
import { ModelLink, ModelTable } from "./model-table";
import { writeList } from "./words";

interface ListProps {
  readonly list: ModelList;
  readonly onDone: OnDone;
}

/** Who serves each market, and every model. */
export function ModelListView({ list, onDone }: ListProps): JSX.Element {
  const markets = marketsOf(list.models);
  const shown = markets.filter((market) => market.champion !== undefined);
  return (
    <div class="stack">
      {shown.length === 0 ? (
        <Notice tone="neutral" title="No model serves: the rules answer everywhere">
          <p>That is a normal outcome. A model serves only after the gate has promoted it.</p>
        </Notice>
      ) : (
        <div class="markets">
          {shown.map((market) => (
            <MarketCard key={market.key} market={market} onDone={onDone} />
          ))}
        </div>
      )}
      {list.isCut && <Notice tone="warn" title={`Only the first ${count(list.models.length)} models are listed`} />}
      <EveryModel models={list.models} markets={markets} />
    </div>
  );
}

function MarketCard({ market, onDone }: { readonly market: Market; readonly onDone: OnDone }): JSX.Element {
  const { champion, previous } = market;
  return (
    <Card title={market.universe} note={champion === undefined ? undefined : writeMarket(champion)}
      actions={<RollbackButton market={market} onDone={onDone} />}>
      <dl class="facts">
        <dt>Serves</dt>
        <dd>
          {champion === undefined ? "the rules" : <ModelLink model={champion} />}
        </dd>
        <dt>Trained up to</dt>
        <dd>
          <Instant at={champion?.trained_at} as="day" />
        </dd>
        <dt>Stands by</dt>
        <dd>{previous === undefined ? "the rules" : <ModelLink model={previous} />}</dd>
      </dl>
    </Card>
  );
}

function writeMarket(model: ModelAnswer): string {
  return `${writeList(model.symbols)}: ${nameMarket(model).split(", ").slice(1).join(", ")}`;
}

interface EveryProps {
  readonly models: readonly ModelAnswer[];
  readonly markets: readonly Market[];
}

function EveryModel({ models, markets }: EveryProps): JSX.Element {
  const [wanted, setWanted] = useState<Wanted>({ market: "", stage: "", text: "" });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const found = choose(models, wanted);
  const [one, other] = chosen;
  return (
    <Card
      title="Every model"
      note={`${count(models.length)} ${models.length === 1 ? "model" : "models"}; choose two to compare them.`}
      actions={
        <>
          <span class="muted small" role="status">
            {chosen.length === 0 ? "" : `${chosen.length} of 2 chosen`}
          </span>
          <button
            type="button"
            class="button"
            disabled={other === undefined}
            onClick={() => {
              navigate(hrefOf("models", [one ?? "", other ?? ""]));
            }}
          >
            Compare
          </button>
        </>
      }
    >
      <Filters wanted={wanted} markets={markets} onChange={setWanted} />
      {found.length === 0 ? (
        <p class="muted">No model is like that.</p>
      ) : (
        <ModelTable
          models={found}
          chosen={chosen}
          onToggle={(modelId) => {
            setChosen(toggle(chosen, modelId));
          }}
        />
      )}
    </Card>
  );
}

interface FiltersProps {
  readonly wanted: Wanted;
  readonly markets: readonly Market[];
  readonly onChange: (wanted: Wanted) => void;
}

function Filters({ wanted, markets, onChange }: FiltersProps): JSX.Element {
  return (
    <div class="filters">
      <label class="field">
        Name or symbol
        <input
          type="search"
          value={wanted.text}
          onInput={(event) => {
            onChange({ ...wanted, text: event.currentTarget.value });
          }}
        />
      </label>
      <label class="field">
        Market
        <select
          value={wanted.market}
          onChange={(event) => {
            onChange({ ...wanted, market: event.currentTarget.value });
          }}
        >
          <option value="">every market</option>
          {markets.map((market) => (
            <option key={market.key} value={market.key}>
              {nameMarket({ universe: market.universe, interval: market.interval, horizon_bars: market.horizonBars })}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Stage
        <select
          value={wanted.stage}
          onChange={(event) => {
            onChange({ ...wanted, stage: event.currentTarget.value });
          }}
        >
          <option value="">every stage</option>
          {STAGES.map((stage) => (
            <option key={stage} value={stage}>
              {stage}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
