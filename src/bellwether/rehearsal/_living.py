"""Living: what is done on each day of a rehearsal, by the true use cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bellwether.errors import BellwetherError
from bellwether.monitor import instant_text
from bellwether.rehearsal._faults import FaultKind
from bellwether.rehearsal._options import RehearsalOptions
from bellwether.rehearsal._served import ServedBook
from bellwether.rehearsal._values import Happening, HappeningKind
from bellwether.rehearsal._world import World
from bellwether.retraining import RetrainingOutcome, advance
from bellwether.service import (
    JournalUnavailable,
    Prediction,
    ServedAnswer,
    SourceKind,
    StoredMarket,
    UnknownSymbol,
    import_bars,
    open_market,
    predict_many,
)
from bellwether.watch import (
    ModelWatch,
    PaperForecast,
    WatchOutcome,
    find_watched,
    watch,
)

ASK_AGAIN_SESSIONS = 63
_SOURCE = "rehearsal"


@dataclass(slots=True, kw_only=True, eq=False)
class Life:
    """What has happened so far.

    Parameters
    ----------
    world : World
    options : RehearsalOptions
    served : ServedBook
    """

    world: World
    options: RehearsalOptions
    served: ServedBook
    timeline: list[Happening] = field(default_factory=list)
    forecasts: dict[str, PaperForecast] = field(default_factory=dict)
    watches: tuple[ModelWatch, ...] = ()
    retrained: RetrainingOutcome | None = None
    n_ticks_failed: int = 0
    revised: set[str] = field(default_factory=set)

    def live(self, session: int) -> None:
        """Live through one day: import, answer, watch and settle, retrain."""
        self.world.trainer.clock.advance(self.world.sessions[session])
        self._begin_faults(session)
        self._import(session)
        if session == 0:
            self._train_first()
        self._answer(session)
        try:
            self._retrain(session, self._watch())
        except JournalUnavailable as error:
            self.n_ticks_failed += 1
            self._tell("trouble", "journal", f"nothing could be watched: {error.was}")
        self._end_faults(session)

    def _begin_faults(self, session: int) -> None:
        begun = [one for one in self.world.faults if one.session == session]
        for fault in begun:
            self._tell("fault", fault.symbol or "service", f"injected: {fault.kind.words}")
        active = {one.kind for one in self.world.faults if one.is_on(session)}
        self.world.interrupted.is_gone = FaultKind.JOURNAL_GONE in active
        champion = self.world.trainer.registry.serving(self.world.market).champion
        if FaultKind.CORRUPT_CHAMPION in active and champion is not None:
            self.world.bundles.spoil(champion.model_id)

    def _end_faults(self, session: int) -> None:
        self.world.interrupted.is_gone = False
        tomorrow = {one.kind for one in self.world.faults if one.is_on(session + 1)}
        if FaultKind.CORRUPT_CHAMPION not in tomorrow:
            self.world.bundles.mend()

    def _import(self, session: int) -> None:
        clock = self.world.trainer.clock
        for feed in self.world.feeds:
            found = feed.read(session)
            if found is not None:
                import_bars(found, store=self.world.bars, clock=clock, source=_SOURCE)

    def _open_markets(self) -> list[StoredMarket]:
        opened = []
        for feed in self.world.feeds:
            try:
                opened.append(
                    open_market(feed.symbol, self.world.market.interval, store=self.world.bars)
                )
            except UnknownSymbol:
                continue
        return opened

    def _train_first(self) -> None:
        """Train as a person who begins, on the first day."""
        market, bars = self.world.market, self.world.bars
        try:
            snapshots = [
                bars.latest(feed.symbol, market.interval).digest for feed in self.world.feeds
            ]
            result = self.world.trainer.train_first(snapshots, market.universe)
        except BellwetherError as error:
            self._tell("training", market.universe, f"the first training failed: {error}")
            return
        told = "nothing passed the gate, and the rules answer"
        if result.champion is not None:
            told = f"{result.champion.model_id} passed the gate and serves"
        words = f"first training: {told}. {result.verdict.reason}"
        self._tell("training", market.universe, words)

    def _answer(self, session: int) -> None:
        """Ask about every symbol, and keep the answers in the journal as a service does."""
        markets = self._open_markets()
        n_horizon = self.options.horizon_bars
        holds = [market.hold(n_horizon) for market in markets]
        asked = [one for one, held in zip(markets, holds, strict=True) if held is None]
        ports, options = self.world.predicting, self.world.asked
        try:
            given = predict_many(
                [market.ask(n_horizon) for market in asked], ports=ports, options=options
            )
        except BellwetherError as error:
            self.served.miss(session, len(asked))
            self._tell("trouble", "service", f"no answer to {len(asked)} questions: {error}")
            given = ()
        answers = [one for one in holds if one is not None]
        answers += [market.label(one) for market, one in zip(asked, given, strict=False)]
        self.served.take(session, answers)
        self._record(answers)

    def _record(self, answers: Sequence[Prediction]) -> None:
        now = self.world.trainer.clock.now()
        state = self.world.predicting.rules.load().manifest.state
        served = [
            ServedAnswer(
                prediction=one,
                served_at=now,
                state=state if one.source.kind is SourceKind.RULES else None,
            )
            for one in answers
        ]
        try:
            self.world.journal.record_many(served)
        except JournalUnavailable:
            self.served.n_not_journalled += len(served)

    def _watch(self) -> frozenset[str]:
        """Do the daily tick; return the models whose inputs ask for a challenger."""
        shadows = () if self.retrained is None else self.retrained.shadows
        ports = self.world.watching
        done = watch(
            find_watched(ports.registry),
            ports,
            shadows=shadows,
            options=self.options.watch,
            alerts=self.world.alerting,
        )
        return frozenset() if done is None else self._take(done)

    def _take(self, done: WatchOutcome) -> frozenset[str]:
        self.forecasts |= {one.key: one for one in done.asked.forecasts}
        self.revised |= {one.key for one in done.settled.revised}
        self.watches = done.watches
        for change in done.changes:
            standing = change.standing
            words = f"{change.before} -> {standing.condition}: {standing.words}"
            self._tell("standing", change.model_id, words)
        return frozenset(one.model_id for one in done.inputs if one.drifted)

    def _retrain(self, session: int, inputs_ask: Collection[str]) -> None:
        market = self.world.market
        # Whoever got nothing at first asks again after a quarter; from then on there is a schedule.
        asks_again = session == ASK_AGAIN_SESSIONS and not self._has_runs()
        self.retrained = advance(
            self.world.retraining,
            self.world.trainer.clock.now(),
            options=self.options.retraining,
            inputs_ask=inputs_ask,
            person_asks=(market,) if asks_again else (),
        )
        for step in self.retrained.steps:
            self._tell("retraining", step.run_id, f"{step.step}: {step.words}")
        for trouble in self.retrained.troubles:
            self._tell("trouble", str(trouble.market), trouble.words)

    def _has_runs(self) -> bool:
        seated = self.world.trainer.registry.serving(self.world.market).champion is not None
        return seated or (self.retrained is not None and bool(self.retrained.runs))

    def _tell(self, kind: HappeningKind, subject: str, words: str) -> None:
        at = instant_text(self.world.trainer.clock.now())
        self.timeline.append(Happening(at=at, kind=kind, subject=subject, words=words))
