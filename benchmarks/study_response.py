"""What the response costs where nothing is wrong, and what it saves where a model fails.

A model hits with 55 % and its fallback with 51.5 %, or with 51 %. Over ten stationary years the
router should leave the model serving; after a fall to 45 % it should change to the fallback soon.
The edge kept is the share of bars that the model served. The loss of the first year after the fall
is that of stakes of one on each bar's direction, in expectation, over the loss of always following
the model. Beside the router: a fallback for good after a red alarm, and confidence scaled down by a
CUSUM, which costs the edge that it protects.

The whole response is the router with the red alarm, the shadow and the return once it is proven,
for one symbol and for 20 with a correlation of .1. Of its return: how many models that were in the
shadow for a year, and are as good as they were again, answer within so many years; and how many
that are no better than the rules come back by luck within ten years.
"""

import sys
from dataclasses import dataclass
from functools import cache

import numpy as np

from _report import Report, parse_arguments
from _responses import Recoveries, Responses, Routers, benchmark_of, check_responses
from _streams import BARS_A_YEAR, Cusum, Mixture
from bellwether.arrays import FloatArray
from bellwether.monitor import (
    HitDetector,
    RecoveryTest,
    Router,
    Thresholds,
    design_effect,
    drift_of_accuracy,
)

ACCURACY, FALLEN = 0.55, 0.45
FLOOR = 0.53
FALLBACKS = (0.515, 0.51)
STILL_BARS = 10 * BARS_A_YEAR
BAR_KEPT, BAR_LOSS, BAR_LUCK = 0.97, 1.0 / 3.0, 0.05
CUSUM_SCALE = 4.0
SYMBOLS, CORRELATION = 20, 0.1
BACK_YEARS = 4
POLICIES = {
    "router": "router by scores",
    "hits": "router by hits",
    "red alarm": "router by hits, and fallback for good after a red alarm",
    "scaled": "confidence scaled by a CUSUM",
    "response": "whole response: router by scores, red alarm, shadow, return",
}


def follow(
    rng: np.random.Generator, n_streams: int, bars: list[tuple[float, int]], fallback: float
) -> dict[str, list[FloatArray]]:
    """Return by policy, for each stretch of an accuracy, the model's share of each stream."""
    by_hits, by_scores = Routers(Router(), n_streams), Routers(Router(), n_streams)
    whole = Responses(benchmark_of(ACCURACY, FLOOR, fallback, 1), n_streams)
    alarm = Mixture(HitDetector(floor=FLOOR), n_streams)
    cusum = Cusum(ACCURACY, FALLEN, n_streams)
    level = np.zeros(n_streams)
    is_red = np.zeros(n_streams, dtype=bool)
    shares: dict[str, list[FloatArray]] = {name: [] for name in POLICIES}
    for accuracy, n_bars in bars:
        sums = {name: np.zeros(n_streams) for name in shares}
        for _ in range(n_bars):
            served = by_hits.serves_model(fallback)
            sums["router"] += by_scores.serves_model(fallback)
            sums["hits"] += served
            sums["red alarm"] += served & ~is_red
            sums["scaled"] += np.clip(1.0 - level / CUSUM_SCALE, 0.0, 1.0)
            sums["response"] += whole.answers()
            scores = draw(rng, accuracy, n_streams, 1)
            hits = (scores[:, 0] > 0.0).astype(np.float64)
            by_hits.step(hits)
            by_scores.step_scores(scores)
            whole.step(scores)
            is_red |= alarm.step(hits) >= Thresholds().red
            level = np.maximum(cusum.step(hits), 0.0)
        for name, total in sums.items():
            shares[name].append(total / n_bars)
    return shares


def draw(rng: np.random.Generator, accuracy: float, n_streams: int, n_symbols: int) -> FloatArray:
    """Return one bar's scores; symbols move together by the correlation."""
    own = rng.standard_t(5, (n_streams, n_symbols)) * np.sqrt(0.6)
    if n_symbols == 1:
        return np.asarray(np.clip(drift_of_accuracy(accuracy) + own, -2.5, 2.5))
    common = rng.standard_t(5, (n_streams, 1)) * np.sqrt(0.6)
    together = np.sqrt(CORRELATION) * common + np.sqrt(1.0 - CORRELATION) * own
    return np.asarray(np.clip(pooled_drift(accuracy) + together, -2.5, 2.5))


@cache
def pooled_drift(accuracy: float) -> float:
    """Return the drift that makes an accuracy of outcomes that are two t5 together."""
    rng = np.random.default_rng(0)
    parts = rng.standard_t(5, (2, 1_000_000)) * np.sqrt(0.6)
    drawn = np.sqrt(CORRELATION) * parts[0] + np.sqrt(1.0 - CORRELATION) * parts[1]
    return -float(np.quantile(drawn, 1.0 - accuracy))


def pooled_shares(
    rng: np.random.Generator, n_streams: int, bars: list[tuple[float, int]], fallback: float
) -> list[FloatArray]:
    """Return the share of each stretch on which a model of 20 symbols answered."""
    effect = design_effect(SYMBOLS, CORRELATION)
    whole = Responses(benchmark_of(ACCURACY, FLOOR, fallback, SYMBOLS), n_streams, effect)
    shares = []
    for accuracy, n_bars in bars:
        total = np.zeros(n_streams)
        for _ in range(n_bars):
            total += whole.answers()
            whole.step(draw(rng, accuracy, n_streams, SYMBOLS))
        shares.append(total / n_bars)
    return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """How a proof of recovery ended over many models.

    Parameters
    ----------
    back : dict of int to float
        Share that answered again, by years after the recovery.
    by_luck : float
        Share of models no better than the rules that came back within ten years.
    interval : (float, float)
        95 %, of the latter.
    """

    back: dict[int, float]
    by_luck: float
    interval: tuple[float, float]


def measure_returns(
    rng: np.random.Generator, n_streams: int, n_symbols: int, fallback: float
) -> Returns:
    """Return how soon a good model is back, and how often one no better than the rules."""
    back = prove(rng, n_streams, n_symbols, fallback, [(FALLEN, 1), (ACCURACY, BACK_YEARS)])
    back -= BARS_A_YEAR
    lucky = prove(rng, n_streams, n_symbols, fallback, [(fallback, 10)]) < np.inf
    error = 1.96 * float(lucky.std(ddof=1)) / np.sqrt(n_streams)
    mean = float(lucky.mean())
    years = range(1, BACK_YEARS + 1)
    return Returns(
        back={year: float(np.mean(back <= year * BARS_A_YEAR)) for year in years},
        by_luck=mean,
        interval=(max(mean - error, 0.0), mean + error),
    )


def prove(
    rng: np.random.Generator,
    n_streams: int,
    n_symbols: int,
    fallback: float,
    years: list[tuple[float, int]],
) -> FloatArray:
    """Return bars from the alarm to the proof, infinite where there is none."""
    score = drift_of_accuracy(fallback)
    test = RecoveryTest(accuracy=fallback, score=score)
    effect = design_effect(n_symbols, CORRELATION) if n_symbols > 1 else 1.0
    recoveries = Recoveries(test, n_streams, effect)
    proven = np.full(n_streams, np.inf)
    bar = 0
    for accuracy, n_years in years:
        for _ in range(n_years * BARS_A_YEAR):
            recoveries.step(draw(rng, accuracy, n_streams, n_symbols))
            bar += 1
            proven[np.isinf(proven) & (recoveries.e_value >= 20.0)] = bar
    return proven


def loss_of(share: FloatArray, fallback: float) -> FloatArray:
    """Return what was lost where the model served so much, over what it loses alone."""
    lost = share * (1.0 - 2.0 * FALLEN) + (1.0 - share) * (1.0 - 2.0 * fallback)
    return lost / (1.0 - 2.0 * FALLEN)


def interval_of(values: FloatArray) -> tuple[float, float]:
    """Return the 95 % interval of a mean."""
    error = 1.96 * float(values.std(ddof=1)) / np.sqrt(len(values))
    return float(values.mean()) - error, float(values.mean()) + error


def check_routers(rng: np.random.Generator) -> bool:
    """Return whether the study's filter is the shipped one, on one stream."""
    router, many = Router(), Routers(Router(), 1)
    belief = router.begin()
    for score in rng.uniform(-2.5, 2.5, 500).tolist():
        hit = 1.0 if score > 0.0 else 0.0
        belief = router.step_scores(router.step(belief, [hit]), [score])
        many.step(np.array([hit]))
        many.step_scores(np.array([score]))
    return bool(np.allclose(belief.weights, many.weights[0], rtol=1e-12))


def tell(report: Report, told: str, fallback: float, kept: FloatArray, loss: FloatArray) -> None:
    """Add a policy to the report."""
    written = [f"{low:.4f} to {high:.4f}" for low, high in (interval_of(kept), interval_of(loss))]
    report.add(told, fallback, float(kept.mean()), written[0], float(loss.mean()), written[1])


def tell_returns(report: Report, rng: np.random.Generator, n_streams: int) -> dict[str, bool]:
    """Add how models return, and return what must hold of it."""
    figures: dict[str, float] = {}
    also = {}
    for n_symbols in (1, SYMBOLS):
        found = measure_returns(rng, n_streams, n_symbols, FALLBACKS[0])
        named = f"{n_symbols} symbols" if n_symbols > 1 else "one symbol"
        figures |= {f"back within {year} years, {named}": one for year, one in found.back.items()}
        figures |= {
            f"back by luck, {named}": found.by_luck,
            f"back by luck, {named}, from": found.interval[0],
            f"back by luck, {named}, to": found.interval[1],
        }
        told = f"no better than the rules and back by luck within ten years, {named}"
        also[told] = found.by_luck <= BAR_LUCK
    report.figures |= figures
    return also


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=80_000, worlds=2000)
    report = Report(
        name="study-response",
        title=f"Edge kept, and loss of the year after a fall, {arguments.worlds} streams",
        seed=arguments.seed,
        columns=("policy", "fallback", "edge kept", "95 %", "loss", "95 %"),
    )
    rng = np.random.default_rng(arguments.seed)
    also = {
        "the study's filter is the shipped one": check_routers(rng),
        "the study's response is the shipped one": check_responses(np.random.default_rng(7)),
    }
    still, fall = [(ACCURACY, STILL_BARS)], [(ACCURACY, 3 * BARS_A_YEAR), (FALLEN, BARS_A_YEAR)]
    found = {}
    for fallback in FALLBACKS:
        kept = follow(rng, arguments.worlds, still, fallback)
        shares = follow(rng, arguments.worlds, fall, fallback)
        for name, told in POLICIES.items():
            share, loss = kept[name][0], loss_of(shares[name][1], fallback)
            tell(report, told, fallback, share, loss)
            found[name, fallback] = (float(share.mean()), interval_of(share), float(loss.mean()))
        n_pooled = max(arguments.worlds // 4, 2)
        [pooled] = pooled_shares(rng, n_pooled, still, fallback)
        fallen = loss_of(pooled_shares(rng, n_pooled, fall, fallback)[1], fallback)
        tell(report, f"whole response, {SYMBOLS} symbols", fallback, pooled, fallen)
        told = "edge kept by the whole response, fallback"
        also[f"{told} {fallback}, one symbol"] = found["response", fallback][0] >= BAR_KEPT
        also[f"{told} {fallback}, {SYMBOLS} symbols"] = float(pooled.mean()) >= BAR_KEPT
    share_kept, interval, lost = found["router", FALLBACKS[0]]
    told = "loss of the first year, at most a third of always the model"
    for fallback in FALLBACKS:
        also[f"{told}, fallback {fallback}"] = found["router", fallback][2] <= BAR_LOSS
        also[f"{told}, whole response, fallback {fallback}"] = (
            found["response", fallback][2] <= BAR_LOSS
        )
    report.figures = {
        "loss_of_first_year": lost,
        "edge_kept_by_whole_response": found["response", FALLBACKS[0]][0],
    }
    also |= tell_returns(report, rng, arguments.worlds)
    return report.close(share_kept, interval, BAR_KEPT, at_most=False, also=also)


if __name__ == "__main__":
    sys.exit(main())
