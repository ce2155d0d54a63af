"""What the state of a watched model comes to: its standing, and its details for readers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bellwether.monitor import Account, Standing, alarm_facts, reject_by_e_values
from bellwether.watch._health import ModelWatch
from bellwether.watch._options import WatchOptions

Severity = Literal["", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
WINDOWS_BARS = (20, 60, 252)
SEVERITY_BARS, LEAST_SETTLED = 60, 20
_SEVERITIES: tuple[tuple[float, Severity], ...] = (
    (20.0, "CRITICAL"),
    (15.0, "HIGH"),
    (10.0, "MEDIUM"),
    (5.0, "LOW"),
)
_STEPS = {"ok": 1.0, "amber": 0.85, "red": 0.7, "recovering": 0.85}
_LEAST_FACTOR = 0.01
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentAccuracy:
    """Share of right directions over the last bars.

    Parameters
    ----------
    n_bars, n_settled : int
        Bars that were asked for, and directions settled on them.
    accuracy, low, high : float or None
        With its 95 % interval (Wilson 1927), by the independent outcomes among them.
    rules_accuracy : float or None
        Of the rules on the same bars.
    severity : {"", "LOW", "MEDIUM", "HIGH", "CRITICAL"}
        By how many points it lies below what was promised: 5, 10, 15, 20.
    """

    n_bars: int
    n_settled: int
    accuracy: float | None
    low: float | None
    high: float | None
    rules_accuracy: float | None
    severity: Severity

    def to_json(self) -> dict[str, Any]:
        """Return the accuracy as JSON values."""
        return {
            "n_bars": self.n_bars,
            "n_settled": self.n_settled,
            "accuracy": self.accuracy,
            "low": self.low,
            "high": self.high,
            "rules_accuracy": self.rules_accuracy,
            "severity": self.severity,
        }


def recent_accuracy(watch: ModelWatch, n_bars: int = SEVERITY_BARS) -> RecentAccuracy:
    """Return how often a model was right over the last bars.

    Parameters
    ----------
    watch : ModelWatch
    n_bars : int, default 60
        At most 252.
    """
    bars = watch.recent[-n_bars:]
    n_settled, n_hits = sum(bar.n_settled for bar in bars), sum(bar.n_hits for bar in bars)
    n_rules = sum(bar.n_rules_settled for bar in bars)
    n_rules_hits = sum(bar.n_rules_hits for bar in bars)
    rules = n_rules_hits / n_rules if n_rules else None
    if not n_settled:
        return RecentAccuracy(
            n_bars=n_bars,
            n_settled=0,
            accuracy=None,
            low=None,
            high=None,
            rules_accuracy=rules,
            severity="",
        )
    accuracy = n_hits / n_settled
    effect = watch.hits_agreement.design_effect(math.ceil(n_settled / len(bars)))
    low, high = _wilson(accuracy, n_settled / effect / watch.horizon_bars)
    lost = 100.0 * (watch.benchmark.accuracy - accuracy)
    found: Severity = next((name for least, name in _SEVERITIES if lost >= least), "")
    return RecentAccuracy(
        n_bars=n_bars,
        n_settled=n_settled,
        accuracy=accuracy,
        low=low,
        high=high,
        rules_accuracy=rules,
        severity=found if n_settled >= LEAST_SETTLED else "",
    )


def make_standing(watch: ModelWatch, options: WatchOptions) -> Standing:
    """Return what follows for a model that was watched.

    Parameters
    ----------
    watch : ModelWatch
    options : WatchOptions

    Notes
    -----
    Nothing is reduced while nothing is found: a belief wavers, and scaling by it would cost a
    sound model a part of its edge.
    """
    benchmark, believed = watch.benchmark, watch.belief.mean_accuracy
    edge = min(max((believed - 0.5) / (benchmark.kept_accuracy - 0.5), 0.0), 1.0)
    suspected = watch.condition != "ok"
    kept = max(edge, _LEAST_FACTOR) if options.reduction == "posterior" else _STEPS[watch.condition]
    return Standing(
        model_id=watch.model_id,
        condition=watch.condition,
        answers=watch.answers,
        accuracy=believed,
        fallback_accuracy=benchmark.fallback_accuracy,
        confidence_factor=kept if suspected else 1.0,
        edge_factor=edge if suspected else 1.0,
        as_of=watch.as_of,
        words=explain(watch, options),
    )


def explain(watch: ModelWatch, options: WatchOptions) -> str:
    """Return in words how a model stands and why."""
    recent = recent_accuracy(watch)
    if recent.accuracy is None or recent.low is None or recent.high is None:
        measured = "no outcome is settled yet"
    else:
        measured = (
            f"{recent.accuracy:.1%} of the last {recent.n_settled} were right "
            f"({recent.low:.1%} to {recent.high:.1%}), {watch.benchmark.accuracy:.1%} were promised"
        )
    if watch.condition == "red":
        proof = 1.0 if watch.recovery is None else watch.recovery.e_value
        return (
            f"drift is red: {measured}; it is watched in the shadow until its recovery is proven "
            f"(evidence {proof:.2g} of {options.recovery_evidence:g})"
        )
    if not watch.answers:
        believed, rules = watch.belief.mean_accuracy, watch.benchmark.fallback_accuracy
        return (
            f"the rules are expected to be better ({rules:.1%} against {believed:.1%}); {measured}"
        )
    said = {
        "ok": "as promised",
        "amber": "drift is amber",
        "recovering": "back after a proven recovery",
    }
    return f"{said[watch.condition]}: {measured}"


def alarm_of(watch: ModelWatch, options: WatchOptions) -> dict[str, Any]:
    """Return the facts behind a model's condition, as JSON values."""
    recent, answers = recent_accuracy(watch), watch.answers
    done = "the model answers" if answers else "the next rung of the ladder answers"
    if answers and watch.condition != "ok":
        done = "its confidence is reduced"
    return alarm_facts(
        e_value=watch.evidence,
        effective_sample_size=watch.n_effective,
        done=done,
        e_value_hits=watch.hits.e_value,
        e_value_scores=watch.scores.e_value,
        accuracy=recent.accuracy,
        accuracy_low=recent.low,
        accuracy_high=recent.high,
        promised_accuracy=watch.benchmark.accuracy,
        severity=recent.severity,
        recovery_evidence=None if watch.recovery is None else watch.recovery.e_value,
        symbols_accused=sorted(accused_symbols(watch, options))[:20],
    )


def accused_symbols(watch: ModelWatch, options: WatchOptions) -> frozenset[str]:
    """Return the symbols on which a model has lost its score, by e-BH."""
    e_values = {symbol: state.e_value_per_bar for symbol, state in watch.symbols.items()}
    return reject_by_e_values(e_values, options.symbols_level)


def describe_watch(watch: ModelWatch, options: WatchOptions) -> Mapping[str, Any]:
    """Return everything a reader may want to know of a watched model, as JSON values.

    Parameters
    ----------
    watch : ModelWatch
    options : WatchOptions
    """
    account = Account(horizon_bars=watch.horizon_bars, cost_bps=options.cost_bps)
    benchmark = watch.benchmark.to_json()
    benchmark |= {"floor": watch.benchmark.floor, "score_floor": watch.benchmark.score_floor}
    return {
        "model_id": watch.model_id,
        "horizon_bars": watch.horizon_bars,
        "standing": make_standing(watch, options).to_json(),
        "benchmark": benchmark,
        "facts": alarm_of(watch, options),
        "thresholds": options.to_json()["thresholds"],
        "recent": [recent_accuracy(watch, n).to_json() for n in WINDOWS_BARS],
        "belief": watch.belief.to_json(),
        "correlation": {
            "hits": watch.hits_agreement.correlation,
            "scores": watch.scores_agreement.correlation,
        },
        "account": account.report(watch.account).to_json(),
        "n_bars": watch.n_bars,
        "n_settled": watch.n_settled,
        "n_given_up": watch.n_given_up,
        "n_changes": watch.n_changes,
        "changed_bars": watch.changed_bars,
        "as_of": watch.as_of,
    }


def _wilson(share: float, n: float) -> tuple[float, float]:
    spread = _Z95 * _Z95 / n
    middle = (share + spread / 2.0) / (1.0 + spread)
    half = _Z95 * math.sqrt(share * (1.0 - share) / n + spread / (4.0 * n)) / (1.0 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)
