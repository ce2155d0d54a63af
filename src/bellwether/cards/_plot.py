"""Plots without a library: an SVG that stretches, and labels in the page's own type.

The drawing fills a square of 1000 by 1000 that the page stretches to its width; labels are
HTML, so that they stay as large on a telephone as on a screen.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bellwether.arrays import FloatArray, TimeArray
from bellwether.cards._markup import Markup, element, join

SIDE = 1000.0
LOG_FROM_RATIO = 3.0
MOST_BUCKETS = 300
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One direction of a plot.

    Parameters
    ----------
    low, high : float
        Values at its ends; `low` below `high`, both above zero on a logarithmic axis.
    ticks : tuple of (float, str)
        Values that are marked, with their labels.
    is_log : bool
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    is_log: bool = False

    def place(self, values: FloatArray) -> FloatArray:
        """Return where values lie, from 0 at the axis' low end to 1 at its high end."""
        low, high = self.low, self.high
        if self.is_log:
            low, high, values = math.log(low), math.log(high), np.log(values)
        return np.asarray((values - low) / (high - low))


def plan_axis(
    values: FloatArray,
    write: Callable[[float], str],
    *,
    may_log: bool = False,
    n_ticks: int = 5,
) -> Axis:
    """Return an axis that holds some values, with about five round ticks.

    Parameters
    ----------
    values : float64 array
        Finite, at least one.
    write : callable
        From a tick's value to its label.
    may_log : bool
        Whether it becomes logarithmic where the largest value is three times the smallest.
    n_ticks : int
        About as many ticks, where the axis is not logarithmic.

    Returns
    -------
    axis : Axis
    """
    low, high = float(values.min()), float(values.max())
    is_log = may_log and low > 0.0 and high / low >= LOG_FROM_RATIO
    if is_log:
        margin = (high / low) ** 0.04
        low, high = low / margin, high * margin
        marks = _log_marks(low, high)
    else:
        margin = 0.05 * (high - low)
        if margin <= 1e-9 * max(abs(low), abs(high), 1.0):
            margin = max(0.01 * abs(high), 0.01)
        low, high = low - margin, high + margin
        marks = _linear_marks(low, high, n_ticks)
    return Axis(low=low, high=high, ticks=tuple((at, write(at)) for at in marks), is_log=is_log)


def plan_time_axis(times: TimeArray) -> Axis:
    """Return an axis of time: years where there are enough, else days or minutes.

    Parameters
    ----------
    times : datetime64[us] array
        At least one.

    Returns
    -------
    axis : Axis
        Its values are those of `seconds`.
    """
    first, last = times.min(), times.max()
    n_years = int((last - first) / np.timedelta64(365, "D"))
    if n_years >= 3:
        step = max(1, math.ceil(n_years / 7))
        years = np.arange(first, last + np.timedelta64(366, "D"), dtype="datetime64[Y]")[1:]
        years = years[years <= last]
        marks = years[years.astype(np.int64) % step == 0]
    else:
        marks = first + (last - first) * np.array([0.1, 0.5, 0.9])
        whole_days = last - first > np.timedelta64(7, "D")
        marks = marks.astype("datetime64[D]" if whole_days else "datetime64[m]")
    at = seconds(marks.astype("datetime64[us]")).tolist()
    low, high = float(seconds(first)), float(seconds(last))
    labels = [str(mark).replace("T", " ") for mark in marks]
    return Axis(
        low=low, high=max(high, low + DAY_SECONDS), ticks=tuple(zip(at, labels, strict=True))
    )


def seconds(times: TimeArray) -> FloatArray:
    """Return instants as seconds since 1970."""
    return np.asarray(times).astype("datetime64[us]").astype(np.float64) / 1e6


def draw_line(x: FloatArray, y: FloatArray, class_: str) -> Markup:
    """Return a line through places between 0 and 1, thinned to what an eye can see."""
    kept = thin(y)
    points = " ".join(_point(x[i], y[i]) for i in kept)
    return element("path", class_=f"line {class_}", d=f"M{points}")


def draw_area(x: FloatArray, top: FloatArray, bottom: FloatArray, class_: str) -> Markup:
    """Return the area between two lines."""
    there = " ".join(_point(a, b) for a, b in zip(x, top, strict=True))
    back = " ".join(_point(a, b) for a, b in zip(x[::-1], bottom[::-1], strict=True))
    return element("path", class_=f"area {class_}", d=f"M{there} {back}Z")


def draw_dots(x: FloatArray, y: FloatArray, class_: str) -> Markup:
    """Return round dots: lines of no length with round ends, which no stretching distorts."""
    starts = "".join(f"M{_point(a, b)}h0" for a, b in zip(x, y, strict=True))
    return element("path", class_=f"dots {class_}", d=starts)


def draw_spans(x: FloatArray, low: FloatArray, high: FloatArray, class_: str) -> Markup:
    """Return an upright line at each x."""
    spans = zip(x, low, high, strict=True)
    lines = "".join(f"M{_point(a, b)}L{_point(a, c)}" for a, b, c in spans)
    return element("path", class_=f"line {class_}", d=lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A drawing with its axes and its words.

    Parameters
    ----------
    name : str
        Unique in the page, a valid id.
    title, description : str
        What a reader hears who cannot see it.
    x, y : Axis
    x_title, y_title : str
    layers : sequence of Markup
        Drawn in this order.
    """

    name: str
    title: str
    description: str
    x: Axis
    y: Axis
    x_title: str
    y_title: str
    layers: Sequence[Markup]

    def render(self) -> Markup:
        """Return the plot as HTML."""
        labelled = f"{self.name}-title {self.name}-description"
        drawing = element(
            "svg",
            element("title", self.title, id=f"{self.name}-title"),
            element("desc", self.description, id=f"{self.name}-description"),
            self._grid(),
            *self.layers,
            viewBox=f"0 0 {SIDE:g} {SIDE:g}",
            preserveAspectRatio="none",
            role="img",
            aria_labelledby=labelled,
        )
        up = [
            element("span", label, style=f"bottom:{100 * _share(self.y, at):.2f}%")
            for at, label in self.y.ticks
        ]
        along = [
            element("span", label, style=f"left:{100 * _share(self.x, at):.2f}%")
            for at, label in self.x.ticks
        ]
        return element(
            "div",
            element("p", self.y_title, class_="axis-title", aria_hidden="true"),
            element("div", *up, class_="ticks-y", aria_hidden="true"),
            element("div", drawing, class_="canvas"),
            element("div", *along, class_="ticks-x", aria_hidden="true"),
            element("p", self.x_title, class_="axis-title x", aria_hidden="true"),
            class_=f"plot {self.name}",
        )

    def _grid(self) -> Markup:
        rows = [SIDE * (1.0 - _share(self.y, at)) for at, _ in self.y.ticks]
        return element("path", class_="grid", d="".join(f"M0 {row:.1f}H{SIDE:g}" for row in rows))


def draw_legend(entries: Sequence[tuple[str, str, str]]) -> Markup:
    """Return a legend.

    Parameters
    ----------
    entries : sequence of (class, name, value)
    """
    items = [
        element(
            "li",
            element("span", class_=f"key {class_}", aria_hidden="true"),
            name,
            " ",
            element("b", value),
        )
        for class_, name, value in entries
    ]
    return element("ul", join(items), class_="legend")


def thin(values: FloatArray) -> list[int]:
    """Return the places worth drawing: first, last, and each bucket's lowest and highest.

    Examples
    --------
    >>> thin(np.array([1.0, 3.0, 2.0]))
    [0, 1, 2]
    """
    n = len(values)
    if n <= 2 * MOST_BUCKETS:
        return list(range(n))
    edges = np.linspace(0, n, MOST_BUCKETS + 1).astype(int)
    kept = {0, n - 1}
    for begin, end in pairwise(edges.tolist()):
        kept |= {begin + int(values[begin:end].argmin()), begin + int(values[begin:end].argmax())}
    return sorted(int(place) for place in kept)


def _share(axis: Axis, value: float) -> float:
    return float(axis.place(np.array([value]))[0])


def _point(x: float, y: float) -> str:
    return f"{SIDE * x:.1f} {SIDE * (1.0 - y):.1f}"


def _linear_marks(low: float, high: float, n_ticks: int) -> list[float]:
    rough = (high - low) / n_ticks
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * part for part in (1.0, 2.0, 2.5, 5.0, 10.0) if size * part >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    marks = [round(step * count, 12) for count in range(first, last + 1)]
    return [mark for mark in marks if low <= mark <= high]


def _log_marks(low: float, high: float) -> list[float]:
    sizes = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside: list[float] = []
    for parts in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        marks = [part * 10.0**size for size in sizes for part in parts]
        inside = [mark for mark in marks if low <= mark <= high]
        if len(inside) >= 4:
            break
    return inside
