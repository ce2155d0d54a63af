"""What a check is given, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bellwether.validation._evidence import Evidence
from bellwether.validation._options import GateOptions
from bellwether.validation._workings import Workings


class Case:
    """One Evidence under one set of options, with what is worked out of it.

    Parameters
    ----------
    evidence : Evidence
    options : GateOptions
    """

    def __init__(self, evidence: Evidence, options: GateOptions) -> None:
        self.evidence = evidence
        self.options = options
        self.workings = Workings(evidence, options.level, options.panel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check's answer.

    Parameters
    ----------
    passed : bool
    reason : str
        What was found, as a clause for a person.
    next_step : str
        Cheapest thing to do about a failure.
    figures : mapping of str to float or None
        Numbers behind the reason; a NaN among them is a failure to compute.
    """

    passed: bool
    reason: str
    next_step: str = ""
    figures: Mapping[str, float | None] = field(default_factory=dict)
