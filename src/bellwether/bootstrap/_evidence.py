"""What a home folder answers about evidence: each question by the use case that knows."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

import numpy as np

from bellwether.bars import Panel
from bellwether.bootstrap._retraining import read_retrainings, retraining_ports
from bellwether.bootstrap._watch_options import retraining_options
from bellwether.bootstrap._workspace import Workspace
from bellwether.registry import TrialLogTampered, find_origin
from bellwether.retraining import Run, find_schedule, find_shadows
from bellwether.service import EvidenceQuestion, TrialFilter, read_ledger, show_ledger
from bellwether.trials import TrialHead
from bellwether.validation import (
    EvidencePlan,
    GateCalibration,
    MarketPlan,
    PlannedMarket,
    PlannerOptions,
    draw_power,
    hit_share,
    plan_market,
)
from bellwether.watch import HitBook, ValueBook, ValueFilter, list_accounts

ASSUMED_BARS, ASSUMED_CORRELATION = 1260, 0.3
COVERAGE = 0.95
MOST_BOOKS = 9
_ASSUMED = ("n_symbols", "correlation", "annual_volatility", "n_bars_per_year")
_POLICY = (
    "enough_evidence", "margin_points", "level", "decide_bars", "most_bars", "probation_bars",
    "most_tries",
)  # fmt: skip
_REMEDY = "restore the log from a copy; until then its counts, and verdicts on them, are void"


class HomeEvidence:
    """Answers about the evidence of one home, in this process; treaty as `EvidenceDesk`.

    Parameters
    ----------
    workspace : Workspace
        Of which nothing is changed.

    Notes
    -----
    To be asked from one thread at a time. Accounts and rates are folds over the journal: the first
    answer reads all of it, later ones what is new.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._values: dict[str | None, ValueBook] = {}
        self._answers: Mapping[EvidenceQuestion, Callable[[Mapping[str, Any]], Any]] = {
            EvidenceQuestion.ACCOUNT: self._tell_account,
            EvidenceQuestion.CALIBRATION: self._tell_calibrations,
            EvidenceQuestion.HIT_RATES: self._tell_hit_rates,
            EvidenceQuestion.LEDGER: self._tell_ledger,
            EvidenceQuestion.LEDGER_CHECK: self._check_ledger,
            EvidenceQuestion.PLAN: self._plan,
            EvidenceQuestion.RETRAINING: self._tell_retraining,
        }

    def ask(self, question: EvidenceQuestion, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to a question, as JSON values."""
        answer: Mapping[str, Any] = make_plain(self._answers[question](asked))
        return answer

    def close(self) -> None:
        """Do nothing: there is nobody to be let go."""

    @cached_property
    def _hits(self) -> HitBook:
        return HitBook(self._workspace.journal)

    def _find_values(self, symbol: str | None) -> ValueBook:
        """Return the accounts of all symbols, or of one; the last few are kept."""
        book = self._values.pop(symbol, None) or ValueBook(self._workspace.journal, symbol)
        self._values[symbol] = book
        while len(self._values) > MOST_BOOKS:
            oldest = next(one for one in self._values if one is not None)
            del self._values[oldest]
        book.read()
        return book

    def _tell_account(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        given = dict(asked)
        book = self._find_values(given.pop("symbol", None))
        wanted = ValueFilter(**given)
        stages = {one.model_id: one.stage.value for one in self._workspace.registry.records()}
        accounts = list_accounts(book, wanted)
        return {
            "is_known": wanted.model_id is None or wanted.model_id in book.tracks,
            "coverage": COVERAGE,
            "cost_bps": self._workspace.settings.cost_bps,
            "accounts": [{**one, "stage": stages.get(one["model_id"])} for one in accounts],
        }

    def _tell_calibrations(self, _asked: Mapping[str, Any]) -> Mapping[str, Any]:
        level = self._workspace.settings.promotion_level
        present = self._workspace.gate.digest
        known = self._workspace.calibrations.known()
        return {"level": level, "calibrations": [_show(one, level, present) for one in known]}

    def _tell_hit_rates(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        rates = self._hits.read().list_rates(asked.get("symbol"), asked.get("source"))
        return {"coverage": COVERAGE, "rates": list(rates)}

    def _tell_ledger(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        workspace = self._workspace
        level = workspace.settings.promotion_level
        try:
            trials = workspace.trials.entries()
        except TrialLogTampered as error:
            chain = {"is_sound": False, "fault": error.was, "remedy": _REMEDY}
            head = {"head": None, "n_entries": None, "level": level, "chain": chain}
            return {**head, "families": [], "trials": [], "next_cursor": None}
        own = [one for one in workspace.registry.records() if find_origin(one) is None]
        markets = {record.snapshot_digest: f"{record.market}" for record in own}
        symbols = {record.snapshot_digest: record.symbols for record in own}
        ledger = read_ledger(trials, level=level, markets=markets)
        return {
            "head": f"{ledger.head}",
            "n_entries": ledger.head.n_entries,
            "level": level,
            "chain": {"is_sound": True, "fault": None, "remedy": None},
            **show_ledger(ledger, trials, symbols, TrialFilter(**asked)),
        }

    def _check_ledger(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        head = asked.get("head")
        kept = None if head is None else TrialHead.from_text(head)
        return self._workspace.verify_ledger(kept).to_json()

    def _plan(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        given = dict(asked)
        years, ics = given.pop("years", 20.0), given.pop("ics", None)
        plan = self._plan_stored(given) if "symbol" in given else self._plan_assumed(given)
        curves = draw_power(plan, years=years, ics=ics)
        return {
            **_show_plan(plan, is_counted="symbol" in given),
            "curves": {
                "years": list(curves.years),
                "n_bars": list(curves.n_bars),
                "lines": [asdict(one) for one in curves.lines],
            },
        }

    def _plan_stored(self, given: Mapping[str, Any]) -> MarketPlan:
        """Plan for a stored market, as measured and as the ledger has counted."""
        workspace = self._workspace
        bars = workspace.bars.load(workspace.bars.latest(given["symbol"], given["interval"]).digest)
        settings = workspace.settings.model_copy(update=_find_settings(given))
        request = replace(workspace, settings=settings).request(
            Panel(bars=(bars.bars,)), short_history=True
        )
        measured = workspace.plan_market(request).market
        market = replace(measured, **{name: given[name] for name in _ASSUMED if name in given})
        if "correlation" not in given and market.n_symbols > 1.0:
            market = replace(market, correlation=ASSUMED_CORRELATION)
        return workspace.plan_market(request, market=market, persistence=given.get("persistence"))

    def _plan_assumed(self, given: Mapping[str, Any]) -> MarketPlan:
        """Plan for a number of bars that end today."""
        settings = self._workspace.settings
        market = PlannedMarket(
            n_bars=given.get("n_bars", ASSUMED_BARS),
            last_closed_at=self._workspace.clock.now().astype("datetime64[D]"),
            **{name: given[name] for name in _ASSUMED if name in given},
        )
        if "correlation" not in given and market.n_symbols > 1.0:
            market = replace(market, correlation=ASSUMED_CORRELATION)
        asked = {
            name: given[name]
            for name in ("cost_bps", "horizon_bars", "persistence")
            if name in given
        }
        options = PlannerOptions(
            level=settings.promotion_level,
            ic_worth_finding=given.get("ic", settings.information_coefficient_worth_finding),
            **{"cost_bps": settings.cost_bps, "horizon_bars": settings.horizon_bars, **asked},
        )
        return plan_market(market, options=options, skill=settings.promotion_panel)

    def _tell_retraining(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        workspace = self._workspace
        options = retraining_options(workspace.settings)
        universe = asked.get("universe")
        every = read_retrainings(workspace)
        ports = retraining_ports(workspace)
        schedule = [
            one.to_json()
            for one in find_schedule(ports, workspace.clock.now(), options)
            if universe in (None, one.market.universe)
        ]
        own = [run for run in every if universe in (None, run.market.universe)]
        shown, following = _turn(own[::-1], asked.get("cursor"), asked.get("limit", 50))
        return {
            "is_on": workspace.settings.retraining,
            "by_service": workspace.settings.monitor_by_service,
            "policy": {
                **asdict(options.policy),
                **{name: getattr(options, name) for name in _POLICY},
            },
            "schedule": schedule,
            "shadows": list(find_shadows(own)),
            "runs": [_show_run(run) for run in shown],
            "next_cursor": following,
        }


def make_plain(value: Any) -> Any:
    """Return JSON values of plain Python; a number that is not finite becomes null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): make_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [make_plain(item) for item in value]
    return value


def _find_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "ic": "information_coefficient_worth_finding",
        "cost_bps": "cost_bps",
        "horizon_bars": "horizon_bars",
    }
    return {setting: given[name] for name, setting in names.items() if name in given}


def _show(found: GateCalibration, level: float, present: str) -> dict[str, Any]:
    rate = found.false_promotion
    conclusion = "holds" if rate.high <= level else "fails" if rate.low > level else "open"
    return {
        **found.to_json(),
        "snapshot": found.snapshot or None,
        "measured_at": f"{found.measured_at}Z",
        "is_present_gate": found.options_digest == present,
        "false_promotion": asdict(rate),
        "conclusion": conclusion,
        "sentence": found.sentence,
    }


def _show_plan(plan: MarketPlan, *, is_counted: bool) -> dict[str, Any]:
    told = plan.to_json()
    options = asdict(plan.options)
    names = ("level", "ic_worth_finding", "out_of_sample_frac", "cost_bps", "horizon_bars")
    decisive = next(name for name, one in plan.plans.items() if one is plan.decisive)
    return {
        "market": told["market"],
        "options": {name: options[name] for name in (*names, "persistence")},
        "trials": {**asdict(plan.trials), "is_counted": is_counted},
        "decisive": decisive,
        "plans": [_show_part(name, one) for name, one in plan.plans.items()],
        "sentence": told["sentence"],
    }


def _show_part(name: str, plan: EvidencePlan) -> dict[str, Any]:
    told = asdict(plan)
    del told["horizon_bars"]
    at = plan.earliest_verdict_at
    powers = [
        {**one, "accuracy": hit_share(one["ic"]), "earns": one["ic"] > plan.break_even_ic}
        for one in told["powers"]
    ]
    return {
        "plan": name,
        **told,
        "powers": powers,
        "earliest_verdict_at": None if at is None else f"{at.astype('datetime64[us]')}Z",
        "is_enough": plan.is_enough,
    }


def _turn(runs: list[Run], cursor: str | None, limit: int) -> tuple[list[Run], str | None]:
    """Return the page behind a cursor, and the cursor of the next; an unknown one is the end."""
    ids = [run.run_id for run in runs]
    first = 0
    if cursor is not None:
        first = ids.index(cursor) + 1 if cursor in ids else len(ids)
    page = runs[first : first + limit]
    return page, page[-1].run_id if first + limit < len(ids) else None


def _show_run(run: Run) -> dict[str, Any]:
    due = run.steps[0].facts
    return {
        **run.to_json(),
        "begun_at": f"{run.begun_at.astype('datetime64[us]')}Z",
        "ended_at": None if run.is_open else f"{run.last.at.astype('datetime64[us]')}Z",
        "trigger": due.get("trigger"),
        "scale": due.get("scale"),
        "steps": [
            {name: step[name] for name in ("step", "at", "words", "facts")}
            for step in (one.to_json() for one in run.steps)
        ],
    }
