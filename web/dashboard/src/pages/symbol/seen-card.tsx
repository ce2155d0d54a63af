import type { JSX } from "preact";

import type { PredictionAnswer } from "../../api/schema";
import { fixed, percent } from "../../format";
import { Card } from "../../shell/parts";
import { placeContributions } from "./seen";

const MOST = 10;
const WIDTH = 200;

/** What the model saw, or why it is not told; nothing where nobody asked. */
export function SeenCard({ answer }: { readonly answer: PredictionAnswer }): JSX.Element | null {
  const { contributions, explanation } = answer;
  if (contributions.length === 0) {
    return explanation ? (
      <Card title="What the model saw" note={`Not told: ${explanation.trouble}.`}>
        {null}
      </Card>
    ) : null;
  }
  const moved = placeContributions(contributions, MOST);
  return (
    <Card title="What the model saw" note="By how many points each feature moved the model's own chance of a rise: to the right up, to the left down.">
      <table class="seen">
        <caption class="visually-hidden">Contributions of features to the answer, the strongest first</caption>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">Drawn</th>
            <th scope="col">Contribution</th>
          </tr>
        </thead>
        <tbody>
          {moved.map((one) => (
            <tr key={one.feature}>
              <th scope="row">{breakable(one.feature)}</th>
              <td>
                <svg class="seen-bar" viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" aria-hidden="true">
                  <rect class="seen-middle" x={WIDTH / 2 - 0.5} width={1} height={10} />
                  <rect class={one.amount < 0 ? "span-bad" : "span-good"} x={one.start * WIDTH} width={one.length * WIDTH} y={1} height={8} rx={1.5} />
                </svg>
              </td>
              <td class="numeric">{fixed(100 * one.amount, 2, { signed: true })}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {explanation ? (
        <p class="muted">
          They add up from {percent(explanation.baseline)}, with every feature at its training mean, to {percent(explanation.value)}. They say what moved the model, and nothing about what
          moves the market.
        </p>
      ) : null}
    </Card>
  );
}

/** A name that may go on in a second line behind each of its underscores. */
function breakable(name: string): (string | JSX.Element)[] {
  return name.split(/(?<=_)/).flatMap((part, place) => (place === 0 ? [part] : [<wbr key={place} />, part]));
}
