/** Shelves: which bundles answer for a market, and when their answers are good enough. */

import type { BundleAddress } from "./fetching.js";
import type { Fault, LadderOptions } from "./ladder.js";
import { LADDER_OPTIONS } from "./ladder.js";
import { found } from "./result.js";
import type { Result } from "./result.js";
import type { StandingRecord } from "./standing.js";

/** A model that may answer. */
export interface Seat {
  readonly address: BundleAddress;
  /** Close of the last bar it was trained on, in microseconds since 1970; null for the manifest's. */
  readonly trainedAt: number | null;
  /** What is thought of it; null where nobody watches it. */
  readonly standing: StandingRecord | null;
}

/** Who may answer for a market, best first. */
export interface Serving {
  readonly champion: Seat | null;
  readonly previous: Seat | null;
  readonly modelsEnabled: boolean;
  readonly ladder: LadderOptions;
}

/** What knows who may answer. Treaty: always answers, and never throws. */
export interface Shelf {
  find(symbol: string, interval: string, horizonBars: number): Promise<Result<Serving, Fault>>;
}

/** A model's bundle at an address that somebody chose. */
export interface ChosenBundle {
  readonly url: string;
  readonly digest?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Return an address as it is asked for. */
export function addressOf(chosen: ChosenBundle): BundleAddress {
  const { url, digest, headers } = chosen;
  return { url, digest: digest ?? null, ...(headers && { headers }) };
}

/** Bundles chosen by hand, the same for every market: those that are not about it say so. */
export class FixedShelf implements Shelf {
  private readonly serving: Serving;

  constructor(
    champion: ChosenBundle | null,
    previous: ChosenBundle | null = null,
    ladder: LadderOptions = LADDER_OPTIONS,
  ) {
    const seat = (chosen: ChosenBundle | null): Seat | null =>
      chosen && { address: addressOf(chosen), trainedAt: null, standing: null };
    this.serving = { champion: seat(champion), previous: seat(previous), modelsEnabled: true, ladder };
  }

  find(): Promise<Result<Serving, Fault>> {
    return Promise.resolve(found(this.serving));
  }
}
