"""What can be wrong with expressions, and with what they are asked to compute."""

from bellwether.errors import FeatureError


class InvalidExpression(FeatureError):
    """An operator was given operands or parameters it does not take.

    Parameters
    ----------
    operator : str
    expected, was : str
        What the operator takes, and what it was given.
    """

    def __init__(self, operator: str, expected: str, was: str) -> None:
        self.operator = operator
        super().__init__(f"{expected} for {operator}", was, "correct the expression")


class NeedsPanel(FeatureError):
    """An expression looks across symbols where there is only one.

    Parameters
    ----------
    text : str
        The expression, or the operator.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        shown = text if len(text) <= 80 else f"{text[:77]}..."
        super().__init__(
            "features of one symbol's own bars, as bundles hold and predictions have them",
            f"{shown}, which ranks symbols against each other",
            "cross-sections are for research: compute_cross_section(panel, features) gives them",
        )


class UnreadableExpression(FeatureError):
    """A text is no expression of the algebra.

    Parameters
    ----------
    text : str
        The text as given; errors show its start only.
    expected, was, hint : str
        What would have been right, what was found, and what to do.
    """

    def __init__(self, text: str, expected: str, was: str, hint: str) -> None:
        self.text = text
        shown = text if len(text) <= 80 else f"{text[:77]}..."
        super().__init__(f"{expected} in {shown!r}", was, hint)


class InvalidFeatureSet(FeatureError):
    """A feature set has no features, or two of one name.

    Parameters
    ----------
    name : str
    expected, was : str
    """

    def __init__(self, name: str, expected: str, was: str) -> None:
        self.name = name
        super().__init__(f"{expected} in feature set {name!r}", was, "name each feature once")


class UnknownCatalogue(FeatureError):
    """No catalogue of features has that name.

    Parameters
    ----------
    name : str
    known : tuple of str
    """

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        super().__init__(
            f"the name of a catalogue ({', '.join(known)})", repr(name), "choose one of them"
        )


class UnreadableCatalogue(FeatureError):
    """A text is no catalogue of features.

    Parameters
    ----------
    expected, was, hint : str
    """


class WrongMatrix(FeatureError):
    """Values are not the matrix of numbers that was asked for.

    Parameters
    ----------
    expected, was : str
    """

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(expected, was, "give one row a bar, oldest first")


class WindowTooShort(FeatureError):
    """A graph's window of bars is shorter than the expressions look back.

    Parameters
    ----------
    n_bars, least : int
        Bars in the window, and bars needed.
    """

    def __init__(self, n_bars: int, least: int) -> None:
        self.n_bars = n_bars
        self.least = least
        super().__init__(
            f"at least {least} bars in the window", f"{n_bars}", "give the graph more bars"
        )
