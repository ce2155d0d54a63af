"""Qlib's syntax: translated by meaning, refused with a reason."""

import re

import numpy as np
import pandas as pd
import pytest

from bellwether import features as f
from bellwether.arrays import FloatArray
from bellwether.features import Expression, UnreadableExpression, compute, parse

c, v = f.close, f.volume
TRANSLATIONS: list[tuple[str, Expression]] = [
    ("Ref($close, 5)/$close", f.ref(c, 5) / c),
    ("($close-$open)/($high-$low+1e-12)", (c - f.open) / (f.high - f.low + 1e-12)),
    ("Mean($close>Ref($close, 1), 5)", f.mean(c > f.ref(c, 1), 5)),
    ("Corr($close, Log($volume+1), 5)", f.corr(c, f.log(v + 1), 5)),
    ("Cov($close, $volume, 5)", f.cov(c, v, 5)),
    ("Greater($open, $close) - Less($open, 3)", f.maximum(f.open, c) - f.minimum(f.open, 3)),
    ("Std($close, 5) + Var($close, 5)", f.std(c, 5) + f.var(c, 5)),
    ("Sum(Abs($close), 5) * Sign($open)", f.sum(f.abs(c), 5) * f.sign(f.open)),
    ("Max($high, 5) / Min($low, 5)", f.max(f.high, 5) / f.min(f.low, 5)),
    ("Rsquare($close, 5) - Slope($close, 5)", f.r2(c, 5) - f.slope(c, 5)),
    ("Resi($close, 5)", f.resid(c, 5)),
    ("Quantile($close, 5, 0.8)", f.quantile(c, 5, 0.8)),
    ("Med($close, 5) + Mad($close, 5)", f.median(c, 5) + f.mean_deviation(c, 5)),
    ("Rank($close, 5)", f.rank(c, 5)),
    ("IdxMax($high, 5) - IdxMin($low, 5)", f.argmax(f.high, 5) - f.argmin(f.low, 5)),
    ("Skew($close, 5) + Kurt($close, 5)", f.skew(c, 5) + f.kurt(c, 5)),
    ("Delta($close, 5)", f.delta(c, 5)),
    ("Count($close, 5)", f.sum(f.equal(c, c), 5)),
    ("EMA($close, 12)", f.ema(c, 2 / 13)),
    ("EMA($close, 0.1)", f.ema(c, 0.1)),
    ("WMA($close, 5)", f.wma(c, 5) / 5),
    ("If($close != $open, 1, Power($low, 2))", f.where(~f.equal(c, f.open), 1, f.low**2)),
    ("Ne($close, 2) | Not(Eq($open, 1))", ~f.equal(c, 2) | ~f.equal(f.open, 1)),
    ("And(Gt($close, 1), Or(Ge($low, 1), Lt($low, 2)))", (c > 1) & ((f.low >= 1) | (f.low < 2))),
    ("Le(Add($close, 1), Sub(Mul($low, 2), Div(1, $low)))", c + 1 <= f.low * 2 - 1 / f.low),
    ("-$close", -c),
    ("mean($close, 5)", f.mean(c, 5)),
]


@pytest.mark.parametrize(("text", "expression"), TRANSLATIONS, ids=[row[0] for row in TRANSLATIONS])
def test_text_of_qlib_is_translated_by_its_meaning(text: str, expression: Expression) -> None:
    assert parse(text) == expression
    assert parse(str(expression)) == expression


REFUSALS = [
    ("Ref($close, -2)/$close", "a look ahead", "label"),
    ("Ref($close, 0)", "back to the first bar", "number of bars"),
    ("Mean($close, 0)", "back to the first bar", "number of bars"),
    ("Std($close, 0.1)", "an exponential mean", "write EMA"),
    ("Mean($close, $open)", "was open", "write a number"),
    ("Corr($close, 5)", "was 2", "Qlib"),
    ("$vwap/$close", r"was \$vwap", "stand-in"),
    ("$factor", r"was \$factor", "adjusted"),
    ("$pe", r"was \$pe", r"\$open, \$high"),
    ("$$roe_q", r"was \$\$roe_q", "by date of publication"),
    ("P($close)", "by date of publication", "none"),
    ("Mask($close, 'SH000300')", "another instrument", "one symbol"),
    ("TResample($close, 'week', 'last')", "another interval", "import"),
    ("Rsquard($close, 5)", "'Rsquard'", "Rsquare"),
    ("Corr($close, Log($volume + 1), n=5)", "Call", "compare two"),
]


@pytest.mark.parametrize(("text", "was", "hint"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_what_has_no_finite_memory_or_no_bars_is_refused_with_a_reason(
    text: str, was: str, hint: str
) -> None:
    with pytest.raises(UnreadableExpression, match=was) as caught:
        parse(text)
    assert re.search(hint, caught.value.hint)


def test_unequal_belongs_to_text_of_qlib_only() -> None:
    with pytest.raises(UnreadableExpression, match="NotEq"):
        parse("close != open")


def as_qlib_computes(close: pd.Series, volume: pd.Series, n_bars: int) -> dict[str, pd.Series]:
    """Return operators as qlib.data.ops 0.9.7 defines them, told in pandas."""
    rolling = close.rolling(n_bars, min_periods=1)

    def weighted(window: FloatArray) -> float:
        weights = np.arange(len(window)) + 1
        return float(np.nanmean(weights / weights.sum() * window))

    return {
        f"Std($close, {n_bars})": rolling.std(),
        f"Var($close, {n_bars})": rolling.var(),
        f"Skew($close, {n_bars})": rolling.skew(),
        f"Kurt($close, {n_bars})": rolling.kurt(),
        f"Med($close, {n_bars})": rolling.median(),
        f"Quantile($close, {n_bars}, 0.2)": rolling.quantile(0.2),
        f"Rank($close, {n_bars})": rolling.rank(pct=True),
        f"Count($close, {n_bars})": rolling.count(),
        f"WMA($close, {n_bars})": rolling.apply(weighted, raw=True),
        f"IdxMax($close, {n_bars})": rolling.apply(lambda x: x.argmax() + 1, raw=True),
        f"IdxMin($close, {n_bars})": rolling.apply(lambda x: x.argmin() + 1, raw=True),
        f"Corr($close, $volume, {n_bars})": rolling.corr(volume),
        f"Cov($close, $volume, {n_bars})": rolling.cov(volume),
    }


@pytest.mark.parametrize("n_bars", [4, 20])
def test_complete_windows_have_the_values_that_qlib_computes(
    n_bars: int, matrix: FloatArray
) -> None:
    close, volume = pd.Series(matrix[:, 3]), pd.Series(matrix[:, 4])
    for text, expected in as_qlib_computes(close, volume, n_bars).items():
        found = compute([parse(text)], matrix)[:, 0]
        assert np.isnan(found[: n_bars - 1]).all()
        np.testing.assert_allclose(
            found[n_bars - 1 :], expected[n_bars - 1 :], rtol=1e-6, atol=1e-6, err_msg=text
        )


@pytest.mark.parametrize("parameter", ["12", "0.1"])
def test_an_exponential_mean_forgets_what_hardly_counts(parameter: str, matrix: FloatArray) -> None:
    number = float(parameter)
    close = pd.Series(matrix[:, 3])
    weighted = close.ewm(alpha=number) if number < 1 else close.ewm(span=number)
    found = compute([parse(f"EMA($close, {parameter})")], matrix)[300:, 0]
    assert np.abs(found - weighted.mean()[300:]).max() < 0.01 * close.std()
