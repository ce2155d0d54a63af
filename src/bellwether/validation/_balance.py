"""How the rows that were learned from and judged divide into rises, falls and regimes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from bellwether.arrays import BoolArray, FloatArray
from bellwether.bars import Panel
from bellwether.features import compute
from bellwether.rules import Regime, RegimeOptions, regime_expressions
from bellwether.samples import Samples
from bellwether.validation._errors import UnreadableVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Shares of some rows.

    Parameters
    ----------
    n_rows : int
        Rows with a label.
    share_up, share_still : float
        Of rows whose return over the horizon is above zero, and is zero; zero without a row.
    share_by_regime : mapping of str to float
        Of rows whose bar is in each regime of the rules, by their words; they sum to one where
        the regime is known.
    """

    n_rows: int
    share_up: float
    share_still: float
    share_by_regime: Mapping[str, float]

    def __post_init__(self) -> None:
        shares = MappingProxyType(dict(self.share_by_regime))
        object.__setattr__(self, "share_by_regime", shares)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "n_rows": self.n_rows,
            "share_up": self.share_up,
            "share_still": self.share_still,
            "share_by_regime": dict(self.share_by_regime),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave.

        Raises
        ------
        UnreadableVerdict
            If a part is missing, or none of ours.
        """
        try:
            return cls(
                n_rows=int(content["n_rows"]),
                share_up=float(content["share_up"]),
                share_still=float(content["share_still"]),
                share_by_regime={
                    str(name): float(share) for name, share in content["share_by_regime"].items()
                },
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnreadableVerdict("balance of the rows", str(error)) from error


def measure_balance(panel: Panel, samples: Samples, judged: BoolArray) -> dict[str, Balance]:
    """Return the balance of the rows before the first judged one, and of the judged ones.

    Parameters
    ----------
    panel : Panel
        The bars the samples were built from.
    samples : Samples
    judged : bool array of shape (n_rows,)
        Rows forecast out of sample.

    Returns
    -------
    balance : dict of str to Balance
        "training" and "out_of_sample"; rows without a label or without features count for
        neither.
    """
    code = _regimes(panel)
    known = samples.labelled & samples.usable()
    first = samples.decided_on[judged].min(initial=len(samples.instants))
    parts = {
        "training": known & (samples.closes_on <= first),
        "out_of_sample": known & judged,
    }
    return {
        name: _balance(samples.forward_return[rows], code[rows]) for name, rows in parts.items()
    }


def _regimes(panel: Panel) -> FloatArray:
    regime = regime_expressions(RegimeOptions())["regime"]
    return np.concatenate([compute([regime], bars.matrix)[:, 0] for bars in panel.bars])


def _balance(came: FloatArray, code: FloatArray) -> Balance:
    n_rows, n_coded = len(came), max(int((~np.isnan(code)).sum()), 1)
    return Balance(
        n_rows=n_rows,
        share_up=float((came > 0.0).sum()) / max(n_rows, 1),
        share_still=float((came == 0.0).sum()) / max(n_rows, 1),
        share_by_regime={one.words: float((code == float(one)).sum()) / n_coded for one in Regime},
    )
