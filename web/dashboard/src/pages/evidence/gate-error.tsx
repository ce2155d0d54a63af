import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { CalibrationAnswer, CalibrationFigureAnswer, CalibrationsAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { count, daysLong, percent } from "../../format";
import { Badge, Card, type Column, DataTable, Figure, Figures, Instant, Notice } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { badgeOf, nameCalibration, seedsOf, tellCalibration, writeEnds, writeRate } from "./gate";
import { writeSkill } from "./plan";

const A_DAY = 86_400;

/** How often the gate itself is wrong, and right, as measured where the truth is known. */
export function GateError(): JSX.Element {
  const calibrations = useResource((signal) => getJson<CalibrationsAnswer>("/v1/calibration", { signal }), []);
  return (
    <Shown
      resource={calibrations}
      what="the gate's own error"
      empty={(value) => value.calibrations.length === 0}
      emptyText={
        <>
          <p>Not measured on this home yet.</p>
          <p>
            Run <code>bellwether gate calibrate</code>, or on your own bars <code>bellwether gate calibrate --data bars.csv</code>
          </p>
        </>
      }
    >
      {(value) => <Calibrations answer={value} />}
    </Shown>
  );
}

function Calibrations({ answer }: { readonly answer: CalibrationsAnswer }): JSX.Element | null {
  const [place, setPlace] = useState(0);
  const shown = answer.calibrations[place] ?? answer.calibrations[0];
  if (shown === undefined) {
    return null;
  }
  return (
    <div class="stack">
      {answer.calibrations.length > 1 && (
        <label class="field">
          Which measurement
          <select
            value={String(place)}
            onChange={(event) => {
              setPlace(Number(event.currentTarget.value));
            }}
          >
            {answer.calibrations.map((one, number) => (
              <option key={nameCalibration(one)} value={String(number)}>
                {nameCalibration(one)}
                {one.is_present_gate ? "" : " (another gate)"}
              </option>
            ))}
          </select>
        </label>
      )}
      <CalibrationView one={shown} level={answer.level} />
    </div>
  );
}

function CalibrationView({ one, level }: { readonly one: CalibrationAnswer; readonly level: number }): JSX.Element {
  const nulls = one.figures.filter((figure) => figure.kind === "null");
  const powers = one.figures.filter((figure) => figure.kind === "power");
  const badge = badgeOf(one);
  return (
    <div class="stack">
      {!one.is_present_gate && <Notice tone="warn" title="This was a gate with other options than the present ones" />}
      <Card title="How often it promotes what has no skill" actions={<Badge tone={badge.tone}>{badge.badge}</Badge>}>
        <p class="plan-sentence">{tellCalibration(one, level)}</p>
        <Figures>
          <Figure label="False promotions" value={writeRate(one.false_promotion.value)} note={`95% interval ${writeEnds(one.false_promotion)}`} />
          <Figure label="Runs without skill" value={count(one.false_promotion.n)} note={`${count(one.n_bars)} bars each`} />
          <Figure label="Allowed" value={percent(level)} note="whatever the number of pipelines tried" />
          <Figure label="Measured" value={<Instant at={one.measured_at} as="day" />} note={`in ${daysLong(one.seconds / A_DAY)}; seed ${seedsOf(one)}`} />
        </Figures>
        {one.n_runs_left_out > 0 && (
          <p class="muted small">
            The time was over before {count(one.n_runs_left_out)} more runs: give it a longer <code>--budget</code>.
          </p>
        )}
      </Card>
      <Card title="World by world" note="Without skill every promotion is an error.">
        <DataTable caption="Without skill" isCaptionHidden rows={nulls} rowKey={keyOf} columns={WORLD} />
      </Card>
      {powers.length > 0 && (
        <Card title="How often it sees planted skill" note="Here every promotion is right. Best possible is the test that knows everything but the answer.">
          <DataTable
            caption="With a planted skill"
            isCaptionHidden
            rows={powers}
            rowKey={keyOf}
            columns={[
              WORLD[0]!,
              { key: "ic", title: "Planted IC", numeric: true, cell: (figure) => writeSkill(figure.information_coefficient) },
              ...WORLD.slice(1),
              { key: "limit", title: "Best possible", numeric: true, cell: (figure) => percent(figure.limit) },
            ]}
          />
        </Card>
      )}
    </div>
  );
}

const WORLD: readonly Column<CalibrationFigureAnswer>[] = [
  { key: "world", title: "World", isRowHeader: true, cell: (figure) => figure.world.slice(0, 1).toUpperCase() + figure.world.slice(1) },
  { key: "rate", title: "Promoted", numeric: true, cell: (figure) => writeRate(figure.rate.value) },
  { key: "ends", title: "95% interval", numeric: true, cell: (figure) => writeEnds(figure.rate) },
  { key: "hits", title: "Of runs", numeric: true, cell: (figure) => `${count(figure.n_promoted)} of ${count(figure.n_runs)}` },
  { key: "seed", title: "Seed", numeric: true, cell: (figure) => String(figure.seed) },
];

function keyOf(figure: CalibrationFigureAnswer): string {
  return `${figure.world} ${figure.information_coefficient}`;
}
