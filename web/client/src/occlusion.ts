/**
 * Occlusion: what each feature did to an answer, computed on the bundle's own graph.
 *
 * The graph is cut behind its scaled features: the cut graph takes them and gives the chance of a
 * rise. A feature is taken away by setting it to its training mean, which is zero once scaled, on
 * every bar the model reads. Features are shown one after the other, in a few orders and in each of
 * them backwards: what the chance moves by as a feature is added is averaged over the orders. So the
 * amounts add up to the whole move, whatever features do together. The service does the very same.
 */

import { CannotExplain, EXPLAINED, FEATURES, cutGraph } from "./cut-graph.js";
import type { Engine, Session } from "./engine.js";
import { tell } from "./result.js";
import { sha256Text } from "./sha256.js";
import { asNumbers } from "./tensors.js";
import type { Tensor, Tensors } from "./tensors.js";

/** What each feature did to one chance of a rise, by its place; or why nobody can tell, in words. */
export type Occlusion =
  | {
      /** The chance as the graph gives it, and with every feature at its training mean. */
      readonly value: number;
      readonly baseline: number;
      /** They add up to `value` less `baseline`. */
      readonly amounts: readonly number[];
      readonly trouble: "";
    }
  | { readonly trouble: string };

const LATE: Occlusion = { trouble: "there was no time left for it; ask again" };

// So many masked copies are run at once; between two runs it is seen whether there is time left.
const MOST_ROWS = 64;
const [WANTED_ROWS, MOST_PAIRS] = [128, 8];

/** A bundle's graph behind its scaled features, opened when it is first asked. */
export class CutGraph {
  private opening: Promise<Session> | null = null;

  constructor(
    private readonly graph: Uint8Array,
    private readonly engine: Engine,
    private readonly state: Tensors,
  ) {}

  /**
   * Return what each feature did to an answer.
   *
   * @param features Scaled, as the whole graph gives them: one row, steps, features.
   * @param isOver Asked between runs: whether the time is up.
   * @param beside What else the cut graph may take of what the whole one gives.
   */
  async explain(features: Tensor, isOver: () => boolean, beside: Tensors = {}): Promise<Occlusion> {
    try {
      this.opening ??= this.open();
      const session = await this.opening;
      const orders = drawOrders(features.shape.at(-1)!);
      const given = Object.entries({ ...beside, ...this.state }).filter(([name]) => session.inputNames.includes(name));
      const chances = await runMasked(session, Object.fromEntries(given), features, maskRows(orders), isOver);
      return chances === null ? LATE : addUp(orders, chances);
    } catch (error) {
      if (error instanceof CannotExplain) return { trouble: `this model's file cannot tell: ${error.message}` };
      return uncomputed(tell(error));
    }
  }

  private async open(): Promise<Session> {
    return this.engine.open(cutGraph(this.graph));
  }
}

/** Return the chance for each mask; null where the time was up first. */
async function runMasked(
  session: Session,
  given: Tensors,
  features: Tensor,
  masks: readonly Float32Array[],
  isOver: () => boolean,
): Promise<number[] | null> {
  const chances: number[] = [];
  for (let first = 0; first < masks.length; first += MOST_ROWS) {
    if (isOver()) return null;
    const shown = show(features, masks.slice(first, first + MOST_ROWS));
    const outputs = await session.run({ ...given, [FEATURES]: shown });
    chances.push(...asNumbers(outputs[EXPLAINED]!));
  }
  return chances;
}

/** Return what is said where something went wrong on the way. */
export function uncomputed(detail: string): Occlusion {
  return { trouble: `it could not be computed: ${detail}` };
}

/** Return the orders in which features are shown: each with its reverse, always the same. */
export function drawOrders(nFeatures: number): number[][] {
  const nPairs = Math.max(1, Math.min(MOST_PAIRS, Math.floor(WANTED_ROWS / (2 * Math.max(nFeatures, 1)))));
  const places = Array.from({ length: nFeatures }, (_, place) => place);
  return Array.from({ length: nPairs }, (_, pair) => {
    const lots = places.map((place) => sha256Text(`${nFeatures}/${pair}/${place}`));
    return [...places].sort((one, other) => (lots[one]! < lots[other]! ? -1 : 1));
  }).flatMap((order) => [order, [...order].reverse()]);
}

/** Return what is shown of the features: nothing, all, then the steps in between. */
export function maskRows(orders: readonly (readonly number[])[]): Float32Array[] {
  const nFeatures = orders[0]!.length;
  const between = orders.flatMap((order) =>
    order.slice(1).map((_, step) => {
      const row = new Float32Array(nFeatures);
      for (const place of order.slice(0, step + 1)) row[place] = 1;
      return row;
    }),
  );
  return [new Float32Array(nFeatures), new Float32Array(nFeatures).fill(1), ...between];
}

/** Return one copy of the features for each mask, what is masked at zero on every step. */
function show(features: Tensor, masks: readonly Float32Array[]): Tensor {
  const [values, nFeatures] = [features.data as Float32Array, features.shape.at(-1)!];
  const data = new Float32Array(masks.length * values.length);
  for (const [row, mask] of masks.entries()) {
    const start = row * values.length;
    for (let place = 0; place < values.length; place++) {
      data[start + place] = values[place]! * mask[place % nFeatures]!;
    }
  }
  return { kind: "float32", shape: [masks.length, ...features.shape.slice(1)], data };
}

function addUp(orders: readonly (readonly number[])[], chances: readonly number[]): Occlusion {
  const [baseline, value] = [chances[0]!, chances[1]!];
  const nFeatures = orders[0]!.length;
  const amounts = Array.from({ length: nFeatures }, () => 0);
  for (const [row, order] of orders.entries()) {
    const start = 2 + row * (nFeatures - 1);
    const steps = [baseline, ...chances.slice(start, start + nFeatures - 1), value];
    for (const [place, feature] of order.entries()) {
      amounts[feature]! += (steps[place + 1]! - steps[place]!) / orders.length;
    }
  }
  return { value, baseline, amounts, trouble: "" };
}
