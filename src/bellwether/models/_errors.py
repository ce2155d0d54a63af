"""What can go wrong between samples and a bundle's graph."""

from collections.abc import Sequence
from difflib import get_close_matches

from bellwether.errors import ModelError


class UnknownFamily(ModelError):
    """No model family has that name.

    Parameters
    ----------
    name : str
    known : sequence of str
    """

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"one of {', '.join(known)}", repr(name), _nearest(name, known))


class UnknownPreset(ModelError):
    """A family has no preset of that name.

    Parameters
    ----------
    family, preset : str
    known : sequence of str
    """

    def __init__(self, family: str, preset: str, known: Sequence[str]) -> None:
        self.family = family
        self.preset = preset
        self.known = tuple(known)
        expected = f"a preset of {family}: one of {', '.join(known)}"
        super().__init__(expected, repr(preset), _nearest(preset, known))


class UnknownOption(ModelError):
    """A family has no option of that name.

    Parameters
    ----------
    family, option : str
    known : sequence of str
    """

    def __init__(self, family: str, option: str, known: Sequence[str]) -> None:
        self.family = family
        self.option = option
        self.known = tuple(known)
        expected = f"an option of {family}: one of {', '.join(known)}"
        super().__init__(expected, repr(option), _nearest(option, known))


class UnusableOption(ModelError):
    """An option of a family is out of its range.

    Parameters
    ----------
    option : str
    expected : str
    was : object
    """

    def __init__(self, option: str, expected: str, was: object) -> None:
        self.option = option
        super().__init__(f"{option} {expected}", repr(was), f"set {option} within its range")


class MissingExtra(ModelError):
    """The library that trains a family is not installed.

    Parameters
    ----------
    family, package : str
    extra : str
        The optional extra that brings it along.
    """

    def __init__(self, family: str, package: str, extra: str = "train") -> None:
        self.family = family
        self.package = package
        self.extra = extra
        super().__init__(
            f"{package} installed, which trains {family}",
            "not found",
            f'install the extra: pip install "bellwether[{extra}]"',
        )


class UnusableFactory(ModelError):
    """What is named as a family of one's own makes none.

    Parameters
    ----------
    family : str
        As it was named.
    expected, was, hint : str
    """

    def __init__(self, family: str, expected: str, was: str, hint: str) -> None:
        self.family = family
        super().__init__(f"{expected} under {family}", was, hint)


class UnexportableModel(ModelError):
    """A model that was brought along cannot become part of a bundle's graph.

    Parameters
    ----------
    expected, was : str
    """

    def __init__(self, expected: str, was: str) -> None:
        hint = "docs/how_to/bring-your-own-model.md says what a graph may hold"
        super().__init__(expected, was, hint)


class UnusableTrainingData(ModelError):
    """What a family is asked to learn from is empty, misshapen or not finite.

    Parameters
    ----------
    expected, was : str
    """

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(expected, was, "pass finite float32 rows of one length, at least one")


class UnreadableModel(ModelError):
    """The arrays of a stored model are not those its family writes.

    Parameters
    ----------
    family : str
    expected, was : str
    """

    def __init__(self, family: str, expected: str, was: str) -> None:
        self.family = family
        super().__init__(f"{expected} in a stored {family}", was, "fit the model again")


class UnusableState(ModelError):
    """The moving numbers of an ensemble do not fit together.

    Parameters
    ----------
    expected, was : str
    """

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(expected, was, "fit the state again from past forecasts")


class UnusableEnsemble(ModelError):
    """The members of an ensemble cannot share one graph.

    Parameters
    ----------
    expected, was : str
    """

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(expected, was, "export members that were fitted on this feature set")


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else "pick one of them"
