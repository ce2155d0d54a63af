"""How often the intervals of the account of value added ever miss the truth, looked at every bar.

Model and rules hold independent opinions on outcomes whose expectations are known: noise of t5 and
of t3 with GARCH volatility, an edge that vanishes half way, five-bar forecasts that overlap, twenty
symbols that move together. Over ten years every stream is looked at after every bar; a miss is an
interval that at any one of them leaves out the mean of what was to be expected so far. Beside it:
the usual 95 % interval of a mean, looked at as often. The last columns say how long an edge of
3.5 points over the rules takes to be told from nothing.
"""

import sys
from dataclasses import dataclass

import numpy as np

from _report import Report, exact_interval, parse_arguments
from bellwether.arrays import FloatArray
from bellwether.monitor import Account, SettledBet
from bellwether.monitor._account import LEAST_BARS
from bellwether.monitor._bounds import SHARES, asymptotic_bound

LEVEL, BAR = 0.95, 0.05
N_BARS, AT_ONCE, CLIP, COST = 2520, 100, 2.5, 5e-4
VOLATILITY = 0.01
RULES_ACCURACY = 0.515


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Streams of one kind.

    Parameters
    ----------
    name : str
    accuracy, rules_accuracy : float
    until : int
        Bar at which both are at one half from then on.
    horizon_bars, n_symbols : int
    freedom : float
        Degrees of freedom of the noise.
    persistence : float
        Of a GARCH volatility; 0 for none.
    stays : float
        Chance that an opinion of noise is the one of the bar before.
    cost : float
        Of a change of position; none where the truth could not be written down with it.
    """

    name: str
    accuracy: float = 0.5
    rules_accuracy: float = 0.5
    until: int = N_BARS
    horizon_bars: int = 1
    n_symbols: int = 1
    freedom: float = 5.0
    persistence: float = 0.0
    stays: float = 0.0
    cost: float = COST


EDGE = {"accuracy": 0.55, "rules_accuracy": RULES_ACCURACY, "cost": 0.0}
WORLDS = (
    World(name="noise, t5"),
    World(name="noise, t3 with GARCH volatility", freedom=3.0, persistence=0.95),
    World(name="noise, five bars", horizon_bars=5, stays=0.9, cost=0.0),
    World(name="noise, five bars, 20 symbols", horizon_bars=5, n_symbols=20, stays=0.9, cost=0.0),
    World(name="an edge that vanishes", until=N_BARS // 2, persistence=0.95, **EDGE),  # type: ignore[arg-type]
    World(name="an edge", **EDGE),  # type: ignore[arg-type]
    World(name="an edge, 20 symbols", n_symbols=20, **EDGE),  # type: ignore[arg-type]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Outcomes of many streams, and what each bar was to bring.

    Parameters
    ----------
    outcomes, scale : float64 arrays of shape (n_streams, n_bars, n_symbols)
        Returns over the horizon and their standard deviation as known.
    model, rules : float64 arrays of the same shape
        Directions.
    truth, truth_score : float64 arrays of shape (n_streams, n_bars)
        Expected return and score above the rules.
    """

    outcomes: FloatArray
    scale: FloatArray
    model: FloatArray
    rules: FloatArray
    truth: FloatArray
    truth_score: FloatArray


def draw_streams(world: World, rng: np.random.Generator, n_streams: int) -> Streams:
    """Draw streams of a world."""
    h, shape = world.horizon_bars, (n_streams, N_BARS + world.horizon_bars - 1, world.n_symbols)
    unit = np.sqrt((world.freedom - 2.0) / world.freedom)
    noise = rng.standard_t(world.freedom, shape) * unit
    if world.n_symbols > 1:
        common = rng.standard_t(world.freedom, (*shape[:2], 1)) * unit
        noise = np.sqrt(0.1) * common + np.sqrt(0.9) * noise
    scale = spread(noise, world.persistence)
    bar_returns = noise * scale
    outcomes = np.stack([bar_returns[:, lag : lag + N_BARS] for lag in range(h)]).sum(axis=0)
    scale = scale[:, :N_BARS] * np.sqrt(h)
    skilled = np.arange(N_BARS)[None, :, None] < world.until
    signs = np.sign(outcomes)
    said = [
        np.where(rng.random(outcomes.shape) < np.where(skilled, one, 0.5), signs, -signs)
        for one in (world.accuracy, world.rules_accuracy)
    ]
    if world.stays > 0.0:
        said = [keep(rng, outcomes.shape, world.stays) for _ in said]
    edge = 2.0 * (world.accuracy - world.rules_accuracy) * skilled[:, :, 0]
    sizes = rng.standard_t(world.freedom, 4_000_000) * unit
    mean, clipped = float(np.abs(sizes).mean()), float(np.minimum(np.abs(sizes), CLIP).mean())
    return Streams(
        outcomes=outcomes,
        scale=scale,
        model=said[0],
        rules=said[1],
        truth=edge * scale.mean(axis=2) * mean,
        truth_score=edge * clipped * np.ones_like(scale[:, :, 0]),
    )


def keep(rng: np.random.Generator, shape: tuple[int, ...], stays: float) -> FloatArray:
    """Return opinions without any skill that are kept for a while."""
    said = np.where(rng.random(shape) < 0.5, 1.0, -1.0)
    kept = rng.random(shape) < stays
    for bar in range(1, shape[1]):
        said[:, bar] = np.where(kept[:, bar], said[:, bar - 1], said[:, bar])
    return said


def spread(noise: FloatArray, persistence: float) -> FloatArray:
    """Return the standard deviation of each bar as known before it: a GARCH recursion."""
    scale = np.full(noise.shape, VOLATILITY)
    if persistence == 0.0:
        return scale
    variance = np.full(noise[:, 0].shape, VOLATILITY**2)
    for bar in range(noise.shape[1]):
        scale[:, bar] = np.sqrt(variance)
        fresh = variance * noise[:, bar] ** 2
        variance = 0.05 * VOLATILITY**2 + (persistence - 0.08) * variance
        variance = variance + 0.08 * np.minimum(fresh, 100.0 * VOLATILITY**2)
    return scale


def added_of(world: World, streams: Streams) -> tuple[FloatArray, FloatArray]:
    """Return each bar's return and score above the rules, as the account has them."""
    earned = []
    for said in (streams.model, streams.rules):
        before = np.zeros_like(said)
        before[:, world.horizon_bars :] = said[:, : -world.horizon_bars]
        net = said * streams.outcomes - np.abs(said - before) * world.cost
        earned.append((net, np.clip(net / streams.scale, -CLIP, CLIP)))
    (net, score), (of_rules, rules_score) = earned
    return (net - of_rules).mean(axis=2), (score - rules_score).mean(axis=2)


def log_wealth(total: FloatArray, squares: FloatArray) -> FloatArray:
    """Return the logarithm of the evidence of every stream at every bar."""
    found = np.full(total.shape, -np.inf)
    for share in SHARES:
        term = share / (2.0 * CLIP) * total
        term += (np.log1p(-share) + share) / (2.0 * CLIP) ** 2 * squares
        found = np.logaddexp(found, term)
    return np.asarray(found - np.log(len(SHARES)))


@dataclass(slots=True, kw_only=True)
class Found:
    """What became of many streams: misses, and bars until an edge was told from nothing."""

    n_streams: int = 0
    missed: dict[str, int]
    told: dict[str, list[float]]


def look(world: World, streams: Streams, found: Found) -> None:
    """Look at every stream after every bar."""
    h = world.horizon_bars
    added, score = added_of(world, streams)
    n = np.arange(1, N_BARS + 1, dtype=np.float64)
    total, squares = np.cumsum(added, axis=1), np.cumsum(added**2, axis=1)
    deviation = np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0.0))
    shipped = np.array([asymptotic_bound(one / h, 1.0 - LEVEL) for one in n])
    late = n >= LEAST_BARS * h
    away = total - np.cumsum(streams.truth, axis=1)
    scores, score_squares = np.cumsum(score, axis=1) / h, np.cumsum(score**2, axis=1) / h
    off = scores - np.cumsum(streams.truth_score, axis=1) / h
    enough = np.log(2.0 / (1.0 - LEVEL))
    out = {
        "returns": (np.abs(away) > h * deviation * shipped) & late,
        "scores": np.maximum(log_wealth(off, score_squares), log_wealth(-off, score_squares))
        > enough,
        "usual": (np.abs(away) > 1.96 * deviation * np.sqrt(n * h)) & late,
    }
    clear = {
        "returns": (total > h * deviation * shipped) & late,
        "scores": log_wealth(scores, score_squares) > enough,
    }
    found.n_streams += len(added)
    for name, missed in out.items():
        found.missed[name] += int(missed.any(axis=1).sum())
    for name, cleared in clear.items():
        first = np.where(cleared.any(axis=1), cleared.argmax(axis=1) + 1.0, np.inf)
        found.told[name].extend(first.tolist())


def check_account(world: World, streams: Streams) -> bool:
    """Return whether the study's sums and bounds are the shipped ones, on one stream."""
    account = Account(horizon_bars=world.horizon_bars, cost_bps=world.cost * 1e4, level=LEVEL)
    state = account.start()
    for bar in range(N_BARS):
        bets = [
            SettledBet(
                symbol=str(symbol),
                outcome=float(streams.outcomes[0, bar, symbol]),
                volatility=float(streams.scale[0, bar, symbol]),
                rules=int(streams.rules[0, bar, symbol]),
                model=int(streams.model[0, bar, symbol]),
            )
            for symbol in range(world.n_symbols)
        ]
        state = account.step(state, bets)
    value = account.report(state).model
    added, score = added_of(world, streams)
    scale = 1e4 / world.horizon_bars
    half = added[0].std() * asymptotic_bound(N_BARS / world.horizon_bars, 1.0 - LEVEL)
    wide = (value.added_bps.high or 0.0) - value.added_bps.mean
    h = world.horizon_bars
    wealth = log_wealth(score[:1].sum(axis=1) / h, (score[:1] ** 2).sum(axis=1) / h)[0]
    pairs = (
        (value.added_bps.mean, added[0].mean() * scale),
        (value.added_score.mean, score[0].mean()),
        (wide, half * h / N_BARS * scale),
        (np.log(value.evidence), wealth),
    )
    return all(bool(np.isclose(shipped, own, rtol=1e-9)) for shipped, own in pairs)


def middle(bars: list[float]) -> str:
    """Return by which bar half of the streams were told from nothing."""
    found = float(np.median(bars))
    return f"{found:.0f}" if np.isfinite(found) else f"over {N_BARS}"


def main() -> int:
    """Run the study and return its exit code."""
    given = parse_arguments(__doc__ or "", seed=90_000, streams=2000)
    report = Report(
        name="study-account",
        title=f"Streams on which a 95 % interval ever misses, in {N_BARS} looks",
        seed=given.seed,
        columns=("world", "streams", "returns", "95 %", "scores", "95 %", "usual interval",
                 "half told by (returns)", "(scores)"),
    )  # fmt: skip
    also, worst, n_worst = {}, 0, 1
    for place, world in enumerate(WORLDS):
        rng = np.random.default_rng(given.seed + place)
        found = Found(missed={"returns": 0, "scores": 0, "usual": 0},
                      told={"returns": [], "scores": []})  # fmt: skip
        size = max(AT_ONCE // world.n_symbols, 5)
        while found.n_streams < given.streams:
            streams = draw_streams(world, rng, size)
            if found.n_streams == 0:
                also[f"{world.name}: sums are the shipped ones"] = check_account(world, streams)
            look(world, streams, found)
        n = found.n_streams
        shares = {name: count / n for name, count in found.missed.items()}
        spans = {name: exact_interval(count, n) for name, count in found.missed.items()}
        texts = {name: f"{low:.4f} to {high:.4f}" for name, (low, high) in spans.items()}
        told = [middle(found.told[name]) for name in ("returns", "scores")]
        report.add(world.name, n, shares["returns"], texts["returns"], shares["scores"],
                   texts["scores"], shares["usual"], *told)  # fmt: skip
        report.figures[world.name] = {"missed": found.missed, "streams": n, "told_by": told}
        for name in ("returns", "scores"):
            also[f"{world.name}: {name} at most {BAR:.0%}"] = shares[name] <= BAR
            if found.missed[name] / n >= worst / n_worst:
                worst, n_worst = found.missed[name], n
    interval = exact_interval(worst, n_worst)
    return report.close(worst / n_worst, interval, BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
