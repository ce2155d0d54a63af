"""The three pictures: equity, calibration, and the weights of the ensemble over time."""

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.cards._blocks import draw_details, draw_section, draw_table
from bellwether.cards._format import (
    write_count,
    write_day,
    write_name,
    write_number,
    write_percent,
    write_range,
)
from bellwether.cards._markup import Markup, element
from bellwether.cards._plot import (
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
from bellwether.labels import forward_return
from bellwether.service import Candidate
from bellwether.validation import (
    CalibrationCurve,
    Evidence,
    calibration_curve,
    equity_curves,
)

START = 100.0


def draw_equity(candidate: Candidate) -> Markup:
    """Return the section with the out-of-sample growth of forecast, rules and buy and hold."""
    evidence = candidate.evidence
    curves = equity_curves(evidence)
    begin = evidence.out_of_sample_from - 1
    times = np.concatenate([evidence.closed_at[begin : begin + 1], curves.closed_at])
    grown = {
        "Forecast": START * np.concatenate([[1.0], curves.forecast]),
        "Rules": START * np.concatenate([[1.0], curves.rules]),
        "Buy and hold": START * np.concatenate([[1.0], curves.buy_and_hold]),
    }
    known = {name: line for name, line in grown.items() if np.isfinite(line).all()}
    if not known:
        empty = element("p", "No equity could be computed.", class_="muted")
        return draw_section("equity", "Equity out of sample", empty)
    # Drawn last is seen best: the forecast comes on top.
    y = plan_axis(np.concatenate(list(known.values())), _write_growth, may_log=True)
    x = plan_time_axis(times)
    place = x.place(seconds(times))
    layers = [draw_line(place, y.place(line), _line_class(name)) for name, line in known.items()]
    ends = ", ".join(f"{name} {_write_growth(line[-1])}" for name, line in known.items())
    span = f"{write_day(times[0])} to {write_day(times[-1])}"
    plot = Plot(
        name="equity-plot",
        title="Growth of 100 out of sample, after costs",
        description=f"From {span}, 100 became: {ends}.",
        x=x,
        y=y,
        x_title="",
        y_title="Growth of 100" + (", logarithmic scale" if y.is_log else ""),
        layers=layers[::-1],
    )
    legend = [(_line_class(name), name, _write_growth(line[-1])) for name, line in known.items()]
    note = (
        f"Out of sample, {span}, after costs of {write_percent(evidence.cost_bps * 1e-4, 2)} of "
        "whatever is traded, following every BUY and SELL with the whole capital. The curve is "
        "shown; it decides nothing."
    )
    return draw_section(
        "equity",
        "Equity out of sample",
        draw_legend(legend),
        plot.render(),
        element("p", note, class_="muted"),
    )


def _line_class(name: str) -> str:
    return name.lower().replace(" ", "-")


def _write_growth(value: float) -> str:
    return write_number(value, 0)


def draw_calibration(evidence: Evidence) -> Markup:
    """Return the section that holds stated probabilities against what happened."""
    curve = calibration_curve(*_stated_and_happened(evidence))
    title = "Calibration: do the probabilities mean what they say?"
    if not curve.n.size:
        empty = element("p", "This forecast states no probabilities.", class_="muted")
        return draw_section("calibration", title, empty)
    x = plan_axis(curve.probability, lambda value: write_percent(value, 1))
    y = plan_axis(np.append(curve.low, curve.high), lambda value: write_percent(value, 0))
    across = np.array([max(x.low, y.low), min(x.high, y.high)])
    place = x.place(curve.probability)
    bars = draw_spans(place, y.place(curve.low), y.place(curve.high), "error")
    dots = draw_dots(place, y.place(curve.share_up), "measured")
    layers = [bars, dots]
    if across[0] < across[1]:
        layers.insert(0, draw_line(x.place(across), y.place(across), "perfect"))
    plot = Plot(
        name="calibration-plot",
        title="Share of rises against the stated probability",
        description=_calibration_words(curve),
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
        element("p", _calibration_words(curve), class_="muted"),
        draw_details("The numbers", _calibration_table(curve)),
    )


def _calibration_words(curve: CalibrationCurve) -> str:
    inside = int(((curve.low <= curve.probability) & (curve.probability <= curve.high)).sum())
    n_bins = curve.n.size
    return (
        f"{write_count(float(curve.n.sum()))} forecasts in {n_bins} groups of about "
        f"{write_count(float(np.median(curve.n)))}, from the lowest probability to the highest; "
        f"{inside} of {n_bins} intervals hold the stated probability."
    )


def _calibration_table(curve: CalibrationCurve) -> Markup:
    columns = zip(curve.probability, curve.share_up, curve.low, curve.high, curve.n, strict=True)
    rows = [
        (
            write_percent(float(stated)),
            write_percent(float(rose)),
            write_range(float(low), float(high), write_percent),
            write_count(float(n)),
        )
        for stated, rose, low, high, n in columns
    ]
    names = ("Stated", "Rose", "95% interval", "Forecasts")
    return draw_table("Stated probabilities and what happened", names, rows)


def _stated_and_happened(evidence: Evidence) -> tuple[FloatArray, FloatArray]:
    """Return the probabilities out of sample and the returns they were stated for."""
    happened = np.full(evidence.close.shape, np.nan)
    for column in range(evidence.n_symbols):
        there = np.flatnonzero(~np.isnan(evidence.close[:, column]))
        if len(there) > evidence.horizon_bars:
            ahead = forward_return(evidence.close[there, column], evidence.horizon_bars)
            # What was decided at a bar's close stands in the row of the symbol's next bar.
            happened[there[1:], column] = ahead[:-1]
    rows = evidence.out_of_sample
    return evidence.probability_up[rows].ravel(), happened[rows].ravel()


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
