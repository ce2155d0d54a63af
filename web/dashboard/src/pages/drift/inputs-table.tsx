import type { JSX } from "preact";

import { fixed, plainNumber } from "../../format";
import { Badge, DataTable, Instant } from "../../shell/parts";
import type { FeatureDrift, InputsCheck } from "./details";
import { StabilityRuler } from "./ruler-pictures";

interface InputsTableProps {
  readonly modelId: string;
  readonly inputs: InputsCheck | null;
  /** Whose evidence it is, where that is not the model's last check: no two tables are called the same. */
  readonly of?: string;
}

/** The weekly look at what a model is fed with: the most surprising features first. */
export function InputsTable({ modelId, inputs, of }: InputsTableProps): JSX.Element {
  if (inputs === null) {
    return (
      <p class="muted">
        Its inputs were not compared yet: that is done weekly, where the model carries what its features looked like in training.
      </p>
    );
  }
  const drifted = new Set(inputs.drifted);
  const hidden = inputs.drifted.filter((name) => !inputs.features.some((one) => one.name === name));
  const most = Math.max(1e-9, ...inputs.features.flatMap((one) => [one.psi ?? 0, one.psiHigh ?? 0])) * 1.05;
  return (
    <>
      <p>
        {drifted.size === 0
          ? "No input differs from training by more than chance explains."
          : `${drifted.size === 1 ? "One input is" : `${drifted.size} inputs are`} not as in training. That asks for a challenger; it never changes who answers.`}{" "}
        <span class="muted">
          Checked <Instant at={inputs.at} as="age" /> on the last {plainNumber(inputs.nBars ?? 60)} bars
          {inputs.nSymbols !== null && inputs.nSymbols > 1 && ` of ${plainNumber(inputs.nSymbols)} symbols`}.
        </span>
      </p>
      <DataTable
        caption={`Inputs of ${modelId} least like its training, the most surprising first${of === undefined ? "" : `, ${of}`}`}
        rows={inputs.features}
        rowKey={(feature) => feature.name}
        columns={[
          { key: "name", title: "Input", isRowHeader: true, cell: (one) => <code>{one.name}</code> },
          { key: "found", title: "Found", cell: (one) => <Found times={one.times} isDrifted={drifted.has(one.name)} /> },
          { key: "psi", title: "PSI", numeric: true, cell: (one) => fixed(one.psi, 2) },
          { key: "null", title: "By chance", numeric: true, cell: (one) => chanceOf(one) },
          { key: "picture", title: "PSI against chance", cell: (one) => <Picture feature={one} most={most} /> },
          { key: "p", title: "p", numeric: true, cell: (one) => writeChance(one.p) },
          { key: "n", title: "Effective looks", numeric: true, cell: (one) => fixed(one.nEffective, 1) },
        ]}
      />
      {hidden.length > 0 && <p class="muted small">Also not as in training: {hidden.join(", ")}.</p>}
      <details>
        <summary>How to read this</summary>
        <p class="muted small">
          PSI is the population stability index against training; “by chance” is where it stays in 95 of 100 checks although
          nothing has changed. It finds nothing by itself: the finding rests on p, for a feature that of a Kolmogorov-Smirnov
          test. The volatility level is the usual width of the last bars over that of training, where the model carries it; its
          p is that of a t test, and three quarters of the allowed false alarms are kept for it. Market features move slowly, so
          that 60 bars hold few independent looks; every number here counts those.
        </p>
      </details>
    </>
  );
}

function Found({ isDrifted, times }: { readonly isDrifted: boolean; readonly times: number | null }): JSX.Element {
  return (
    <>
      {isDrifted ? <Badge tone="warn">Changed</Badge> : <Badge tone="good">As in training</Badge>}
      {times !== null && ` × ${fixed(times, 2)}`}
    </>
  );
}

function Picture({ feature, most }: { readonly feature: FeatureDrift; readonly most: number }): JSX.Element | null {
  return feature.psi === null || feature.psiHigh === null ? null : (
    <StabilityRuler psi={feature.psi} psiHigh={feature.psiHigh} most={most} />
  );
}

function chanceOf(feature: FeatureDrift): string {
  return feature.psiHigh === null ? fixed(null, 2) : `0 to ${fixed(feature.psiHigh, 2)}`;
}

/** A chance: what is too small to be written is said to be below. */
export function writeChance(p: number | null): string {
  return p !== null && p < 0.0001 ? "< 0.0001" : fixed(p, 4);
}
