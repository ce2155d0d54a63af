"""Operator: what one entry of the algebra's table says of itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from bellwether.features._errors import InvalidExpression
from bellwether.features._lowerings import Lowering
from bellwether.features._plan import Writing

MOST_WINDOW_BARS = 10_000

Finiteness: TypeAlias = Literal["always", "if operands", "if divisor positive", "never known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number that belongs to an operator rather than to the bars.

    Parameters
    ----------
    name : str
    is_whole : bool
        Whether it is a count of bars.
    least, most : float
        Range, both ends included.
    """

    name: str
    is_whole: bool = True
    least: float = 1
    most: float = MOST_WINDOW_BARS

    def normalise(self, operator: str, value: object) -> float:
        """Return the number as an int or a float, or refuse it."""
        number = _as_float(value)
        fits = self.least <= number <= self.most and math.isfinite(number)
        if fits and (not self.is_whole or number.is_integer()):
            return int(number) if self.is_whole else number + 0.0
        kind = "whole number" if self.is_whole else "finite number"
        raise InvalidExpression(
            operator, f"a {kind} from {self.least:g} to {self.most:g} as {self.name}", repr(value)
        )


def _as_float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator of the algebra.

    Parameters
    ----------
    name : str
        As written in text.
    n_operands : int
        Expressions it takes, before its parameters.
    parameters : tuple of Parameter
    reach : int or None
        Place of the parameter that says how far back it looks; None where it sees its own bar
        only.
    reach_beyond : int
        Bars before its own that it looks at, less that parameter: -1 for windows, which count
        their own bar, 0 for `ref`.
    writing : callable
        How it is computed, as steps of the batch and live backends.
    lowering : callable
        The same as nodes of an ONNX graph.
    symbol : str
        How text writes it between or before its operands; empty for functions.
    is_truth : bool
        Whether it gives 1.0 and 0.0 only.
    finiteness : str
        When values are sure to be finite on bars within the data contract.
    keeps_positive : bool
        Whether values above zero give a value above zero.
    needs_panel : bool
        Whether it looks across symbols: then neither a program nor a graph can hold it.
    """

    name: str
    n_operands: int
    parameters: tuple[Parameter, ...] = ()
    reach: int | None = None
    reach_beyond: int = -1
    writing: Writing
    lowering: Lowering
    symbol: str = ""
    is_truth: bool = False
    finiteness: Finiteness = "if operands"
    keeps_positive: bool = False
    needs_panel: bool = False

    def normalise(self, parameters: Sequence[object]) -> tuple[float, ...]:
        """Return the parameters as ints and floats, or refuse them."""
        if len(parameters) != len(self.parameters):
            names = ", ".join(one.name for one in self.parameters) or "none"
            raise InvalidExpression(
                self.name, f"{len(self.parameters)} parameters ({names})", f"{len(parameters)}"
            )
        pairs = zip(self.parameters, parameters, strict=True)
        return tuple(one.normalise(self.name, value) for one, value in pairs)

    def n_bars_before(self, parameters: tuple[float, ...]) -> int:
        """Return how many bars before its own it looks at."""
        return 0 if self.reach is None else int(parameters[self.reach]) + self.reach_beyond
