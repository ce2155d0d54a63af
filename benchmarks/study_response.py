"""What the router costs where nothing is wrong, and what it saves where a model fails.

A model hits with 55 % and its fallback with 51.5 %, or with 51 %. Over ten stationary years the
router should leave the model serving; after a fall to 45 % it should change to the fallback soon.
The edge kept is the share of bars that the model served. The loss of the first year after the fall
is that of stakes of one on each bar's direction, in expectation, over the loss of always following
the model. Beside the router: a fallback for good after a red alarm, and confidence scaled down by a
CUSUM, which costs the edge that it protects.
"""

import sys

import numpy as np

from _report import Report, parse_arguments
from _streams import BARS_A_YEAR, Cusum, Mixture
from bellwether.arrays import FloatArray
from bellwether.monitor import HitDetector, Router, Thresholds, drift_of_accuracy

ACCURACY, FALLEN = 0.55, 0.45
FALLBACKS = (0.515, 0.51)
STILL_BARS = 10 * BARS_A_YEAR
BAR_KEPT, BAR_LOSS = 0.97, 1.0 / 3.0
CUSUM_SCALE = 4.0
POLICIES = {
    "router": "router by scores",
    "hits": "router by hits",
    "red alarm": "router by hits, and fallback for good after a red alarm",
    "scaled": "confidence scaled by a CUSUM",
}


class Routers:
    """`Router` over many streams; the arithmetic is compared with the shipped one below.

    Parameters
    ----------
    router : Router
    n_streams : int
    """

    def __init__(self, router: Router, n_streams: int) -> None:
        self._router = router
        self._accuracies = np.array(router.accuracies)
        self._drifts = np.array([drift_of_accuracy(one) for one in router.accuracies])
        self.weights = np.tile(np.array(router.start), (n_streams, 1))

    def serves_model(self, fallback: float) -> FloatArray:
        """Return 1 where the model serves the next bar."""
        return np.asarray(self.weights @ self._accuracies >= fallback, dtype=np.float64)

    def step(self, hits: FloatArray) -> None:
        """Take one more bar of hits."""
        self._learn(np.where(hits[:, None] > 0.5, self._accuracies, 1.0 - self._accuracies))

    def step_scores(self, scores: FloatArray) -> None:
        """Take one more bar of scores."""
        self._learn((1.0 + (scores[:, None] - self._drifts) ** 2 / 3.0) ** -3)

    def _learn(self, seen: FloatArray) -> None:
        known = self.weights * seen
        known /= known.sum(axis=1, keepdims=True)
        change = self._router.changes_a_bar
        self.weights = (1.0 - change) * known + change * np.array(self._router.renewal)


def follow(
    rng: np.random.Generator, n_streams: int, bars: list[tuple[float, int]], fallback: float
) -> dict[str, list[FloatArray]]:
    """Return by policy, for each stretch of an accuracy, the model's share of each stream."""
    by_hits, by_scores = Routers(Router(), n_streams), Routers(Router(), n_streams)
    alarm = Mixture(HitDetector(floor=0.53), n_streams)
    cusum = Cusum(ACCURACY, FALLEN, n_streams)
    level = np.zeros(n_streams)
    is_red = np.zeros(n_streams, dtype=bool)
    shares: dict[str, list[FloatArray]] = {name: [] for name in POLICIES}
    for accuracy, n_bars in bars:
        sums = {name: np.zeros(n_streams) for name in shares}
        drift = drift_of_accuracy(accuracy)
        for _ in range(n_bars):
            served = by_hits.serves_model(fallback)
            sums["router"] += by_scores.serves_model(fallback)
            sums["hits"] += served
            sums["red alarm"] += served * ~is_red
            sums["scaled"] += np.clip(1.0 - level / CUSUM_SCALE, 0.0, 1.0)
            scores = drift + rng.standard_t(5, n_streams) * np.sqrt(0.6)
            hits = (scores > 0.0).astype(np.float64)
            by_hits.step(hits)
            by_scores.step_scores(np.clip(scores, -2.5, 2.5))
            is_red |= alarm.step(hits) >= Thresholds().red
            level = np.maximum(cusum.step(hits), 0.0)
        for name, total in sums.items():
            shares[name].append(total / n_bars)
    return shares


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
    also = {"the study's filter is the shipped one": check_routers(rng)}
    still, fall = [(ACCURACY, STILL_BARS)], [(ACCURACY, 3 * BARS_A_YEAR), (FALLEN, BARS_A_YEAR)]
    found = {}
    for fallback in FALLBACKS:
        kept = follow(rng, arguments.worlds, still, fallback)
        shares = follow(rng, arguments.worlds, fall, fallback)
        for name, told in POLICIES.items():
            share, loss = kept[name][0], loss_of(shares[name][1], fallback)
            intervals = interval_of(share), interval_of(loss)
            written = [f"{low:.4f} to {high:.4f}" for low, high in intervals]
            means = float(share.mean()), float(loss.mean())
            report.add(told, fallback, means[0], written[0], means[1], written[1])
            found[name, fallback] = (means[0], intervals[0], means[1])
    share_kept, interval, lost = found["router", FALLBACKS[0]]
    told = "loss of the first year, at most a third of always the model"
    for fallback in FALLBACKS:
        also[f"{told}, fallback {fallback}"] = found["router", fallback][2] <= BAR_LOSS
    report.figures = {"loss_of_first_year": lost}
    return report.close(share_kept, interval, BAR_KEPT, at_most=False, also=also)


if __name__ == "__main__":
    sys.exit(main())
