import type { JSX } from "preact";

import type { ModelAnswer } from "../../api/schema";
import { hrefOf } from "../../app/router";
import { Badge, DataTable, Instant } from "../../shell/parts";
import { marketKeyOf, nameMarket } from "./acts";
import { STAGES, toneOfStage } from "./list";
import { toneOf } from "./words";

/** The way to a model's card. */
export function ModelLink({ model }: { readonly model: ModelAnswer }): JSX.Element {
  return (
    <a class="model-link" href={hrefOf("models", [model.model_id])}>
      {model.model_id}
    </a>
  );
}

interface TableProps {
  readonly models: readonly ModelAnswer[];
  readonly chosen: readonly string[];
  readonly onToggle: (modelId: string) => void;
}

/** Models, a row each, to be chosen for a comparison. */
export function ModelTable({ models, chosen, onToggle }: TableProps): JSX.Element {
  return (
    <DataTable
      caption="Every model, the latest first"
      isCaptionHidden
      rows={models}
      rowKey={(model) => model.model_id}
      columns={[
        {
          key: "choose",
          title: "Compare",
          cell: (model) => (
            <label class="choose">
              <input
                type="checkbox"
                aria-label={`Compare ${model.model_id}`}
                checked={chosen.includes(model.model_id)}
                onChange={() => {
                  onToggle(model.model_id);
                }}
              />
            </label>
          ),
        },
        { key: "id", title: "Model", isRowHeader: true, sortBy: (model) => model.model_id, cell: (model) => <ModelLink model={model} /> },
        {
          key: "stage",
          title: "Stage",
          sortBy: (model) => STAGES.indexOf(model.stage),
          cell: (model) => <Badge tone={toneOfStage(model.stage)}>{model.stage}</Badge>,
        },
        {
          key: "decision",
          title: "Verdict",
          sortBy: (model) => model.decision ?? null,
          cell: (model) => <DecisionCell model={model} />,
        },
        { key: "market", title: "Market", sortBy: marketKeyOf, cell: (model) => <MarketCell model={model} /> },
        { key: "trained", title: "Trained up to", sortBy: (model) => model.trained_at, cell: (model) => <Instant at={model.trained_at} as="day" /> },
        { key: "registered", title: "Registered", sortBy: (model) => model.registered_at, cell: (model) => <Dates model={model} /> },
      ]}
    />
  );
}

function DecisionCell({ model }: { readonly model: ModelAnswer }): JSX.Element {
  return (
    <>
      <Badge tone={toneOf(model.decision)}>{model.decision ?? "not judged"}</Badge>
      {model.is_renewal && <span class="muted small market-rest">on an earlier fit</span>}
    </>
  );
}

function Dates({ model }: { readonly model: ModelAnswer }): JSX.Element {
  return (
    <>
      <Instant at={model.registered_at} as="day" />
      {model.changed_at !== model.registered_at && (
        <span class="muted small market-rest">
          moved <Instant at={model.changed_at} as="age" />
        </span>
      )}
    </>
  );
}

function MarketCell({ model }: { readonly model: ModelAnswer }): JSX.Element {
  const [, ...rest] = nameMarket(model).split(", ");
  return (
    <>
      {model.universe}
      <span class="muted small market-rest">{rest.join(", ")}</span>
    </>
  );
}
