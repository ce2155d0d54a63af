"""The Python door: train and predict in two lines, from a frame or a path."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from rich.console import Console

from bellwether.adapters import write_atomically
from bellwether.bars import BarsImport, Panel, SymbolUnclear
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cards import CardContent, Leaderboard, render_card
from bellwether.clock import FixedClock, read_instant
from bellwether.features import FeatureSet
from bellwether.progress import TrainingProgress
from bellwether.registry import ModelRecord
from bellwether.service import (
    Prediction,
    Room,
    TrainingResult,
    check_history_length,
    decide_plan,
    find_plan,
    make_leaderboard,
    read_budget,
)
from bellwether.settings import load_settings
from bellwether.sources import BarSource, SourceRefused, read_all_bars, read_bars
from bellwether.validation import EvidencePlan, LearningPlan, TrainingPlan, Verdict

AnyBars: TypeAlias = BarSource | BarsImport
AsOf: TypeAlias = str | dt.date | np.datetime64 | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What came of training: leaderboard, verdict, predictions, card.

    Parameters
    ----------
    workspace : Workspace
    imports : tuple of BarsImport
        The bars it was trained on.
    evidence_plan : EvidencePlan
        What was possible to find out, said before training.
    result : TrainingResult
    """

    workspace: Workspace
    imports: tuple[BarsImport, ...]
    evidence_plan: EvidencePlan
    result: TrainingResult

    @property
    def leaderboard(self) -> Leaderboard:
        """Every candidate, the rules and the floors, by the same numbers; print it."""
        return Leaderboard(make_leaderboard(self.result))

    @property
    def verdict(self) -> Verdict:
        """The gate's verdict on the model that serves, else on the ensemble."""
        return self.result.verdict

    @property
    def champion(self) -> ModelRecord | None:
        """The model that serves; None where the rules do."""
        return self.result.champion

    def __repr__(self) -> str:
        return f"Trained({self.result.request.universe!r}: {self.verdict.headline})"

    def predict(
        self,
        bars: AnyBars | None = None,
        *,
        as_of: AsOf = None,
        symbol: str | None = None,
        why: bool = False,
    ) -> Prediction:
        """Predict the bars after the last one: the model if it was promoted, else the rules.

        Parameters
        ----------
        bars : pandas or polars frame, path or BarsImport, optional
            History up to the last closed bar; what was trained on by default.
        as_of : str, date, datetime or datetime64, optional
            UTC instant to answer at, on the bars closed by then; a date means its end, "last"
            the close of the last bar; now by default. Bars that are expired by then give HOLD.
        symbol : str, optional
            Which of the symbols trained on it is; the first by default.
        why : bool, default False
            Whether to tell which features moved a model's answer: its `contributions`.

        Returns
        -------
        prediction : Prediction
            Always; it says where it comes from and why.

        Raises
        ------
        BarsError
            If `bars` cannot be read, or no symbol of that name was trained on.
        UnreadableInstant
            If `as_of` is no time.
        """
        known = {one.bars.symbol: one for one in self.imports}
        name = symbol or self.imports[0].bars.symbol
        if bars is not None:
            imported = _read(bars, name, self.workspace.settings.calendar)
        elif name in known:
            imported = known[name]
        else:
            raise SymbolUnclear("what was trained on", list(known), name)
        if as_of is None:
            return self.workspace.predict_import(imported, why=why)
        instant = imported.ends_at if as_of == "last" else read_instant(as_of)
        return self.workspace.predict_import(imported, clock=FixedClock(instant), why=why)

    def save_card(self, path: str | Path) -> Path:
        """Write the verdict card as a self-contained page and return its path."""
        content = CardContent(
            title=self.result.request.universe,
            result=self.result,
            quality=tuple(one.quality for one in self.imports),
            evidence_plan=self.evidence_plan,
            prediction=None,
            made_at=self.workspace.clock.now(),
        )
        write_atomically(Path(path), render_card(content).encode("utf-8"))
        return Path(path)


def train(  # noqa: PLR0913 - a door: the options of the command, by name
    bars: AnyBars | list[AnyBars],
    budget: str = "5m",
    *,
    symbol: str | None = None,
    universe: str | None = None,
    plan: TrainingPlan | str | None = None,
    families: Sequence[object] = (),
    tune: bool = False,
    learning: LearningPlan | None = None,
    features: FeatureSet | None = None,
    short_history: bool = False,
    settings: Mapping[str, object] | None = None,
) -> Trained:
    """Train on bars, judge the models, and let what passed the gate serve.

    Parameters
    ----------
    bars : frame, path, BarsImport, or a list of these
        Histories with open, high, low, close, volume and a date, of one symbol or of several:
        pandas, polars or Arrow frames, files, folders, archives.
    budget : str
        Time to spend, such as "90s", "2m" or "1h". It chooses a recorded plan by arithmetic;
        the same plan on the same bars gives the same model, bit for bit on one machine.
    symbol : str, optional
        Name of the market, where the source does not say it; or which of its symbols is meant.
    universe : str, optional
        Name of the set of symbols; a champion holds for one universe.
    plan : TrainingPlan or str, optional
        What is done, instead of what the budget chooses: a plan, or the name of one of
        `bellwether.service.PLANS`.
    families : sequence, optional
        What is trained in place of the plan's own families: names of ours, or what makes an
        estimator of your own, as a function, class, estimator or "module:name", if need be with
        options as in "sklearn.linear_model:Ridge(alpha=2.0)"; or "onnx:PATH@INSTANT".
    tune : bool, default False
        Whether each family's options are searched before each fit, on that fit's own past, for as
        long as the budget allows. Every trial is in the ledger.
    learning : LearningPlan, optional
        What each fit is taught and how much each row counts, instead of what the plan says.
    features : FeatureSet, optional
        What the models look at, such as `bellwether.features.alpha158()`; by default `core15`, or
        `core14` where a symbol has no volume.
    short_history : bool
        Whether less than two years or 500 bars will do.
    settings : mapping, optional
        Any of `bellwether.settings.Settings`, such as ``{"home": "models", "cost_bps": 2}``.

    Returns
    -------
    trained : Trained

    Raises
    ------
    BarsError
        If a source cannot be read.
    HistoryTooShort, TooLittleHistory
        If there is too little of it.
    ModelError
        If a family cannot be named, made, fitted or exported.
    SettingsError
        If a setting or a plan is unknown, or the home folder cannot be used.
    """
    sources: list[AnyBars] = bars if isinstance(bars, list) else [bars]
    flags = dict(settings or {})
    # Read before the home is made: a wrong path leaves nothing behind.
    calendar = load_settings(flags).calendar
    imports = tuple(one for source in sources for one in _read_every(source, symbol, calendar))
    panel, seconds = Panel(bars=[one.bars for one in imports]), read_budget(budget)
    if not short_history:
        check_history_length(panel)
    workspace = open_workspace(flags)
    room = Room(
        n_rows=sum(len(one.bars) for one in imports),
        budget_seconds=seconds,
        n_workers=workspace.settings.workers,
    )
    named = find_plan(plan) if isinstance(plan, str) else plan
    chosen = decide_plan(room, plan=named, tune=tune, learning=learning, families=families)
    request = workspace.request(panel, plan=chosen, universe=universe, short_history=short_history)
    request = replace(request, features=features)
    evidence_plan = workspace.plan_evidence(request)
    with TrainingProgress(Console(stderr=True)) as progress:
        result = workspace.train(request, progress)
    return Trained(workspace=workspace, imports=imports, evidence_plan=evidence_plan, result=result)


def _read_every(source: AnyBars, symbol: str | None, calendar: str) -> Iterator[BarsImport]:
    if symbol is not None or isinstance(source, BarsImport):
        yield _read(source, symbol, calendar)
        return
    for one in read_all_bars(source, calendar=calendar):
        if isinstance(one, SourceRefused):
            raise one.error
        yield one


def _read(source: AnyBars, symbol: str | None, calendar: str) -> BarsImport:
    if isinstance(source, BarsImport):
        return source
    return read_bars(source, symbol=symbol, calendar=calendar)
