"""Text form: canonical writing, safe reading."""

import pytest

from bellwether import features as f
from bellwether.features import (
    Expression,
    InvalidExpression,
    UnreadableExpression,
    parse,
)

CANONICAL = [
    "close",
    "-1.5",
    "close / mean(close, 20) - 1",
    "close - (open - high)",
    "close / (open * high)",
    "(close + open) * -2",
    "-close ** 2",
    "(-close) ** 2",
    "(close ** 2) ** 3",
    "close ** (2 ** 3)",
    "--close",
    "~(close > open) & (low == 1) | (high <= 2)",
    "(close > open) + 1 >= 0.1",
    "(close > open) == (low > 3)",
    "close == (low > 3)",
    "where(close > ref(close, 1), close, -open)",
    "last_where(close, volume > 0, 60, -0.5)",
    "clipped_sum(close / ref(close, 1) - 1, 0.02, 60)",
    "ema(close, 0.07142857142857142, 120)",
    "1e-300 + 1e+22 + 123456789",
]


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_is_written_as_it_is_read(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        (" ( close ) ", f.close),
        ("2*close", 2 * f.close),
        ("1 - close", 1 - f.close),
        ("1 / close + 2 ** close", 1 / f.close + 2**f.close),
        ("1 + close", 1 + f.close),
        ("1 & close", 1 & f.close),
        ("1 | close", 1 | f.close),
        ("close < 1", f.close < 1),
        ("close <= 1", f.close <= 1),
        ("2 - close >= open + 3", 2 - f.close >= f.open + 3),
        ("2 + close == open ** 2", f.equal(2 + f.close, f.open**2)),
        ("open | close & 1", f.open | f.close & 1),
        ("delta(close, 3)", f.delta(f.close, 3)),
        ("wilder(close, 14)", f.wilder(f.close, 14)),
        ("clip(close, -1, 1)", f.clip(f.close, -1, 1)),
        ("population_std(close, 20)", f.population_std(f.close, 20)),
        ("abs(sign(log(close)))", f.abs(f.sign(f.log(f.close)))),
        ("slope(close, 5) - r2(close, 5)", f.slope(f.close, 5) - f.r2(f.close, 5)),
        ("max(high, 3) - min(low, 3)", f.max(f.high, 3) - f.min(f.low, 3)),
        ("wma(close, 3)", f.wma(f.close, 3)),
        ("7", f.constant(7)),
        ("-7", f.constant(-7)),
        ("~close", ~f.close),
    ],
)
def test_text_means_what_python_says(text: str, expression: Expression) -> None:
    assert parse(text) == expression


@pytest.mark.parametrize(
    "text",
    [
        "",
        "close +",
        "close.__class__",
        "__import__('os')",
        "close[0]",
        "lambda: close",
        "mean(close, n_bars=20)",
        "close if open else high",
        "[close]",
        "'close'",
        "True",
        "1j",
        "close // 2",
        "close % 2",
        "close @ open",
        "+close",
        "not close",
        "close != open",
        "open < close < high",
        "close and open",
        "mean(*close)",
        "(close := open)",
        "(" * 5000 + "close" + ")" * 5000,
        "-" * 200_000 + "close",
        "mean(close, " + "9" * 5000 + ")",
        "close\0",
        "close; open",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_not_of_the_algebra_is_refused(text: str) -> None:
    with pytest.raises(UnreadableExpression):
        parse(text)


def test_overlong_text_is_refused() -> None:
    with pytest.raises(UnreadableExpression, match="at most 1000000 characters"):
        parse("close" + " " * 1_000_000)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("mena(close, 3)", "mean"), ("clsoe", "close"), ("wildr(close, 3)", "wilder")],
)
def test_misspelled_names_are_answered_with_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(UnreadableExpression) as caught:
        parse(text)
    assert caught.value.hint == f"did you mean {nearest}?"


def test_names_like_nothing_are_answered_with_all() -> None:
    with pytest.raises(UnreadableExpression, match="known names: open, high"):
        parse("xyzzy")


def test_and_is_answered_with_the_operator_to_use() -> None:
    with pytest.raises(UnreadableExpression, match=r"write & and \|"):
        parse("close and open")


@pytest.mark.parametrize(
    "text",
    ["mean(close)", "mean(close, 3, 4)", "mean(close, open)", "mean(3)", "mean()", "delta(close)",
     "wilder(close, open)", "clip(close, 1, 2, 3)", "mean(close, 0)", "ema(close, 0, 5)",
     "1e999", "where(close, 1)"],
)  # fmt: skip
def test_wrong_arguments_are_refused(text: str) -> None:
    with pytest.raises(InvalidExpression):
        parse(text)
