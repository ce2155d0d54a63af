import type { JSX } from "preact";

import { Badge, Card } from "../../shell/parts";
import { type LegLine, legsOf } from "./card";
import type { Verdict } from "./verdict";

/** The gate's table: every leg, every check, binding or not. */
export function GateCard({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const legs = legsOf(verdict).filter((leg) => leg.checks.length > 0);
  const failed = verdict.checks.filter((check) => !check.passed).length;
  return (
    <Card
      title="The gate, check by check"
      note={failed === 0 ? `All ${verdict.checks.length} checks passed.` : `${failed} of ${verdict.checks.length} checks failed.`}
    >
      {legs.length === 0 ? (
        <p class="muted">No check is written down in this verdict.</p>
      ) : (
        <div class="table-frame" role="region" aria-label="Every check, binding or not" tabIndex={0}>
          <table class="checks">
            <caption class="visually-hidden">Every check, binding or not</caption>
            <thead>
              <tr>
                <th scope="col">Check</th>
                <th scope="col">Result</th>
                <th scope="col">What was found</th>
              </tr>
            </thead>
            {legs.map((leg) => (
              <LegRows key={leg.question} leg={leg} />
            ))}
          </table>
        </div>
      )}
    </Card>
  );
}

function LegRows({ leg }: { readonly leg: LegLine }): JSX.Element {
  return (
    <tbody>
      <tr class="check-group">
        <th colSpan={3} scope="rowgroup">
          {leg.question}
          {!leg.decides && <span class="muted"> shown beside it, not deciding</span>}
        </th>
      </tr>
      {leg.checks.map((check) => (
        <tr key={check.name}>
          <th scope="row">{check.name}</th>
          <td>
            <Badge tone={check.passed ? "good" : leg.decides ? "bad" : "neutral"}>{check.passed ? "passed" : "failed"}</Badge>
          </td>
          <td>
            {check.reason}
            {check.nextStep !== "" && <span class="muted check-step">What to do: {check.nextStep}</span>}
          </td>
        </tr>
      ))}
    </tbody>
  );
}
