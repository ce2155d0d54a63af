import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { JobAnswer, ScheduleAnswer } from "../../api/schema";
import { sendJson } from "../../api/service";
import { ConfirmDialog } from "../../shell/parts";

interface StartProps {
  readonly schedule: readonly ScheduleAnswer[];
  readonly onStarted: (job: JobAnswer) => void;
}

/** Ask for a challenger now: of one universe, or of all. */
export function Start({ schedule, onStarted }: StartProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  const [universe, setUniverse] = useState("");
  const [isNow, setIsNow] = useState(true);
  const universes = [...new Set(schedule.map((one) => one.universe))];
  return (
    <>
      <button
        type="button"
        class="button button-main"
        disabled={universes.length === 0}
        onClick={() => {
          setIsOpen(true);
        }}
      >
        Start a retraining…
      </button>
      <ConfirmDialog
        open={isOpen}
        title="Start a retraining"
        confirmLabel="Start it"
        onCancel={() => {
          setIsOpen(false);
        }}
        onConfirm={async () => {
          const asked = { kind: "retrain", now: isNow, ...(universe === "" ? {} : { universe }) };
          onStarted(await sendJson<JobAnswer>("POST", "/v1/jobs", asked));
          setIsOpen(false);
        }}
      >
        <p>
          A challenger is trained beside the answering, on the latest stored bars, and has to earn its place as any other: the
          gate, no worse on the past, better in the shadow. Each look on the same bars is counted, and makes the gate stricter.
        </p>
        <UniverseChoice universes={universes} chosen={universe} onChoose={setUniverse} />
        <label class="choice">
          <input
            type="checkbox"
            checked={!isNow}
            onChange={(event) => {
              setIsNow(!event.currentTarget.checked);
            }}
          />
          Only where one is due
        </label>
      </ConfirmDialog>
    </>
  );
}

interface UniverseChoiceProps {
  readonly universes: readonly string[];
  /** Empty for every one. */
  readonly chosen: string;
  readonly onChoose: (universe: string) => void;
}

function UniverseChoice({ universes, chosen, onChoose }: UniverseChoiceProps): JSX.Element {
  return (
    <label class="field">
      Of which universe
      <select
        value={chosen}
        onChange={(event) => {
          onChoose(event.currentTarget.value);
        }}
      >
        <option value="">Every universe</option>
        {universes.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
