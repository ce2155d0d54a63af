"""Tracks: a number and its interval on a line, small enough for a cell of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.cards._figures import Figure
from bellwether.cards._markup import Markup, element

MARGIN = 0.06
MOST_WIDTHS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What a track's left and right ends stand for.

    Parameters
    ----------
    low, high : float
    """

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return where a value lies, from 0 at the left to 100 at the right."""
        share = (value - self.low) / (self.high - self.low)
        return 100.0 * min(max(share, 0.0), 1.0)


def plan_scale(figures: Sequence[Figure], *include: float) -> Scale | None:
    """Return a scale that holds figures with their intervals; None where nothing is known.

    Parameters
    ----------
    figures : sequence of Figure
        An interval more than three times as wide as the middle one runs off the scale, so
        that one short year does not make points of all others.
    *include : float
        Other values that it must hold.
    """
    values = [one.value for one in figures if one.value is not None and np.isfinite(one.value)]
    if not values:
        return None
    reaches = [(one.low, one.high) for one in figures if one.low is not None]
    ends = np.array(reaches, dtype=np.float64).reshape(-1, 2)
    ends = ends[np.isfinite(ends).all(axis=1)]
    widths = ends[:, 1] - ends[:, 0]
    kept = ends[widths <= MOST_WIDTHS * np.median(widths)].ravel().tolist() if len(ends) else []
    low, high = min(*values, *include, *kept, values[0]), max(*values, *include, *kept, values[0])
    margin = MARGIN * (high - low) or 1.0
    return Scale(low=low - margin, high=high + margin)


def draw_track(
    figure: Figure, scale: Scale | None, marks: Sequence[float] = (0.0,), tone: str = ""
) -> Markup:
    """Return a figure as a dot on its interval, with upright marks to compare it with.

    Parameters
    ----------
    figure : Figure
        Written beside the track by whoever draws it: nothing is told by the picture alone.
    scale : Scale or None
    marks : sequence of float
    tone : str
        "good", "bad" or nothing.
    """
    value = figure.value
    if scale is None or value is None or np.isnan(value):
        return element("span", class_="track empty", aria_hidden="true")
    parts = [element("i", class_="mark-at", style=f"left:{scale.place(at):.2f}%") for at in marks]
    if figure.low is not None and figure.high is not None:
        left, right = scale.place(figure.low), scale.place(figure.high)
        width = max(right - left, 0.5)
        parts.append(element("i", class_="reach", style=f"left:{left:.2f}%;width:{width:.2f}%"))
    parts.append(element("i", class_="at", style=f"left:{scale.place(value):.2f}%"))
    return element("span", *parts, class_=f"track {tone}".strip(), aria_hidden="true")


def tone_of(figure: Figure, mark: float = 0.0, *, at_most: bool = False) -> str:
    """Return "good" where the whole interval is on the right side of a mark, "bad" if on none."""
    if figure.low is None or figure.high is None:
        return ""
    above, below = ("bad", "good") if at_most else ("good", "bad")
    return above if figure.low > mark else below if figure.high < mark else ""


def tone_of_held(figure: Figure, mark: float) -> str:
    """Return "good" where the interval holds a mark, "bad" where it leaves it out."""
    if figure.low is None or figure.high is None:
        return ""
    return "good" if figure.low <= mark <= figure.high else "bad"
