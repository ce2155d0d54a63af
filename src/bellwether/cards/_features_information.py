"""Information coefficients on a page: all of them with intervals, year by year, beside luck."""

from collections.abc import Sequence

import numpy as np

from bellwether.cards._blocks import draw_details, draw_section, draw_table
from bellwether.cards._format import (
    DASH,
    write_count,
    write_horizon,
    write_number,
    write_percent,
    write_range,
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
)
from bellwether.cards._words import Telling
from bellwether.validation import (
    FeatureFigures,
    FeatureInformation,
    FeatureReport,
    InformationCoefficient,
    Luck,
)

MOST_YEAR_ROWS = 40
SHADES_FROM = (1.0, 2.0)
CHANCE_OF_ONE = 0.05


def write_coefficient(value: float | None) -> str:
    """Return an information coefficient with its sign."""
    return write_number(value, 3, signed=True)


def tell_luck(luck: Luck) -> Telling:
    """Return how what was found compares with what worthless features would show.

    Parameters
    ----------
    luck : Luck

    Returns
    -------
    telling : Telling
    """
    ahead = write_horizon(luck.horizon_bars)
    if not luck.n_features:
        lead = f"No feature varies enough to be compared with {ahead}."
        return Telling(lead=lead, comfort="Bring more bars.")
    lead = (
        f"{write_count(luck.n_found)} of {write_count(luck.n_features)} features have an interval "
        f"that excludes zero for {ahead}; about {write_number(luck.n_by_chance, 1)} would by "
        "chance alone."
    )
    bound = write_number(luck.largest_by_chance, 3)
    largest = f"The largest coefficient is {write_number(luck.largest, 3)} by size"
    if luck.chance < CHANCE_OF_ONE:
        comfort = (
            f"{largest}; the largest of as many worthless features exceeds {bound} in one case of "
            f"twenty. {_count_features(luck.n_beyond)} beyond that."
        )
    else:
        comfort = (
            f"{largest}; the largest of as many worthless features is as large in "
            f"{write_percent(luck.chance, 0)} of cases: it may well be luck."
        )
    return Telling(lead=lead, comfort=comfort)


def _count_features(count: int) -> str:
    return "One feature is" if count == 1 else f"{write_count(count)} features are"


def draw_information(report: FeatureReport, place: int) -> Markup:
    """Return the section about one horizon: coefficients, intervals, years."""
    luck = report.luck[place]
    title = f"Against {write_horizon(luck.horizon_bars)}"
    name = f"horizon-{luck.horizon_bars}"
    rows = [
        (one, one.information[place])
        for one in report.features
        if np.isfinite(one.information[place].overall.low)
    ]
    if not rows:
        empty = element("p", "Too few bars to compare any feature with.", class_="muted")
        return draw_section(name, title, empty)
    ordered = sorted(rows, key=lambda row: row[1].overall.coefficient)
    note = (
        "Rank correlation of the value at a close with the volatility-scaled return that follows; "
        "lines are 95 % intervals from resampled blocks of bars. A coefficient is what a feature "
        "had in common with the past, before costs; it promises nothing."
    )
    return draw_section(
        name,
        title,
        *_plot_coefficients([one.overall for _, one in ordered], luck, name),
        element("p", note, class_="muted"),
        _draw_years(ordered),
        draw_details("Every interval", _draw_intervals(ordered)),
    )


def _draw_intervals(ordered: Sequence[tuple[FeatureFigures, FeatureInformation]]) -> Markup:
    rows = [
        (
            feature.name,
            write_coefficient(one.overall.coefficient),
            write_range(one.overall.low, one.overall.high, write_coefficient),
            f"{one.n_years_agreeing} of {len(one.years)}",
            write_count(one.overall.n_bars),
        )
        for feature, one in ordered
    ]
    columns = ("Feature", "Coefficient", "95 %", "Years of its sign", "Bars")
    return draw_table("Coefficients, smallest to largest", columns, rows)


def _plot_coefficients(
    found: Sequence[InformationCoefficient], luck: Luck, name: str
) -> tuple[Markup, Markup]:
    middle, low, high = np.array([(one.coefficient, one.low, one.high) for one in found]).T
    bound = luck.largest_by_chance
    y = plan_axis(
        np.concatenate((low, high, [bound, -bound, 0.0])),
        lambda one: write_number(one, 2, signed=True),
    )
    x = (np.arange(len(found)) + 0.5) / len(found)
    ends = np.array([0.0, 1.0])
    excludes = np.array([one.excludes_zero for one in found])
    layers = [
        draw_area(ends, y.place(np.full(2, bound)), y.place(np.full(2, -bound)), "luck"),
        draw_line(ends, y.place(np.zeros(2)), "nothing"),
    ]
    for chosen, class_ in ((~excludes, "not-found"), (excludes, "found")):
        layers += [
            draw_spans(x[chosen], y.place(low[chosen]), y.place(high[chosen]), class_),
            draw_dots(x[chosen], y.place(middle[chosen]), class_),
        ]
    plot = Plot(
        name=f"{name}-plot",
        title="Information coefficients with intervals, smallest to largest",
        description=f"{len(found)} coefficients from {write_coefficient(float(middle[0]))} to "
        f"{write_coefficient(float(middle[-1]))}; the largest of as many worthless features "
        f"stays within {write_number(bound, 3)} in 95 of 100 cases.",
        x=Axis(low=0.0, high=1.0, ticks=()),
        y=y,
        x_title="Features, by coefficient",
        y_title="Information coefficient",
        layers=layers,
    )
    legend = draw_legend(
        [
            ("found", "Interval excludes zero", write_count(int(excludes.sum()))),
            ("not-found", "Does not", write_count(int((~excludes).sum()))),
            ("luck", "Where the largest of as many worthless ones stays", f"±{bound:.3f}"),
        ]
    )
    return legend, plot.render()


def _draw_years(ordered: Sequence[tuple[FeatureFigures, FeatureInformation]]) -> Markup | None:
    largest = sorted(ordered, key=lambda row: -abs(row[1].overall.coefficient))[:MOST_YEAR_ROWS]
    years = sorted({year for _, one in largest for year in one.years})
    if not years:
        return None
    head = [element("th", "Feature", scope="col"), element("th", "All", scope="col")]
    head += [element("th", str(year), scope="col") for year in years]
    rows = [
        element(
            "tr",
            element("th", feature.name, scope="row"),
            _shade(one.overall),
            *(_shade(one.years.get(year)) for year in years),
        )
        for feature, one in largest
    ]
    caption = (
        "By year, largest first"
        if len(largest) == len(ordered)
        else f"By year, the {len(largest)} largest of {len(ordered)} by size"
    )
    table = element(
        "table",
        element("caption", f"{caption}: blue went with rises, brown with falls; bold excludes 0"),
        element("thead", element("tr", *head)),
        element("tbody", *rows),
        class_="years",
    )
    return element("div", table, class_="scroll", role="region", tabindex="0", aria_label=caption)


def _shade(found: InformationCoefficient | None) -> Markup:
    """Return a cell whose shade says how many half intervals a coefficient is from zero."""
    if found is None or not np.isfinite(found.coefficient):
        return element("td", DASH)
    half = max(0.5 * (found.high - found.low), 1e-12)
    size = abs(found.coefficient) / half * SHADES_FROM[1]
    grade = 3 if found.excludes_zero else 2 if size >= SHADES_FROM[0] else 1
    way = "up" if found.coefficient > 0 else "down"
    ends = write_range(found.low, found.high, write_coefficient)
    text = write_number(found.coefficient, 2, signed=True)
    return element("td", text, class_=f"{way}-{grade}", title=f"{ends}, {found.n_bars:,} bars")
