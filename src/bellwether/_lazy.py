"""Names that a package's root gives only when they are asked for.

A process that serves predictions imports the same roots as one that trains, and must not pay
for the libraries of training. Light names stay plain imports; for heavy ones a root says::

    if TYPE_CHECKING:
        from bellwether.service._train import train
    else:
        __getattr__, __dir__ = lend(__name__, {"bellwether.service._train": ("train",)})
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def lend(
    package: str, homes: Mapping[str, tuple[str, ...]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of a root that loads names on demand (PEP 562).

    Parameters
    ----------
    package : str
        The root's `__name__`.
    homes : mapping of str to tuple of str
        The names that each module is the home of.
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    root = sys.modules[package]

    def find(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(home_of[name]), name)
        setattr(root, name, found)
        return found

    def list_names() -> list[str]:
        return sorted(root.__all__)

    return find, list_names
