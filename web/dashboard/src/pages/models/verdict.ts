/** The gate's verdict as `GET /v1/models/{id}/verdict` gives it. Older ones hold less: what is missing is unknown. */

/** A number; null where it is unknown, "inf" where it is infinite. */
export type Numeral = number | string | null | undefined;

export interface Estimate {
  readonly value: Numeral;
  readonly low: Numeral;
  readonly high: Numeral;
  readonly n?: Numeral;
}

export type Leg = "construction" | "data" | "skill" | "value" | "contract";

export interface Check {
  readonly name: string;
  readonly leg: Leg;
  readonly passed: boolean;
  readonly reason: string;
  readonly next_step?: string;
  readonly figures?: Readonly<Record<string, Numeral>>;
  readonly computed?: boolean;
}

export interface Skill {
  readonly statistic: Readonly<Record<string, Numeral>>;
  readonly needed: Numeral;
  readonly p: Numeral;
  readonly alpha: Numeral;
  readonly information_coefficient: Estimate | null;
}

export interface Value {
  readonly over_cash: Numeral;
  readonly over_holding: Numeral;
  readonly over_rules: Numeral;
  readonly over_cash_t: Numeral;
  readonly over_holding_t: Numeral;
  readonly over_rules_t: Numeral;
  readonly mean_exposure: Numeral;
  readonly turnover: Numeral;
  readonly sharpe: Numeral;
  readonly probabilistic_sharpe: Numeral;
  readonly deflated_sharpe: Numeral;
  readonly minimum_track_record_bars: Numeral;
  readonly maximum_drawdown: Numeral;
  readonly maximum_drawdown_95: Numeral;
}

export interface ContractNumber {
  readonly value: Numeral;
  readonly low: Numeral;
  readonly high: Numeral;
  readonly threshold: Numeral;
  readonly passed: boolean;
  readonly interval?: "exact" | "bootstrap";
}

export interface Contract {
  readonly accuracy: ContractNumber;
  readonly profit_factor: ContractNumber;
  readonly maximum_drawdown: ContractNumber;
  readonly n_trades: Numeral;
  readonly profit_factor_by_trade: Numeral;
  readonly pesaran_timmermann_p: Numeral;
  readonly strict_hit_rate: Estimate | null;
  readonly net_return: Numeral;
}

export interface Year {
  readonly year: number;
  readonly n_bars: number;
  readonly accuracy: Estimate | null;
  readonly net_return: Numeral;
  readonly buy_and_hold: Numeral;
  readonly maximum_drawdown: Numeral;
  readonly information_coefficient: Estimate | null;
}

export interface Track {
  readonly name: string;
  readonly accuracy: Estimate | null;
  readonly return_a_year: Numeral;
  readonly sharpe: Numeral;
  readonly maximum_drawdown: Numeral;
  readonly profit_factor: Numeral;
}

export interface Floor {
  readonly track: Track;
  readonly excess_a_year: Estimate | null;
  readonly result_test: { readonly p: Numeral } | null;
}

export interface Regime {
  readonly regime: string;
  readonly share: Numeral;
  readonly accuracy: Estimate | null;
  readonly return_a_year: Numeral;
  readonly holding_a_year: Numeral;
  readonly information_coefficient: Estimate | null;
}

export interface Statement {
  /** A calendar year, or a regime. */
  readonly part: string;
  readonly n: Numeral;
  readonly probability_up: Numeral;
  readonly share_up: Estimate | null;
  readonly brier: Numeral;
  readonly coverage: Estimate | null;
}

export interface Reliability {
  readonly bins: readonly { readonly n: Numeral; readonly probability: Numeral; readonly share_up: Estimate }[];
  readonly calibration_error: Numeral;
  readonly brier: Numeral;
  readonly brier_of_base_rate: Numeral;
}

export interface Equity {
  readonly closed_at: readonly string[];
  readonly lines: readonly { readonly name: string; readonly values: readonly Numeral[] }[];
}

export interface Candidates {
  readonly n_candidates: number;
  readonly deflated_sharpe: Numeral;
  readonly overfitting_probability: Numeral;
  readonly superior_p: Numeral;
}

export interface Beside {
  readonly track?: Track | null;
  readonly floors?: readonly Floor[];
  readonly by_regime?: readonly Regime[];
  readonly reliability?: Reliability | null;
  readonly coverage?: { readonly claimed: Numeral; readonly measured: Estimate; readonly mean_width?: Numeral } | null;
  readonly statements_by_year?: readonly Statement[];
  readonly statements_by_regime?: readonly Statement[];
  readonly candidates?: Candidates | null;
  readonly equity?: Equity | null;
}

export interface CalibrationFigure {
  readonly world: string;
  readonly kind: "null" | "power";
  readonly information_coefficient: Numeral;
  readonly n_runs: number;
  readonly n_promoted: number;
  readonly rate: Estimate;
  readonly limit: Numeral;
  readonly seed: number;
}

export interface Verdict {
  readonly name: string;
  readonly pipeline: string;
  readonly snapshot: string;
  readonly evidence_digest: string;
  readonly options_digest: string;
  readonly decision: "PROMOTE" | "REFUSE" | "NOT ENOUGH DATA";
  readonly binding: "evidence" | "contract" | "both";
  readonly reason: string;
  readonly next_step: string;
  readonly checks: readonly Check[];
  readonly n_bars: number;
  readonly n_symbols: number;
  readonly n_effective: Numeral;
  readonly n_needed: Numeral;
  readonly n_pipelines: number;
  readonly n_looks: number;
  readonly first_closed_at: string;
  readonly last_closed_at: string;
  readonly skill: Skill | null;
  readonly value: Value | null;
  readonly contract: Contract | null;
  readonly by_year: readonly Year[];
  readonly beside?: Beside | null;
  readonly opinions?: {
    readonly sign_flip_p: Numeral;
    readonly n_flips: Numeral;
    readonly e_value: Numeral;
    readonly e_value_largest: Numeral;
    readonly e_needed: Numeral;
  } | null;
  readonly calibration?: {
    readonly snapshot: string;
    readonly measured_at: string;
    readonly figures: readonly CalibrationFigure[];
  } | null;
}

/** Return a number of a verdict: an infinity by its name, undefined where it is unknown. */
export function read(value: Numeral): number | undefined {
  if (typeof value === "string") {
    return value === "inf" ? Infinity : value === "-inf" ? -Infinity : undefined;
  }
  return value === null || value === undefined || Number.isNaN(value) ? undefined : value;
}

/** Return the smallest of the four t-statistics, which is the one that counts. */
export function smallestOf(skill: Skill): number | undefined {
  const four = ["raw_expanding", "raw_exponential", "centred_expanding", "centred_exponential"];
  const values = four.map((name) => read(skill.statistic[name]));
  return values.some((value) => value === undefined) ? undefined : Math.min(...(values as number[]));
}

/** Return what is left of a level after all pipelines and looks, as a share of it. */
export function shareLeft(verdict: Pick<Verdict, "n_pipelines" | "n_looks">): number {
  const looks = verdict.n_looks <= 1 ? 1 : 6 / (Math.PI ** 2 * verdict.n_looks ** 2);
  return looks / Math.max(verdict.n_pipelines, 1);
}

/** Return the rate of false promotion that the gate was asked for: it stands in the level left for this look. */
export function levelOf(verdict: Verdict): number {
  const alpha = read(verdict.skill?.alpha);
  return alpha === undefined ? 0.01 : Number((alpha / shareLeft(verdict)).toPrecision(6));
}

/** Return the chance that luck alone does as well, all pipelines and looks allowed for. */
export function luckAfterTrials(verdict: Verdict): number | undefined {
  const p = read(verdict.skill?.p);
  return p === undefined ? undefined : Math.min(1, p / shareLeft(verdict));
}
