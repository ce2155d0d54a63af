import type { JSX } from "preact";

import type { Told } from "../../../../client/src/way";
import { count, DASH, percent, points, price } from "../../format";
import { Card } from "../../shell/parts";
import { Direction } from "../../signals/parts";
import { sourceName } from "../../signals/words";
import { type Edit, findFault, isEdited, lastBar } from "./edit";
import type { ReadBars } from "./reading/read";

interface EditCardProps {
  readonly bars: ReadBars;
  readonly edit: Edit;
  readonly onEdit: (edit: Edit) => void;
  readonly plain: Told;
  readonly edited: Told | undefined;
}

const STEPS = 1000;

/** Change the last bar, and see what the answer would have been. */
export function EditCard({ bars, edit, onEdit, plain, edited }: EditCardProps): JSX.Element {
  const last = lastBar(bars);
  const fault = findFault(edit);
  const mostVolume = Math.max(4 * last.volume, 1);
  return (
    <Card
      title="What if the last bar had ended otherwise?"
      actions={
        <button
          type="button"
          class="button"
          disabled={!isEdited(bars, edit)}
          onClick={() => {
            onEdit(last);
          }}
        >
          As in the file
        </button>
      }
    >
      <div class="edits">
        <Slider
          label="Close"
          value={edit.close}
          least={last.close * 0.8}
          most={last.close * 1.2}
          words={`${price(edit.close)}, ${percent(edit.close / last.close - 1, { digits: 2, signed: true })} against the file`}
          onChange={(close) => {
            onEdit({ ...edit, close: round(close, last.close) });
          }}
        />
        <Slider
          label="Volume"
          value={edit.volume}
          least={0}
          most={mostVolume}
          words={`${count(edit.volume)}${last.volume > 0 ? `, ${percent(edit.volume / last.volume, { digits: 0 })} of the file's` : ""}`}
          onChange={(volume) => {
            onEdit({ ...edit, volume: Math.round(volume) });
          }}
        />
      </div>
      {fault !== null && (
        <p class="text-bad" role="alert">
          {fault}
        </p>
      )}
      <Comparison plain={plain} edited={isEdited(bars, edit) ? edited : undefined} />
    </Card>
  );
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly words: string;
  readonly onChange: (value: number) => void;
}

function Slider({ label, value, least, most, words, onChange }: SliderProps): JSX.Element {
  const read = (event: { readonly currentTarget: HTMLInputElement }): void => {
    onChange(event.currentTarget.valueAsNumber);
  };
  return (
    <div class="edit">
      <label class="field">
        {label}
        <input type="number" min={0} step="any" value={Number.isFinite(value) ? value : ""} onInput={read} />
      </label>
      <input type="range" aria-label={`${label}, by a slider`} aria-valuetext={words} min={least} max={most} step={(most - least) / STEPS} value={value} onInput={read} />
      <span class="muted small">{words}</span>
    </div>
  );
}

function Comparison({ plain, edited }: { readonly plain: Told; readonly edited: Told | undefined }): JSX.Element {
  return (
    <div class="table-frame" role="region" aria-label="Both answers beside each other" tabIndex={0}>
      <table class="compared" aria-live="polite">
        <caption class="visually-hidden">The answer as the file has it, and as it is edited</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">Direction</th>
            <th scope="col" class="numeric">Confidence</th>
            <th scope="col" class="numeric">Rise</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          <Compared name="As in the file" told={plain} />
          <Compared name="What if" told={edited} />
        </tbody>
      </table>
    </div>
  );
}

function Compared({ name, told }: { readonly name: string; readonly told: Told | undefined }): JSX.Element {
  const answer = told?.prediction;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{answer === undefined ? DASH : <Direction direction={answer.direction} />}</td>
      <td class="numeric">{answer === undefined || answer.confidence === 0 ? DASH : points(answer.confidence)}</td>
      <td class="numeric">{percent(answer?.probability_up, { digits: 2 })}</td>
      <td>{answer === undefined ? DASH : sourceName(answer)}</td>
    </tr>
  );
}

/** As many digits as the file's prices have need of. */
function round(value: number, like: number): number {
  const digits = like >= 1 ? 2 : Math.min(10, 4 - Math.floor(Math.log10(like)));
  return Number(value.toFixed(digits));
}
