import type { ComponentChildren, JSX } from "preact";
import { useId, useState } from "preact/hooks";

import type { ModelAnswer, RollbackAnswer } from "../../api/schema";
import { sendJson } from "../../api/service";
import { ConfirmDialog } from "../../shell/parts";
import { type Market, nameMarket, tellPromotion, tellRollback, tellRolledBack, whyNotPromotable } from "./acts";

/** What an act came to, for whoever shows it. */
export type OnDone = (words: string) => void;

const MOST_LETTERS = 200;

interface PromoteProps {
  readonly model: ModelAnswer;
  readonly market: Market | undefined;
  readonly onDone: OnDone;
}

/** Make a candidate the champion of its market, where its verdict allows it; else say why not. */
export function PromoteButton({ model, market, onDone }: PromoteProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  const [reason, setReason] = useState("");
  const refusal = whyNotPromotable(model);
  const id = useId();
  const close = (): void => {
    setIsOpen(false);
  };
  const promote = async (): Promise<void> => {
    const path = `/v1/models/${encodeURIComponent(model.model_id)}/promote`;
    const answer = await sendJson<ModelAnswer>("POST", path, withReason(reason));
    close();
    onDone(`${answer.model_id} is ${answer.stage} of ${nameMarket(answer)} now.`);
  };
  return (
    <>
      <button
        type="button"
        class="button button-main"
        disabled={refusal !== undefined}
        aria-describedby={refusal === undefined ? undefined : id}
        onClick={() => {
          setIsOpen(true);
        }}
      >
        Promote
      </button>
      {refusal !== undefined && (
        <span id={id} class="muted small act-reason">
          Cannot be promoted: {refusal}
        </span>
      )}
      <ConfirmDialog open={isOpen} title={`Promote ${model.model_id}?`} confirmLabel="Promote" onConfirm={promote} onCancel={close}>
        <Steps market={nameMarket(model)} steps={tellPromotion(model, market)} />
        <Reason value={reason} onChange={setReason} />
      </ConfirmDialog>
    </>
  );
}

interface RollbackProps {
  readonly market: Market;
  readonly onDone: OnDone;
}

/** Retire a market's champion and bring the previous one back, or the rules. */
export function RollbackButton({ market, onDone }: RollbackProps): JSX.Element | null {
  const [isOpen, setIsOpen] = useState(false);
  const [reason, setReason] = useState("");
  const close = (): void => {
    setIsOpen(false);
  };
  const rollBack = async (): Promise<void> => {
    const path = `/v1/markets/${encodeURIComponent(market.universe)}/rollback`;
    const body = { interval: market.interval, horizon_bars: market.horizonBars, ...withReason(reason) };
    const answer = await sendJson<RollbackAnswer>("POST", path, body);
    close();
    onDone(tellRolledBack(answer));
  };
  if (market.champion === undefined) {
    return null;
  }
  return (
    <>
      <button
        type="button"
        class="button"
        aria-label={`Roll back ${market.champion.model_id}`}
        onClick={() => {
          setIsOpen(true);
        }}
      >
        Roll back
      </button>
      <ConfirmDialog
        open={isOpen}
        title={`Roll back ${market.champion.model_id}?`}
        confirmLabel="Roll back"
        tone="bad"
        onConfirm={rollBack}
        onCancel={close}
      >
        <Steps
          market={nameMarket({ universe: market.universe, interval: market.interval, horizon_bars: market.horizonBars })}
          steps={tellRollback(market)}
        />
        <Reason value={reason} onChange={setReason} />
      </ConfirmDialog>
    </>
  );
}

/** The body of a change; without words the service writes its own. */
function withReason(words: string): { reason?: string } {
  const told = words.trim();
  return told === "" ? {} : { reason: told };
}

function Steps({ market, steps }: { readonly market: ComponentChildren; readonly steps: readonly string[] }): JSX.Element {
  return (
    <>
      <p class="muted">{market}</p>
      <ol class="steps">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </>
  );
}

function Reason({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }): JSX.Element {
  return (
    <label class="field">
      Why (kept in the model's history)
      <input
        type="text"
        value={value}
        maxLength={MOST_LETTERS}
        placeholder="by hand, over HTTP"
        onInput={(event) => {
          onChange(event.currentTarget.value);
        }}
      />
    </label>
  );
}
