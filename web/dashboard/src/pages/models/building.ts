/** Models and verdicts for tests. */

import type { ModelAnswer } from "../../api/schema";
import type { Check, Verdict } from "./verdict";

/** Build a candidate of the universe "edge" that the gate would let serve. */
export function buildModel(changes: Partial<ModelAnswer> = {}): ModelAnswer {
  return {
    model_id: "edge-ridge-1",
    stage: "candidate",
    universe: "edge",
    interval: "1d",
    horizon_bars: 1,
    symbols: ["EDGE", "REVERT"],
    decision: "PROMOTE",
    is_renewal: false,
    bundle_digest: "b".repeat(64),
    pipeline_digest: "p".repeat(64),
    snapshot_digest: "s".repeat(64),
    bellwether_version: "0.1.0",
    trained_at: "2026-02-13T21:00:00Z",
    registered_at: "2026-02-13T21:30:00Z",
    changed_at: "2026-02-13T21:30:00Z",
    metrics: {},
    ...changes,
  };
}

/** Build a check that passed. */
export function buildCheck(changes: Partial<Check> = {}): Check {
  return { name: "skill", leg: "skill", passed: true, reason: "the t-statistic is 4.0", ...changes };
}

/** Build a verdict that says PROMOTE. */
export function buildVerdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    name: "ridge",
    pipeline: "p".repeat(64),
    snapshot: "s".repeat(64),
    evidence_digest: "e".repeat(64),
    options_digest: "o".repeat(64),
    decision: "PROMOTE",
    binding: "evidence",
    reason: "the forecast's skill t-statistic is 4.00 where 2.71 is needed",
    next_step: "let it serve, with the rules in shadow beside it",
    checks: [buildCheck()],
    n_bars: 801,
    n_symbols: 2,
    n_effective: 1591.8,
    n_needed: 589,
    n_pipelines: 3,
    n_looks: 1,
    first_closed_at: "2023-01-20T21:00:00",
    last_closed_at: "2026-02-13T21:00:00",
    skill: {
      statistic: { raw_expanding: 4.2, raw_exponential: 4.1, centred_expanding: 4, centred_exponential: 4.3 },
      needed: 2.713,
      p: 3.2e-5,
      alpha: 0.01 / 3,
      information_coefficient: { value: 0.2, low: 0.15, high: 0.25, n: 1591.8 },
    },
    value: {
      over_cash: 0.3, over_holding: 0.28, over_rules: 0.5, over_cash_t: 6, over_holding_t: 7, over_rules_t: 8,
      mean_exposure: 0.1, turnover: 40, sharpe: 3, probabilistic_sharpe: 0.999, deflated_sharpe: 0.99,
      minimum_track_record_bars: 120, maximum_drawdown: 0.08, maximum_drawdown_95: 0.12,
    },
    contract: {
      accuracy: { value: 0.567, low: 0.543, high: 0.592, threshold: 0.55, passed: true, interval: "exact" },
      profit_factor: { value: "inf", low: null, high: null, threshold: 1.5, passed: true },
      maximum_drawdown: { value: 0.25, low: 0.2, high: 0.3, threshold: 0.2, passed: false, interval: "bootstrap" },
      n_trades: 282, profit_factor_by_trade: 4.2, pesaran_timmermann_p: 1e-5, strict_hit_rate: null, net_return: 2.8,
    },
    by_year: [
      {
        year: 2025, n_bars: 261, accuracy: null, net_return: 0.5, buy_and_hold: -0.08, maximum_drawdown: 0.05,
        information_coefficient: { value: 0.23, low: 0.14, high: 0.31 },
      },
    ],
    beside: null,
    opinions: null,
    calibration: null,
    ...changes,
  };
}
