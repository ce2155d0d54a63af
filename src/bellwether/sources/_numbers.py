"""Numbers as people write them: decimal commas, thousands set apart, currencies, 63.82M."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from bellwether.arrays import BoolArray, FloatArray
from bellwether.sources._date_forms import Question
from bellwether.sources._hints import NO_HINTS, Hints

BLANKS = ("", "-", "--", ".", "nan", "null", "none", "na", "n/a", "<na>", "nat", "#n/a")
COMMA, POINT = "comma", "point"
CLEAR_MAJORITY = 9
FACTORS = {
    **dict.fromkeys(("k", "tsd", "tys"), 1e3),
    **dict.fromkeys(("m", "mio", "mln"), 1e6),
    **dict.fromkeys(("b", "bn", "mrd", "mld"), 1e9),
    "t": 1e12,
}
CURRENCY = r"(?:[$€£¥₹]|usd|eur|gbp|chf|pln|zł)"
SPACES = r"[ '\u2019\u00a0\u202f\u2009]"
DRESSED = (
    rf"^([+−-]?){CURRENCY}? *((?:\d{{1,3}}(?:{SPACES}\d{{3}})+(?:[.,]\d+)?)|\d[\d.,]*|[.,]\d+)"
    rf"(e[+-]?\d+)? *({'|'.join(FACTORS)})?\.? *{CURRENCY}?$"
)
# Digits and marks alone, as most columns with decimal commas are: three times as fast to read.
BARE = r"^\d[\d.,]*$"


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbers:
    """Columns of numbers.

    Parameters
    ----------
    values : dict of str to float64 array of shape (n_rows,)
        NaN where there is no number.
    blanks : dict of str to bool array of shape (n_rows,)
        Where nothing, or a word for nothing, is written.
    facts : tuple of str
        How they are dressed, and what shows it.
    question : Question or None
        What nothing decides.
    """

    values: dict[str, FloatArray]
    blanks: dict[str, BoolArray]
    facts: tuple[str, ...] = ()
    question: Question | None = None


def read_numbers(
    columns: Mapping[str, pl.Series], hints: Hints = NO_HINTS, *, comma_first: bool = False
) -> Numbers:
    """Read columns of numbers, all by the same decimal mark.

    Parameters
    ----------
    columns : mapping of str to polars Series of text or numbers
    hints : Hints, optional
    comma_first : bool, default False
        Whether something beside the numbers, such as the header's language, has decimal commas.

    Returns
    -------
    numbers : Numbers

    Examples
    --------
    >>> column = pl.Series(["1.234,50", "999,00"])
    >>> read_numbers({"close": column}).values["close"].tolist()
    [1234.5, 999.0]
    """
    plain = {name: _read_plain(column) for name, column in columns.items()}
    values = {name: one for name, (one, _) in plain.items()}
    blanks = {name: blank for name, (_, blank) in plain.items()}
    dressed = [
        name
        for name, column in columns.items()
        if column.dtype == pl.String and bool((np.isnan(values[name]) & ~blanks[name]).any())
    ]
    if not dressed:
        return Numbers(values=values, blanks=blanks)
    bodies = {name: _undress(c) for name, c in columns.items() if c.dtype == pl.String}
    mark, fact, question = _choose_mark(
        pl.concat([one["body"].drop_nulls() for one in bodies.values()]), hints, comma_first
    )
    for name in bodies if mark == COMMA else dressed:
        read = _read_dressed(bodies[name], mark)
        keeps = np.zeros(len(read), dtype=np.bool_) if mark == COMMA else ~np.isnan(values[name])
        values[name] = np.where(keeps, values[name], read)
    facts = (*fact, *_tell_factors(bodies))
    return Numbers(values=values, blanks=blanks, facts=facts, question=question)


def _read_plain(column: pl.Series) -> tuple[FloatArray, BoolArray]:
    numbers = column.cast(pl.Float64, strict=False)
    values = numbers.to_numpy().astype(np.float64, copy=False)
    blank: BoolArray = np.isnan(values)
    if column.dtype != pl.String or not blank.any():
        return values, blank
    if _is_bare(column):
        return values, np.zeros(len(values), dtype=np.bool_)
    places = np.flatnonzero(blank)
    words = column.gather(places).str.strip_chars()
    blank[places] = words.str.to_lowercase().is_in(BLANKS).fill_null(value=True).to_numpy()
    if blank.all() or not (np.isnan(values) & ~blank).any():
        return values, blank
    # Blanks around a number are no dress: polars' cast wants none.
    values = values.copy()
    values[places] = words.cast(pl.Float64, strict=False).to_numpy()
    return values, blank


def _is_bare(column: pl.Series) -> bool:
    return not column.null_count() and bool(column.str.contains(BARE).all())


def _undress(column: pl.Series) -> pl.DataFrame:
    if _is_bare(column):
        nothing = pl.lit(None, dtype=pl.String)
        return pl.select(sign=pl.lit(""), body=column, power=nothing, factor=nothing)
    text = column.str.strip_chars().str.to_lowercase()
    groups = text.str.extract_groups(DRESSED).struct.unnest()
    names = dict(zip(groups.columns, ("sign", "body", "power", "factor"), strict=True))
    return groups.rename(names).with_columns(pl.col("body").str.replace_all(SPACES, ""))


def _choose_mark(
    bodies: pl.Series, hints: Hints, comma_first: bool
) -> tuple[str, tuple[str, ...], Question | None]:
    """Return the decimal mark, the fact that tells it, and a question where nothing does."""
    if hints.decimals is not None:
        return hints.decimals, (f"the decimal mark is a {hints.decimals}, as asked",), None
    shown = dict(_find_evidence(bodies))
    n_comma, n_point = (len(shown[mark]) for mark in (COMMA, POINT))
    for mark, own, other in ((COMMA, n_comma, n_point), (POINT, n_point, n_comma)):
        if own > CLEAR_MAJORITY * other:
            said = f"the decimal mark is a {mark}: {shown[mark][0]} can be nothing else"
            return mark, (said,) if mark == COMMA or _has_commas(bodies) else (), None
    if comma_first and not n_point:
        return COMMA, ("the decimal mark is a comma: the header's language has it so",), None
    if not _has_commas(bodies) or (not n_comma and _is_grouped(bodies)):
        return POINT, (), None
    first = bodies.filter(bodies.str.contains(",", literal=True))[0]
    was = f"{first}, where a comma may be the decimal mark or set thousands apart"
    return POINT, (), Question("one decimal mark", was, "decimals", (COMMA, POINT))


def _has_commas(bodies: pl.Series) -> bool:
    return bool(bodies.str.contains(",", literal=True).any())


def _find_evidence(bodies: pl.Series) -> Iterator[tuple[str, pl.Series]]:
    """Yield each mark with the numbers that can only be read with it as the decimal mark."""
    for mark, other in ((COMMA, POINT), (POINT, COMMA)):
        own, foreign = (r"," if one == COMMA else r"\." for one in (mark, other))
        last_of_both = rf"{foreign}.*{own}"
        no_group = rf"^[^.,]*{own}(?:\d{{0,2}}|\d{{4,}})$|^0*{own}"
        twice = rf"{foreign}\d+{foreign}"
        yield mark, bodies.filter(bodies.str.contains(f"{last_of_both}|{no_group}|{twice}"))


def _is_grouped(bodies: pl.Series) -> bool:
    """Return whether commas stand in all numbers from a thousand on, and in none below."""
    has = bodies.str.contains(",", literal=True)
    digits = bodies.str.replace(r"\..*$", "").str.len_chars()
    return bool((~has).any()) and bool((digits.filter(~has) <= 3).all())


def _read_dressed(parts: pl.DataFrame, mark: str) -> FloatArray:
    own, foreign = (r",", r"\.") if mark == COMMA else (r"\.", r",")
    form = rf"^(?:\d*|\d{{1,3}}(?:{foreign}\d{{2,3}})*{foreign}\d{{3}})(?:{own}\d*)?$"
    body = parts["body"]
    body = body.set(~body.str.contains(form).fill_null(value=False), None)
    bare = body.str.replace_all(foreign[-1], "", literal=True)
    if mark == COMMA:
        bare = bare.str.replace_all(own, ".", literal=True)
    if not (parts["sign"] != "").any() and parts["power"].null_count() == len(parts):
        text = bare
    else:
        sign = parts["sign"].fill_null("").str.replace("−", "-")
        text = sign + bare + parts["power"].fill_null("")
    if parts["factor"].null_count() == len(parts):
        return text.cast(pl.Float64, strict=False).to_numpy().astype(np.float64)
    factors = parts["factor"].replace_strict(FACTORS, default=1.0, return_dtype=pl.Float64)
    values = text.cast(pl.Float64, strict=False).to_numpy().astype(np.float64)
    factor = factors.fill_null(1.0).to_numpy()
    # 63.82M is 63,820,000 and not the nearest product of two floats.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(factor == 1.0, values, np.round(values * factor, 2))


def _tell_factors(bodies: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    for name, parts in bodies.items():
        used = parts["factor"].drop_nulls().unique().sort().to_list()
        if used:
            yield f"{name} ends in {', '.join(one.upper() for one in used)}"
