"""Flags that say what a file of bars may leave open, defined once for every command that reads."""

import inspect
from collections.abc import Callable
from functools import wraps

from bellwether.cli._options import Dates, Decimals, Unit, Zone
from bellwether.cli._sources import make_hints
from bellwether.sources import TimeHints

NO_HINTS = TimeHints()
_NAME = "hints"
FLAGS = {"dates": Dates, "zone": Zone, "unit": Unit, "decimals": Decimals}


def spread_hints(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--dates`, `--zone`, `--unit` and `--decimals` in place of its `hints`.

    Parameters
    ----------
    command : callable
        With a parameter `hints`, of `TimeHints`, that may be left out.

    Returns
    -------
    spread : callable
        The same command as typer is to see it.

    Examples
    --------
    >>> def settle(path: str, hints: object = None) -> None: ...
    >>> list(inspect.signature(spread_hints(settle)).parameters)
    ['path', 'dates', 'zone', 'unit', 'decimals']
    """

    @wraps(command)
    def spread(**given: object) -> None:
        told = {name: given.pop(name, None) for name in FLAGS}
        texts = {name: None if one is None else str(one) for name, one in told.items()}
        command(**given, hints=make_hints(**texts))

    own = inspect.signature(command)
    shown: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        if parameter.name != _NAME:
            shown.append(parameter)
            continue
        shown += [
            inspect.Parameter(name, parameter.kind, default=None, annotation=flag)
            for name, flag in FLAGS.items()
        ]
    spread.__signature__ = own.replace(parameters=shown)  # type: ignore[attr-defined]
    spread.__annotations__ = {one.name: one.annotation for one in shown}
    return spread
