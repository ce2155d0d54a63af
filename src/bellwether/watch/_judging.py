"""What follows from settled forecasts for one model, bar by bar."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bellwether.monitor import (
    POOLED_GAPS,
    SCORE_CLIP,
    Account,
    Agreement,
    Benchmark,
    Condition,
    HitDetector,
    RecoveryTest,
    Router,
    ScoreDetector,
)
from bellwether.watch._health import WINDOW_BARS, ModelWatch, RecentBar, SettledVoice
from bellwether.watch._options import WatchOptions

# A light that went on goes out at half of the evidence, so that it does not flicker.
_OUT_SHARE = 0.5
# Of a single symbol three bets tell nearly as much as eight, and are kept for each of thousands.
_SYMBOL_BETS = (0.06, 0.15, 0.30)
_PRIOR_BARS = 252.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """Everything that looks at a model's outcomes, set to what the model promised."""

    hits: HitDetector
    scores: ScoreDetector
    symbol: ScoreDetector
    router: Router
    recovery: RecoveryTest

    @classmethod
    def of(cls, benchmark: Benchmark, horizon_bars: int) -> "Instruments":
        """Return the instruments for a model."""
        return _instruments(
            (benchmark.floor, benchmark.score_floor, round(benchmark.kept_accuracy, 12)),
            (benchmark.fallback_accuracy, benchmark.fallback_score),
            horizon_bars,
            benchmark.n_symbols > 1,
        )


@lru_cache(maxsize=256)
def _instruments(
    own: tuple[float, float, float],
    rules: tuple[float, float],
    horizon_bars: int,
    is_pooled: bool,
) -> Instruments:
    floor, score_floor, accuracy = own
    hits = HitDetector(floor=floor, horizon_bars=horizon_bars)
    return Instruments(
        hits=replace(hits, gaps=POOLED_GAPS) if is_pooled else hits,
        scores=ScoreDetector(floor=score_floor, horizon_bars=horizon_bars),
        symbol=ScoreDetector(floor=score_floor, horizon_bars=horizon_bars, bet_shares=_SYMBOL_BETS),
        router=Router.around(accuracy),
        recovery=RecoveryTest(accuracy=rules[0], score=rules[1], horizon_bars=horizon_bars),
    )


def begin_watch(model_id: str, horizon_bars: int, benchmark: Benchmark) -> ModelWatch:
    """Return what is known of a model before its first outcome.

    Parameters
    ----------
    model_id : str
    horizon_bars : int
    benchmark : Benchmark
    """
    tools = Instruments.of(benchmark, horizon_bars)
    return ModelWatch(
        model_id=model_id,
        horizon_bars=horizon_bars,
        benchmark=benchmark,
        hits=tools.hits.start(),
        scores=tools.scores.start(),
        belief=tools.router.begin(),
        hits_agreement=_prior(benchmark.hits_agreement),
        scores_agreement=_prior(benchmark.scores_agreement),
    )


def step_watch(
    watch: ModelWatch, as_of: str, settled: Sequence[SettledVoice], options: WatchOptions
) -> ModelWatch:
    """Return what is known of a model after one more bar.

    Parameters
    ----------
    watch : ModelWatch
    as_of : str
        Close of the bar the forecasts were made on, ISO 8601, UTC.
    settled : sequence of SettledVoice
        One a symbol, in the order of symbols.
    options : WatchOptions

    Notes
    -----
    Knows: outcomes settled up to now. The design effect of a bar rests on the bars before it.
    """
    bar = _Bar.of(watch, settled)
    account = Account(horizon_bars=watch.horizon_bars, cost_bps=options.cost_bps)
    known = replace(
        watch,
        account=account.step(watch.account, [voice.bet for voice in settled]),
        recent=(*watch.recent, bar.count(as_of))[-WINDOW_BARS:],
        as_of=max(watch.as_of, as_of),
        n_bars=watch.n_bars + 1,
        n_settled=watch.n_settled + len(bar.hits),
        changed_bars=watch.changed_bars + 1,
    )
    return _decide(_learn(known, bar), options) if bar.scores else known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """One bar of one model as its instruments take it."""

    settled: Sequence[SettledVoice]
    hits: list[float]
    scores: list[float]
    plain: list[float]
    by_symbol: list[tuple[str, float]]

    @classmethod
    def of(cls, watch: ModelWatch, settled: Sequence[SettledVoice]) -> "_Bar":
        hits: list[float] = []
        scores, plain, by_symbol = [], [], []
        for voice in settled:
            bet = voice.bet
            if not bet.model:
                continue
            standardised = bet.model * bet.outcome / bet.volatility
            weight = voice.confidence / watch.benchmark.confidence_mean
            if standardised:
                hits.append(1.0 if standardised > 0.0 else 0.0)
            plain.append(_clip(standardised))
            scores.append(_clip(standardised * weight))
            by_symbol.append((bet.symbol, scores[-1]))
        return cls(settled=settled, hits=hits, scores=scores, plain=plain, by_symbol=by_symbol)

    def count(self, as_of: str) -> RecentBar:
        told = [voice.bet for voice in self.settled if voice.bet.rules and voice.bet.outcome]
        n_right = sum(bet.rules * bet.outcome > 0.0 for bet in told)
        return RecentBar(as_of, int(sum(self.hits)), len(self.hits), n_right, len(told))


def _learn(watch: ModelWatch, bar: _Bar) -> ModelWatch:
    """Take a bar into detectors, belief, correlation and the proof of a recovery."""
    tools = Instruments.of(watch.benchmark, watch.horizon_bars)
    of_hits = watch.hits_agreement.design_effect(len(bar.hits))
    of_scores = watch.scores_agreement.design_effect(len(bar.scores))
    recovery = watch.recovery
    if recovery is not None:
        effects = (of_hits, of_scores)
        recovery = tools.recovery.step(recovery, bar.hits, bar.plain, effects)
    symbols = watch.symbols
    if watch.benchmark.n_symbols > 1:
        start = tools.symbol.start()
        new = {
            symbol: tools.symbol.step(symbols.get(symbol, start), [score])
            for symbol, score in bar.by_symbol
        }
        symbols = {**symbols, **new}
    return replace(
        watch,
        # A bar on which nothing was right or wrong is no bar: evidence would grow by waiting.
        hits=tools.hits.step(watch.hits, bar.hits, of_hits) if bar.hits else watch.hits,
        scores=tools.scores.step(watch.scores, bar.scores, of_scores),
        symbols=symbols,
        belief=tools.router.step_scores(watch.belief, bar.plain, of_scores),
        recovery=recovery,
        hits_agreement=watch.hits_agreement.take(bar.hits),
        scores_agreement=watch.scores_agreement.take(bar.scores),
        n_effective=watch.n_effective + len(bar.scores) / of_scores / watch.horizon_bars,
    )


def _decide(watch: ModelWatch, options: WatchOptions) -> ModelWatch:
    """Return the model with the condition that follows, and whether it may answer."""
    tools = Instruments.of(watch.benchmark, watch.horizon_bars)
    condition = next_condition(watch, options)
    known = watch
    if condition == "red" and watch.condition != "red":
        known = replace(known, recovery=tools.recovery.start())
    if condition == "recovering" and watch.condition == "red":
        known = _restart(known, tools)
    answers = condition != "red" and tools.router.serves_model(
        known.belief, watch.benchmark.fallback_accuracy
    )
    if (condition, answers) == (watch.condition, watch.answers):
        return known
    changed = 0 if condition != watch.condition else watch.changed_bars
    return replace(
        known,
        condition=condition,
        answers=answers,
        n_changes=watch.n_changes + 1,
        changed_bars=changed,
    )


def next_condition(watch: ModelWatch, options: WatchOptions) -> Condition:
    """Return the condition that the evidence asks for.

    Parameters
    ----------
    watch : ModelWatch
        As it was, with the evidence of the bar taken in.
    options : WatchOptions

    Notes
    -----
    Red ends by a proof only. Amber ends at half of the evidence that began it.
    """
    if watch.condition == "red":
        evidence = 0.0 if watch.recovery is None else watch.recovery.e_value
        return "recovering" if evidence >= options.recovery_evidence else "red"
    colour = options.thresholds.colour(watch.evidence)
    if colour != "ok":
        return colour
    if watch.condition == "amber" and watch.evidence >= _OUT_SHARE * options.thresholds.amber:
        return "amber"
    if watch.condition == "recovering" and watch.changed_bars < options.recovering_bars:
        return "recovering"
    return "ok"


def _restart(watch: ModelWatch, tools: Instruments) -> ModelWatch:
    return replace(
        watch,
        hits=tools.hits.start(),
        scores=tools.scores.start(),
        symbols={},
        belief=tools.router.begin(),
        recovery=None,
    )


def _prior(agreement: Agreement) -> Agreement:
    """Return what was learned in training with the weight of a year."""
    share = min(1.0, _PRIOR_BARS / agreement.n_bars) if agreement.n_bars else 1.0
    return Agreement(**{name: share * one for name, one in agreement.to_json().items()})


def _clip(score: float) -> float:
    return min(max(score, -SCORE_CLIP), SCORE_CLIP) if math.isfinite(score) else 0.0
