"""The pictures: equity, calibration, and the weights of the ensemble over time."""

import numpy as np

from bellwether.arrays import FloatArray, TimeArray
from bellwether.cards._blocks import draw_details, draw_section, draw_table
from bellwether.cards._figures import figure_of
from bellwether.cards._format import (
    write_count,
    write_day,
    write_name,
    write_number,
    write_percent,
)
from bellwether.cards._markup import Markup, element
from bellwether.cards._plot import (
    Axis,
    Plot,
    draw_area,
    draw_dots,
    draw_legend,
    draw_line,
    draw_spans,
    plan_axis,
    plan_time_axis,
    seconds,
)
from bellwether.cards._verdict_card import VerdictCard
from bellwether.cards._verdict_sections import draw_figures, draw_more
from bellwether.cards._verdict_tables import name_track
from bellwether.service import Candidate
from bellwether.validation import EquityReport, ReliabilityBin, ReliabilityReport

START = 100.0


def draw_equity(card: VerdictCard) -> Markup:
    """Return the section with the growth of forecast and floors, its falls, and their table."""
    title, equity = "Against every floor", card.equity
    table = draw_figures(card.floors) if card.floors.rows else ()
    if equity is None or not equity.lines:
        empty = element("p", "No equity could be computed.", class_="muted")
        return draw_section("equity", title, empty, *table, draw_more(card))
    note = (
        "Out of sample, after costs of whatever is traded, following every BUY and SELL with the "
        "whole capital. The curve is shown; it decides nothing."
    )
    times = np.array(equity.closed_at, dtype="datetime64[us]")
    x = plan_time_axis(times)
    return draw_section(
        "equity",
        title,
        *_growth(equity, times, x),
        _falls(equity, times, x),
        element("p", note, class_="muted"),
        *table,
        draw_more(card),
    )


def _growth(equity: EquityReport, times: TimeArray, x: Axis) -> tuple[Markup, Markup]:
    grown = {line.name: START * np.array(line.values) for line in equity.lines}
    # A floor that loses all would flatten every other line: it may run off the picture.
    shown = [line for name, line in grown.items() if name != "last_return"]
    y = plan_axis(np.concatenate(shown or list(grown.values())), _write_growth, may_log=True)
    place = x.place(seconds(times))
    # Drawn last is seen best: the forecast comes on top.
    layers = [
        draw_line(place, _above_zero(y, line), f"line-{name}") for name, line in grown.items()
    ]
    last = {name: _write_growth(float(line[-1])) for name, line in grown.items()}
    ends = ", ".join(f"{name_track(name)} {end}" for name, end in last.items())
    plot = Plot(
        name="equity-plot",
        title="Growth of 100 out of sample, after costs",
        description=f"From {write_day(times[0])} to {write_day(times[-1])}, 100 became: {ends}.",
        x=x,
        y=y,
        x_title="",
        y_title="Growth of 100" + (", logarithmic scale" if y.is_log else ""),
        layers=layers[::-1],
    )
    keys = [(f"line-{name}", name_track(name), end) for name, end in last.items()]
    return draw_legend(keys), plot.render()


def _above_zero(axis: Axis, line: FloatArray) -> FloatArray:
    """Return where a line lies; on a logarithmic axis zero is far below the picture."""
    return axis.place(np.maximum(line, 1e-9) if axis.is_log else line)


def _falls(equity: EquityReport, times: TimeArray, x: Axis) -> Markup | None:
    fall = -np.array(equity.drawdown)
    if not np.isfinite(fall).all() or not fall.any():
        return None
    y = plan_axis(np.append(fall, 0.0), lambda value: write_percent(value, 0), n_ticks=3)
    place, level = x.place(seconds(times)), y.place(fall)
    surface = y.place(np.zeros_like(fall))
    plot = Plot(
        name="falls-plot",
        title="The forecast's falls from its height so far",
        description=f"The deepest is {write_percent(-float(fall.min()))}.",
        x=x,
        y=y,
        x_title="",
        y_title="The forecast's falls from its height so far",
        layers=[draw_area(place, surface, level, "fall"), draw_line(place, level, "line-fall")],
    )
    return plot.render()


def _write_growth(value: float) -> str:
    return write_number(value, 0)


def draw_calibration(card: VerdictCard) -> Markup:
    """Return the section that holds stated probabilities against what happened."""
    report = card.reliability
    title = "Calibration: do the probabilities mean what they say?"
    if report is None or not report.bins:
        empty = element("p", "This forecast states no probabilities.", class_="muted")
        return draw_section("calibration", title, empty)
    parts = draw_figures(card.statements) if card.statements.rows else ()
    stated, rose, low, high = _columns(report.bins)
    x = plan_axis(stated, lambda value: write_percent(value, 1))
    y = plan_axis(np.append(low, high), lambda value: write_percent(value, 0))
    across = np.array([max(x.low, y.low), min(x.high, y.high)])
    place = x.place(stated)
    layers = [
        draw_spans(place, y.place(low), y.place(high), "error"),
        draw_dots(place, y.place(rose), "measured"),
    ]
    if across[0] < across[1]:
        layers.insert(0, draw_line(x.place(across), y.place(across), "perfect"))
    told = _calibration_words(report)
    plot = Plot(
        name="calibration-plot",
        title="Share of rises against the stated probability",
        description=told,
        x=x,
        y=y,
        x_title="Probability of a rise, as stated",
        y_title="Share that rose",
        layers=layers,
    )
    legend = [
        ("measured", "Measured, with exact 95% interval", ""),
        ("perfect", "Perfect calibration", ""),
    ]
    return draw_section(
        "calibration",
        title,
        draw_legend(legend),
        plot.render(),
        element("p", told, class_="muted"),
        draw_details("The numbers", _calibration_table(report)),
        *parts,
    )


def _columns(bins: tuple[ReliabilityBin, ...]) -> tuple[FloatArray, ...]:
    rows = [(b.probability, b.share_up.value, b.share_up.low, b.share_up.high) for b in bins]
    return tuple(np.array(rows, dtype=np.float64).T)


def _calibration_words(report: ReliabilityReport) -> str:
    bins = report.bins
    inside = sum(one.share_up.low <= one.probability <= one.share_up.high for one in bins)
    n = sum(one.n for one in bins)
    return (
        f"{write_count(n)} forecasts in {len(bins)} groups of about {write_count(n / len(bins))}, "
        f"from the lowest probability to the highest; {inside} of {len(bins)} intervals hold the "
        f"stated probability. On average stated and measured are "
        f"{write_percent(report.calibration_error)} apart."
    )


def _calibration_table(report: ReliabilityReport) -> Markup:
    rows = [
        (
            write_percent(one.probability),
            write_percent(one.share_up.value),
            figure_of("share", one.share_up).interval,
            write_count(one.n),
        )
        for one in report.bins
    ]
    names = ("Stated", "Rose", "95% interval", "Forecasts")
    return draw_table("Stated probabilities and what happened", names, rows)


def draw_weights(candidate: Candidate) -> Markup | None:
    """Return the section with the members' weights over time; None for a single member."""
    scored = candidate.scored
    if len(scored.members) < 2 or not scored.weights:
        return None
    decided_at = np.array([at.decided_at for at in scored.weights], dtype="datetime64[us]")
    times = np.append(np.repeat(decided_at, 2)[1:], candidate.evidence.closed_at[-1])
    shares = np.repeat(np.stack([at.weight for at in scored.weights]), 2, axis=0)
    x, y = plan_time_axis(times), plan_axis(np.array([0.05, 0.95]), _write_share)
    place, tops = x.place(seconds(times)), np.cumsum(shares, axis=1)
    layers = [
        draw_area(place, tops[:, k], tops[:, k] - shares[:, k], f"member-{k % 6}")
        for k in range(len(scored.members))
    ]
    names = [write_name(member) for member in scored.members]
    last = [_write_share(float(weight)) for weight in scored.weights[-1].weight]
    told = ", ".join(f"{name} {share}" for name, share in zip(names, last, strict=True))
    plot = Plot(
        name="weights-plot",
        title="Weights of the ensemble's members over time",
        description=f"In the end: {told}.",
        x=x,
        y=y,
        x_title="",
        y_title="Share of the ensemble",
        layers=layers,
    )
    keys = [f"member-{k % 6}" for k in range(len(names))]
    note = "Weights follow each member's past evidence only; without any, all are equal."
    return draw_section(
        "weights",
        "Who the ensemble listened to",
        draw_legend(list(zip(keys, names, last, strict=True))),
        plot.render(),
        element("p", note, class_="muted"),
    )


def _write_share(value: float) -> str:
    return write_percent(value, 0)
