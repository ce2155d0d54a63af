"""VerdictCard: all that is told about a verdict, once, for whatever will show it."""

import math
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

from bellwether.cards._figures import Figure
from bellwether.validation import Decision, EquityReport, ReliabilityReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that is known, with what it means.

    Parameters
    ----------
    name : str
    figure : Figure
    note : str
        What the number is, or what to do where there is none; a clause.
    """

    name: str
    figure: Figure
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One check of the gate.

    Parameters
    ----------
    name, reason, figures : str
        What it is called, what was found, and the numbers behind it.
    passed : bool
    """

    name: str
    passed: bool
    reason: str
    figures: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLine:
    """One leg of the gate with its checks.

    Parameters
    ----------
    question : str
    decides : bool
        False where it is shown and does not decide.
    checks : tuple of CheckLine
    """

    question: str
    decides: bool
    checks: tuple[CheckLine, ...]

    @property
    def passed(self) -> bool:
        """Whether all of its checks passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """A number against what is asked of it.

    Parameters
    ----------
    name : str
    figure : Figure
    asked : Figure
    at_most : bool
        Whether the number may be no larger than what is asked, instead of no smaller.
    passed : bool
    note : str
        Where its interval comes from.
    """

    name: str
    figure: Figure
    asked: Figure
    passed: bool
    at_most: bool = False
    note: str = ""

    @property
    def bound(self) -> str:
        """What is asked, in words."""
        return f"at {'most' if self.at_most else 'least'} {self.asked.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What another test says; it decides nothing.

    Parameters
    ----------
    name : str
    figure : Figure
    asked : str
        From where on the test would be taken to speak for skill; empty where it never would.
    speaks : bool or None
        Whether it does; None where it is no test, or could not be computed.
    errs : str
        How it would err if it decided, or what it is.
    """

    name: str
    figure: Figure
    asked: str
    speaks: bool | None
    errs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """A row of a table: a name and a figure for each column.

    Parameters
    ----------
    name : str
    figures : tuple of Figure
    mark : float or None
        What this row's drawn figure is compared with, where it is another than the table's.
    """

    name: str
    figures: tuple[Figure, ...]
    mark: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTable:
    """A table of figures.

    Parameters
    ----------
    title : str
    columns : tuple of str
        The first names the rows.
    rows : tuple of CardRow
    drawn : int or None
        Place among a row's figures of the one whose interval is worth a picture.
    mark : float
        What the drawn figures are compared with.
    at_most : bool
        Whether they are good below it.
    is_held : bool
        Whether they are good where their interval holds it, and bad on either side.
    note : str
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[CardRow, ...]
    drawn: int | None = None
    mark: float = 0.0
    at_most: bool = False
    is_held: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class VerdictCard:
    """All that is told about a verdict, for a terminal, a page, a program and a person.

    Parameters
    ----------
    name : str
        What was judged.
    decision : Decision
    label : str
        What the decision is called.
    lead, why, next_step, comfort : str
        What happens now, the decisive reason, the cheapest next step, and how to read it.
    effects : tuple of Fact
        Size of the skill, what it is worth, what luck explains.
    error_rate : Fact
        How often the gate promotes what has no skill, as measured, or how to measure it.
    error_rates, powers : CardTable
        By world, without skill and with a planted one; no rows where it was not measured.
    skill : tuple of Yardstick
        The four t-statistics.
    values : tuple of Fact
        What it earned beyond each rival.
    legs : tuple of LegLine
    contract : tuple of Yardstick
    floors, by_year, by_regime : CardTable
    statements, coverage : CardTable
        Probabilities and intervals against what came; no rows where none were stated.
    opinions : tuple of Opinion
    details : tuple of Fact
    judged : tuple of (str, str)
        What was judged and how, in words.
    digests : tuple of (str, str)
    reliability : ReliabilityReport or None
    equity : EquityReport or None
    """

    name: str
    decision: Decision
    label: str
    lead: str
    why: str
    next_step: str
    comfort: str
    effects: tuple[Fact, ...]
    error_rate: Fact
    error_rates: CardTable
    powers: CardTable
    skill: tuple[Yardstick, ...]
    values: tuple[Fact, ...]
    legs: tuple[LegLine, ...]
    contract: tuple[Yardstick, ...]
    floors: CardTable
    by_year: CardTable
    by_regime: CardTable
    statements: CardTable
    coverage: CardTable
    opinions: tuple[Opinion, ...]
    details: tuple[Fact, ...]
    judged: tuple[tuple[str, str], ...]
    digests: tuple[tuple[str, str], ...]
    reliability: ReliabilityReport | None
    equity: EquityReport | None

    @property
    def step_name(self) -> str:
        """What the next step is called."""
        return "Next step" if self.decision is Decision.PROMOTE else "Cheapest next step"

    @property
    def n_speaking(self) -> tuple[int, int]:
        """How many of the other tests speak for skill, and of how many that could be made."""
        made = [opinion.speaks for opinion in self.opinions if opinion.speaks is not None]
        return sum(made), len(made)

    def to_json(self) -> dict[str, Any]:
        """Return the card as JSON values, each figure with its text."""
        told: dict[str, Any] = _tell(self)
        return told


def _tell(value: Any) -> Any:
    if isinstance(value, Figure):
        return {name: _tell(part) for name, part in value.to_json().items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: _tell(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, tuple):
        return [_tell(part) for part in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
