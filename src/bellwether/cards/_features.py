"""The page of a look at features: what they look like, what they went with, what luck shows."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from bellwether.cards._blocks import draw_details, draw_section, draw_table, draw_terms
from bellwether.cards._features_information import draw_information, tell_luck
from bellwether.cards._features_style import FEATURES_STYLE
from bellwether.cards._format import (
    DASH,
    printable,
    write_any,
    write_bars,
    write_count,
    write_digest,
    write_list,
    write_number,
    write_percent,
)
from bellwether.cards._markup import Markup, element, join
from bellwether.cards._page import draw_page
from bellwether.validation import QUANTILES, FeatureCluster, FeatureFigures, FeatureReport

SPREAD_DEVIATIONS = 4.0
SHAPE_COLUMNS = (
    "Feature",
    "Spread",
    "Looks back",
    "Missing",
    "Mean",
    "Deviation",
    "1%",
    "99%",
    "Tails",
    "Farthest",
    "Memory, bars",
    "Group",
)
SHAPE_NOTE = (
    "Spread: median, middle half and middle 98 %, within four standard deviations around the "
    "mean; the thin mark is zero. Tails: 1 is a normal distribution. Farthest: in standard "
    "deviations. Memory: about so many bars hold one independent value; too long where the "
    "bars are too few to tell. Missing: of the bars with a full lookback."
)
COUNTED = (
    "Choosing features by these coefficients is looking at the answers: a model of the chosen ones "
    "is judged on bars that chose them. The look is written into the trial ledger, and the next "
    "verdict on these bars is the stricter for it."
)
RANKED = (
    "Ranks are taken within each symbol over its whole history, for a year's coefficient, too; "
    "symbols of one bar are resampled together. On a short history a slow feature made of past "
    "prices leans below zero by about its memory over the number of bars, without any reversal in "
    "the market."
)


def write_memory(bars: float) -> str:
    """Return an autocorrelation time, and in words where the bars are too few to tell it."""
    return "too long" if np.isinf(bars) else write_number(bars, 1)


def render_features(report: FeatureReport) -> str:
    """Return a look at features as one self-contained HTML page.

    Parameters
    ----------
    report : FeatureReport

    Returns
    -------
    page : str
        Without a script, a font or an image from elsewhere; all text in it is escaped.
    """
    about = (
        f"{write_list(report.symbols)} · {write_count(report.n_bars)} "
        f"{write_bars(report.interval)} · {report.first_at[:10]} to {report.last_at[:10]}"
    )
    main = element(
        "main",
        element("style", FEATURES_STYLE),
        _draw_lead(report),
        *(draw_information(report, place) for place in range(len(report.luck))),
        _draw_shapes(report),
        _draw_groups(report.clusters),
        _draw_reading(report),
    )
    return draw_page(
        head=f"{report.name} – features",
        brand="bellwether features",
        title=report.name,
        about=about,
        main=main,
        made=f"Version {printable(report.version)}, digest {write_digest(report.digest)}.",
    )


def _draw_lead(report: FeatureReport) -> Markup:
    told: list[Markup] = []
    for luck in report.luck:
        telling = tell_luck(luck)
        told += [element("p", telling.lead, class_="lead"), element("p", telling.comfort)]
    if not told:
        words = "What happened afterwards was not looked at, so nothing was counted."
        told = [element("p", words, class_="lead")]
    n_groups = len(report.clusters)
    words = (
        f"{write_count(len(report.features))} features in {write_count(n_groups)} groups of what "
        "tells much the same."
    )
    return element("section", *told, element("p", words), id="lead", class_="card verdict")


def _draw_shapes(report: FeatureReport) -> Markup:
    rows = [
        (
            one.name,
            _draw_spread(one),
            write_count(one.lookback_bars),
            write_percent(one.missing_share, 1),
            _write_value(one.shape.mean),
            _write_value(one.shape.deviation),
            _write_value(one.shape.quantiles[0]),
            _write_value(one.shape.quantiles[-1]),
            write_number(one.shape.tail_weight, 1),
            write_number(one.shape.farthest, 1),
            write_memory(one.memory_bars),
            write_count(one.cluster),
        )
        for one in report.features
    ]
    table = draw_table("Every feature", SHAPE_COLUMNS, rows, n_words=2)
    definitions = draw_table(
        "Every definition",
        ("Feature", "Definition"),
        [
            (one.name, element("code", one.definition, class_="definition"))
            for one in report.features
        ],
        n_words=2,
    )
    return draw_section(
        "shapes",
        "What they look like",
        table,
        element("p", SHAPE_NOTE, class_="muted"),
        draw_details("Definitions", definitions),
    )


def _write_value(value: float) -> str:
    """Return a number of unknown size; small ones as powers of ten, as they would be nothing."""
    if np.isfinite(value) and 0.0 < abs(value) < 1e-4:
        return f"{value:.1e}".replace("-", "−")
    return write_any(value) if value >= 0 or not np.isfinite(value) else f"−{write_any(-value)}"


def _draw_spread(feature: FeatureFigures) -> Markup | str:
    shape = feature.shape
    if not (np.isfinite(shape.deviation) and shape.deviation > 0.0):
        return DASH
    reach = SPREAD_DEVIATIONS * shape.deviation
    at = [_share(one, shape.mean, reach) for one in shape.quantiles]
    parts = [
        element("i", class_="wide", style=f"left:{at[0]:.1f}%;width:{at[-1] - at[0]:.1f}%"),
        element("i", class_="middle", style=f"left:{at[2]:.1f}%;width:{at[4] - at[2]:.1f}%"),
        element("i", class_="median", style=f"left:{at[3]:.1f}%"),
    ]
    if abs(shape.mean) < reach:
        parts.append(element("i", class_="zero", style=f"left:{_share(0.0, shape.mean, reach)}%"))
    told = ", ".join(
        f"{share:.0%} {_write_value(value)}"
        for share, value in zip(QUANTILES, shape.quantiles, strict=True)
    )
    return element("span", *parts, class_="spread", role="img", aria_label=told, title=told)


def _share(value: float, middle: float, reach: float) -> float:
    return round(float(np.clip(50.0 + 50.0 * (value - middle) / reach, 0.0, 100.0)), 1)


def _draw_groups(clusters: Sequence[FeatureCluster]) -> Markup:
    items = []
    for is_alone, group in groupby(clusters, key=lambda one: len(one.names) == 1):
        some = list(group)
        if is_alone:
            names = ", ".join(one.names[0] for one in some)
            items.append(element("li", element("b", f"{len(some)} alone"), names))
            continue
        items += [
            element(
                "li",
                element("b", f"{one.number}. {printable(one.representative)}"),
                ", ".join(name for name in one.names if name != one.representative),
                element("span", f" · {one.least_correlation:.2f} or more", class_="muted"),
            )
            for one in some
        ]
    note = (
        "Any two of a group have a rank correlation of .70 or more by size. The first named is "
        "the most like the others; a model learns little from the rest of its group."
    )
    return draw_section(
        "groups",
        "Which tell much the same",
        element("ul", join(items), class_="groups"),
        element("p", note, class_="muted"),
    )


def _draw_reading(report: FeatureReport) -> Markup:
    terms = [
        ("Features", f"{report.name}, version {report.version}"),
        ("Symbols", write_list(report.symbols, most=12)),
        ("Bars", write_count(report.n_bars)),
        (
            "Distributions are of",
            "every bar" if report.every_nth == 1 else f"every {report.every_nth}th bar",
        ),
    ]
    told = [element("p", COUNTED, class_="muted")] if report.horizons else []
    told.append(element("p", RANKED, class_="muted"))
    return draw_section("reading", "How to read this", draw_terms(terms), *told)
