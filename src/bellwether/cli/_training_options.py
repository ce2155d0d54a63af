"""Options of training beyond the plan's name and its budget."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

import typer

from bellwether.bars import BarsImport
from bellwether.bootstrap import Workspace
from bellwether.cli._catalogue_files import find_features
from bellwether.cli._options import ELSEWHERE, FLAG, TRAINING
from bellwether.cli._training import count_bars, panel_of
from bellwether.features import FeatureSet
from bellwether.service import PLANS, Room, TrainingRequest, decide_plan, find_plan, read_budget
from bellwether.validation import LearningPlan, TrainingPlan

Budget: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        rich_help_panel=TRAINING,
        help="Time to spend, such as 90s, 5m or 2h; it chooses a plan.",
    ),
]
PlanName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=TRAINING,
        help=f"Name a plan instead: {', '.join(PLANS)}.",
    ),
]
Universe: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=TRAINING,
        help="What to call these symbols together; one champion serves a universe.",
        show_default="the symbols",
    ),
]
CostBps: TypeAlias = Annotated[
    float | None,
    typer.Option(
        metavar="BPS",
        rich_help_panel=TRAINING,
        help="Cost a side in basis points.",
        show_default="5",
    ),
]
ShortHistory: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--short-history",
        metavar=FLAG,
        rich_help_panel=TRAINING,
        help="Train on less than 2 years and 500 bars.",
    ),
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        rich_help_panel=ELSEWHERE,
        help="Training processes.",
        show_default="one a core, at most 8",
    ),
]
ContractWeights: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--contract-weights",
        metavar=FLAG,
        rich_help_panel=TRAINING,
        help="Weigh the ensemble's members by the contract's rule, not by all past evidence.",
    ),
]
RegimeWeights: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--regime-weights",
        metavar=FLAG,
        rich_help_panel=TRAINING,
        help="Let members count more or less by the market's regime, as far as past evidence "
        "tells them apart.",
    ),
]
Tune: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--tune",
        metavar=FLAG,
        rich_help_panel=TRAINING,
        help="Search each family's options before each fit, on that fit's own past, for as long "
        "as the budget allows; every trial is in the ledger.",
    ),
]
Families: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--family",
        metavar="NAME",
        rich_help_panel=TRAINING,
        help="Train this family in place of the plan's own; say it again for more. One of ours, "
        "or your own: module:name, or onnx:PATH@INSTANT.",
        show_default="the plan's",
    ),
]
Relative: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--relative",
        metavar=FLAG,
        rich_help_panel=TRAINING,
        help="Learn how each symbol does against the others of its bar, not how all do.",
    ),
]
Uniqueness: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--uniqueness",
        metavar=FLAG,
        rich_help_panel=TRAINING,
        help="Let labels that overlap count for as much less as they repeat each other.",
    ),
]
HalfLife: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="BARS",
        rich_help_panel=TRAINING,
        help="Let a row count half after so many bars.",
        show_default="all count alike",
    ),
]
Features: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=TRAINING,
        help="What the models look at: a catalogue, as `bellwether features list` shows it, or a "
        "TOML or Python file.",
        show_default="core15; core14 without volume",
    ),
]
Each: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--each",
        metavar=FLAG,
        rich_help_panel=TRAINING,
        help="Train a model for each symbol alone, not one for all of them together.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is asked of a training.

    Parameters
    ----------
    plan : TrainingPlan or None
    budget_seconds : float
    families : sequence of str
        In place of the plan's own; empty for those.
    features : FeatureSet or None
    learning : LearningPlan
    universe : str or None
    tune, each, contract_weights, regime_weights : bool
    """

    plan: TrainingPlan | None
    budget_seconds: float
    families: Sequence[str]
    features: FeatureSet | None
    learning: LearningPlan
    universe: str | None
    tune: bool
    each: bool
    contract_weights: bool
    regime_weights: bool


def read_wishes(given: Mapping[str, Any]) -> Wishes:
    """Return what the flags ask for.

    Parameters
    ----------
    given : mapping
        The command's parameters by name.

    Raises
    ------
    UnreadableBudget, UnknownPlan, FeatureError
        If a flag names what there is not.
    """
    features = given["features"]
    return Wishes(
        plan=find_plan(given["plan"]),
        budget_seconds=read_budget(given["budget"]),
        families=given["family"] or (),
        features=None if features is None else find_features(features),
        learning=LearningPlan(
            target="cross_section" if given["relative"] else "own",
            by_uniqueness=given["uniqueness"],
            half_life_bars=given["half_life"],
        ),
        universe=given["universe"],
        tune=given["tune"],
        each=given["each"],
        contract_weights=given["contract_weights"],
        regime_weights=given["regime_weights"],
    )


def make_requests(
    workspace: Workspace, imports: tuple[BarsImport, ...], wishes: Wishes
) -> Iterator[tuple[TrainingRequest, tuple[BarsImport, ...]]]:
    """Yield what is to be trained, with its bars: all symbols at once, or each alone.

    A champion holds for one universe: models of single symbols are told apart by the symbol.
    """
    parts = [(one,) for one in imports] if wishes.each else [imports]
    for part in parts:
        room = Room(
            n_rows=count_bars(part),
            budget_seconds=wishes.budget_seconds / len(parts),
            n_workers=workspace.settings.workers,
        )
        plan = decide_plan(
            room,
            plan=wishes.plan,
            tune=wishes.tune,
            learning=wishes.learning,
            families=wishes.families,
        )
        if wishes.contract_weights:
            plan = replace(plan, member_weights="contract")
        if wishes.regime_weights:
            plan = replace(plan, regime_weights=True)
        is_alone = wishes.each and wishes.universe is not None
        universe = f"{wishes.universe}: {part[0].bars.symbol}" if is_alone else wishes.universe
        request = workspace.request(
            panel_of(part), plan=plan, universe=universe, short_history=True
        )
        yield replace(request, features=wishes.features), part
