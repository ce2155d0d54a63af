"""How a quadratic form is solved: its terms, the hypotheses about them, and their mean."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import Float32Array, FloatArray, IntArray
from bellwether.models._model import TrainingData, last_steps

BOUND = 2.0
"""In standard deviations: a product of two outliers would otherwise outweigh a year."""

# A term that matters alone has more to say than one of many: so many times what is believed.
ALONE = 2.0
_ROWS_AT_ONCE = 4096
_SMALLEST_VARIANCE = 1e-12
_SMALLEST_SPREAD = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """What is summed: features of each step, products, switched features; newest step first.

    A switched feature is one with the sign of another: what holds in one regime and is turned
    round in another; with the feature itself, what holds in one regime alone.

    Parameters
    ----------
    center, per_scale : float64 arrays of shape (n_features,)
        Mean, and one over the standard deviation, of each feature; 0 where it never varies.
    n_steps, n_product_steps : int
    multiplied : int64 array of shape (n_multiplied,)
        Features whose products are formed.
    """

    center: FloatArray
    per_scale: FloatArray
    n_steps: int
    n_product_steps: int
    multiplied: IntArray

    @property
    def n_features(self) -> int:
        """Features of each step."""
        return len(self.center)

    @property
    def n_linear(self) -> int:
        """Terms that are features."""
        return self.n_steps * self.n_features

    @property
    def n_quadratic(self) -> int:
        """Terms that are features or products."""
        return self.n_linear + self.n_product_steps * len(self.pairs[0])

    @property
    def switches(self) -> tuple[IntArray, IntArray]:
        """Places in `multiplied` of each switched feature and of the one it is switched by."""
        switched, by = np.nonzero(~np.eye(len(self.multiplied), dtype=np.bool_))
        return switched, by

    @property
    def pairs(self) -> tuple[IntArray, IntArray]:
        """Places in `multiplied` of the two factors of each product."""
        first, second = np.triu_indices(len(self.multiplied))
        return first, second

    def of(self, windows: Float32Array) -> FloatArray:
        """Return the terms of some windows, float64 of shape (n_rows, n_terms)."""
        steps = cut(windows, self.center, self.per_scale)[:, ::-1]
        factors = steps[:, : self.n_product_steps, self.multiplied]
        (first, second), (switched, by) = self.pairs, self.switches
        parts = (
            steps,
            factors[:, :, first] * factors[:, :, second],
            factors[:, :, switched] * np.sign(factors)[:, :, by],
        )
        return np.concatenate([part.reshape(len(windows), -1) for part in parts], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """What the training rows say of the terms: all that any hypothesis needs.

    Parameters
    ----------
    gram : float64 array of shape (n_terms, n_terms)
        Weighted products of centred terms.
    moment : float64 array of shape (n_terms,)
        Weighted products of centred terms and target.
    mean : float64 array of shape (n_terms,)
    noise : float
        Variance of the target: skill takes next to nothing of it away.
    """

    gram: FloatArray
    moment: FloatArray
    mean: FloatArray
    noise: float


def cut(windows: Float32Array, center: FloatArray, per_scale: FloatArray) -> FloatArray:
    """Return standardised windows cut at two standard deviations, float64."""
    scaled = (windows.astype(np.float64) - center) * per_scale
    return np.asarray(np.clip(scaled, -BOUND, BOUND))


def standardise(data: TrainingData) -> tuple[FloatArray, FloatArray]:
    """Return center and one over scale of each feature, rounded as they are stored."""
    rows = data.windows[:, -1, :].astype(np.float64)
    center = np.average(rows, axis=0, weights=data.weight)
    spread = np.sqrt(np.average((rows - center) ** 2, axis=0, weights=data.weight))
    varies = spread > np.sqrt(_SMALLEST_VARIANCE)
    per_scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=varies)
    rounded = (center.astype(np.float32), per_scale.astype(np.float32))
    return rounded[0].astype(np.float64), rounded[1].astype(np.float64)


def choose_multiplied(data: TrainingData, center: FloatArray, most: int) -> IntArray:
    """Return the features whose products are formed: all, or those most with the target."""
    if len(center) <= most:
        return np.arange(len(center))
    rows = data.windows[:, -1, :].astype(np.float64) - center
    weight = data.weight.astype(np.float64)
    spread = np.sqrt(np.average(rows**2, axis=0, weights=weight))
    together = np.abs((weight * (data.target - data.target_mean)) @ rows)
    evidence = np.divide(together, spread, out=np.zeros_like(spread), where=spread > 0.0)
    return np.sort(np.argsort(-evidence, kind="stable")[:most])


def solve(data: TrainingData, terms: Terms, believed: float) -> tuple[FloatArray, float]:
    """Return the coefficients and the intercept, averaged over the hypotheses.

    Parameters
    ----------
    data : TrainingData
    terms : Terms
    believed : float
        Correlation with the outcome that features, products and switched features are each
        believed to have.

    Returns
    -------
    coefficients : float64 array of shape (n_terms,)
    intercept : float

    Notes
    -----
    A hypothesis that coefficients of variance d matter makes the target normal with covariance
    noise + B d B', B the centred terms; its posterior mean is ridge regression. A term k bars
    back has 1/(1 + k) of the variance of one now. Before looking as much is believed of every
    feature and product together; of every feature together; of one feature of one bar alone; and
    of one term more alone - a product, a switched feature, or a feature with itself switched,
    which holds in one regime only. Among terms alone those k bars back have 1/(1 + k) of the
    chance of those now, and each is believed to say twice as much as all together (`ALONE`).

    Forecasts are given the spread that is believed over the training rows, whatever these say of
    it. What they say is mostly luck: forecasts that were lucky would be large until they are
    found out, and small when they are right again, which takes from their correlation with what
    follows as much as a tenth of what there is to gain, and some where there is nothing.
    """
    sums = sum_up(data, terms)
    logs, means = [], []
    for places, variance, prior in _hypotheses(terms):
        mean, evidence = find_posterior(sums, places, believed**2 * variance)
        logs.append(np.log(prior) + evidence)
        means.append((places, mean))
    highest = max(float(log.max()) for log in logs)
    weights = [np.exp(log - highest) for log in logs]
    total = sum(float(weight.sum()) for weight in weights)
    coefficients = np.zeros(len(sums.moment))
    for (places, mean), weight in zip(means, weights, strict=True):
        np.add.at(coefficients, places, mean * (weight / total)[:, None])
    spread = np.sqrt(float(coefficients @ sums.gram @ coefficients) / len(data))
    if spread > _SMALLEST_SPREAD:
        coefficients *= believed / spread
    return coefficients, data.target_mean - float(sums.mean @ coefficients)


def find_posterior(
    sums: Sums, places: IntArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the posterior means of several hypotheses, and how well each explains the rows.

    Parameters
    ----------
    sums : Sums
    places : int64 array of shape (n_hypotheses, n_own)
        Terms that each takes for real.
    variance : float64 array of shape (n_hypotheses, n_own)
        What each believes of their coefficients.

    Returns
    -------
    mean : float64 array of shape (n_hypotheses, n_own)
    log_evidence : float64 array of shape (n_hypotheses,)
        Log density of the target, less that of noise alone.
    """
    scale = np.sqrt(variance)
    gram = sums.gram[places[:, :, None], places[:, None, :]]
    gram = gram * (scale[:, :, None] * scale[:, None, :] / sums.noise)
    factor = np.linalg.cholesky(gram + np.eye(places.shape[1]))
    moment = (sums.moment[places] * scale / sums.noise)[:, :, None]
    whitened = np.linalg.solve(factor, moment)
    mean = scale * np.linalg.solve(factor.transpose(0, 2, 1), whitened)[:, :, 0]
    size = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    return mean, 0.5 * np.square(whitened[:, :, 0]).sum(axis=1) - size


def sum_up(data: TrainingData, terms: Terms) -> Sums:
    """Return the sums over the training rows, some rows at a time."""
    n_terms = terms.n_quadratic + terms.n_product_steps * len(terms.switches[0])
    weight = data.weight.astype(np.float64)
    weight = weight / weight.mean()
    target = data.target.astype(np.float64) - data.target_mean
    gram, moment, total = np.zeros((n_terms, n_terms)), np.zeros(n_terms), np.zeros(n_terms)
    windows = last_steps(data.windows, terms.n_steps, data.n_features)
    for rows in _blocks(len(data)):
        values = terms.of(windows[rows])
        weighted = values * weight[rows, None]
        gram += weighted.T @ values
        moment += weighted.T @ target[rows]
        total += weighted.sum(axis=0)
    mean = total / weight.sum()
    noise = max(float(np.average(target**2, weights=weight)), _SMALLEST_VARIANCE)
    return Sums(gram=gram - np.outer(total, mean), moment=moment, mean=mean, noise=noise)


def _hypotheses(terms: Terms) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
    """Yield hypotheses of one size: places of their terms, variances, and what is believed."""
    steps, past = (_fading(n) for n in (terms.n_steps, terms.n_product_steps))
    n_pairs, n_switches = len(terms.pairs[0]), len(terms.switches[0])
    linear = np.repeat(steps / terms.n_features, terms.n_features)
    products = np.repeat(past / n_pairs, n_pairs)
    everything = np.concatenate([linear, products])
    yield np.arange(terms.n_quadratic)[None], everything[None], np.ones(1)
    yield np.arange(terms.n_linear)[None], linear[None], np.ones(1)
    yield _alone(0, linear, 1.0)
    yield _alone(terms.n_linear, products, 1 / 3)
    if not n_switches:
        return
    switches = np.repeat(past / n_switches, n_switches)
    switched, variance, chance = _alone(terms.n_quadratic, switches, 1 / 3)
    yield switched, variance, chance
    back = np.repeat(np.arange(terms.n_product_steps), n_switches) * terms.n_features
    own = back + np.tile(terms.multiplied[terms.switches[0]], terms.n_product_steps)
    both = np.stack([own, switched[:, 0]], axis=1)
    yield both, np.full(both.shape, ALONE**2 / 2.0), chance


def _alone(first: int, share: FloatArray, belief: float) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the hypotheses that each of some terms matters and nothing else."""
    places = first + np.arange(len(share))[:, None]
    return places, np.full(places.shape, ALONE**2), belief * share


def _fading(n_steps: int) -> FloatArray:
    share = 1.0 / (1.0 + np.arange(n_steps))
    return np.asarray(share / share.sum())


def _blocks(n_rows: int) -> Iterator[slice]:
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        yield slice(start, min(start + _ROWS_AT_ONCE, n_rows))
