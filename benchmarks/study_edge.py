"""How often a genuine edge of IC .20 is promoted: given to the gate, and learned.

Given: worlds of 5 years whose forecast is an AR(.9) signal handed to the gate as it is. Learned:
the demo's edge world (10 years, five-bar reversal) through XGBoost and ridge, seed by seed.
"""

import sys

import numpy as np

from _report import Report, exact_interval, parse_arguments
from _worlds import in_parallel, train_in_memory
from bellwether.bars import World, edge_world
from bellwether.rules import rule_signals
from bellwether.trials import TrialCount
from bellwether.validation import Evidence, GateOptions, judge

IC = 0.20
GIVEN_BARS, LEARNED_BARS = 1260, 2520
GIVEN_BAR, LEARNED_BAR = 0.98, 0.95
START_FRAC = 0.30


def evidence_of(world: World) -> Evidence:
    """Return the true signal of a world as evidence: known at each close, of the next bar."""
    bars = world.bars
    returns = np.append(np.nan, bars.close[1:] / bars.close[:-1] - 1.0)
    forecast = np.append(np.nan, world.signal[:-1])
    rules = np.append(np.nan, rule_signals(bars.matrix).direction[:-1])
    return Evidence(
        name="the true signal",
        pipeline="given",
        snapshot=bars.digest,
        closed_at=bars.closed_at,
        close=bars.close,
        returns=returns,
        forecast=forecast,
        direction=np.sign(forecast),
        rule_direction=rules,
        target=np.append(returns[1:], np.nan),
        out_of_sample_from=round(START_FRAC * len(bars)),
        warm_from=1,
        trials=TrialCount(n_pipelines=1, n_looks=1),
        fold_spans=((bars.closed_at[0], bars.closed_at[1]),),
        leaks_probed=True,
    )


def judge_given(seed: int) -> bool:
    """Return whether the gate promotes the true signal of one world."""
    world = edge_world(seed, GIVEN_BARS, information_coefficient=IC, signal="exogenous")
    return judge(evidence_of(world), GateOptions()).promotes


def judge_learned(seed: int) -> tuple[bool, float]:
    """Return whether something learned was promoted, and the ensemble's skill t-statistic."""
    result = train_in_memory(edge_world(seed, LEARNED_BARS, information_coefficient=IC).bars)
    skill = result.candidates[0].verdict.skill
    return result.champion is not None, skill.statistic.minimum if skill else float("nan")


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=20_000, worlds=100)
    report = Report(
        name="study-edge",
        title=f"Promotion of a genuine edge, IC {IC}, {arguments.worlds} worlds each",
        seed=arguments.seed,
        columns=("forecast", "years", "promoted", "share", "95 % interval", "bar"),
    )
    seeds = range(arguments.seed, arguments.seed + arguments.worlds)
    given = list(in_parallel(judge_given, seeds, arguments.workers, "given"))
    learned = list(in_parallel(judge_learned, seeds, arguments.workers, "learned"))
    rows = (
        ("given to the gate", GIVEN_BARS, given, GIVEN_BAR),
        ("learned by XGBoost and ridge", LEARNED_BARS, [hit for hit, _ in learned], LEARNED_BAR),
    )
    shares = []
    for name, n_bars, hits, bar in rows:
        low, high = exact_interval(sum(hits), len(hits))
        share = sum(hits) / len(hits)
        shares.append((share, (low, high)))
        report.add(name, n_bars // 252, sum(hits), share, f"{low:.3f} to {high:.3f}", bar)
    report.figures = {
        "given": {"share": shares[0][0], "interval": shares[0][1], "bar": GIVEN_BAR},
        "learned_median_skill_t": float(np.median([t for _, t in learned])),
        "learned_smallest_skill_t": float(np.min([t for _, t in learned])),
    }
    given_holds = {f"given to the gate, at least {GIVEN_BAR:.0%}": shares[0][0] >= GIVEN_BAR}
    return report.close(shares[1][0], shares[1][1], LEARNED_BAR, at_most=False, also=given_holds)


if __name__ == "__main__":
    sys.exit(main())
