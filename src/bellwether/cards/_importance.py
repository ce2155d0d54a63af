"""What each feature was worth to a model, said so that luck is called luck."""

from collections.abc import Sequence

from bellwether.cards._blocks import draw_section, draw_table
from bellwether.cards._format import printable, write_count, write_list, write_number
from bellwether.cards._markup import Child, Markup, element
from bellwether.validation import FeatureImportance

MOST_SHOWN = 20
IMPORTANCE_NOTE = (
    "Loss of information coefficient where the feature's values are those of other days, out of "
    "sample. All intervals hold together in 90% of the cases. Features that move together stand in "
    "for each other, and neither may seem to matter. It says what the model used, and nothing "
    "about what moves the market."
)


def tell_importance(importance: Sequence[FeatureImportance]) -> str:
    """Return in a sentence which features can be told from luck.

    Examples
    --------
    >>> tell_importance([])
    'No feature was taken away from the model.'
    """
    if not importance:
        return "No feature was taken away from the model."
    told = [one for one in importance if one.is_told_from_luck]
    helped = [one.feature for one in told if one.loss > 0.0]
    harmed = [one.feature for one in told if one.loss < 0.0]
    if not told:
        what = f"None of {write_count(len(importance))} features"
        return f"{what} can be told from luck: every interval includes zero."
    parts = []
    if helped:
        parts.append(f"the skill hung on {write_list(helped)}")
    if harmed:
        parts.append(f"the model did worse with {write_list(harmed)}")
    rest = "" if len(told) == len(importance) else "; the others cannot be told from luck"
    return f"Out of sample {' and '.join(parts)}{rest}."


def importance_rows(importance: Sequence[FeatureImportance]) -> list[tuple[str, str, str, str]]:
    """Return the lines of a table: feature, loss, interval, and what it is to be taken for."""
    return [
        (
            printable(one.feature),
            write_number(one.loss, 3, signed=True),
            f"{write_number(one.low, 3, signed=True)} to {write_number(one.high, 3, signed=True)}",
            _say(one),
        )
        for one in importance[:MOST_SHOWN]
    ]


def draw_importance(importance: Sequence[FeatureImportance]) -> Markup | None:
    """Return the section about what each feature was worth; None where none was taken away."""
    if not importance:
        return None
    rows: list[tuple[Child, ...]] = [*importance_rows(importance)]
    names = ("Feature", "Loss", "90% interval", "Taken for")
    return draw_section(
        "importance",
        "What the model used",
        element("p", tell_importance(importance)),
        draw_table("Skill lost without each feature", names, rows),
        element("p", IMPORTANCE_NOTE, class_="muted"),
    )


def _say(one: FeatureImportance) -> str:
    said = "nothing: luck would do"
    if one.is_told_from_luck:
        said = "a help" if one.loss > 0.0 else "a harm"
    return f"{said}; moves with {write_list(one.alike, most=2)}" if one.alike else said
