"""Alpha158 and Alpha360: Qlib's published definitions, and where ours part from them."""

import numpy as np
import pytest

from bellwether.arrays import FloatArray
from bellwether.features import FeatureSet, alpha158, alpha360, compute, parse

WINDOWS = (5, 10, 20, 30, 60)
# qlib/contrib/data/loader.py of Qlib 0.9.7, Alpha158DL, as published; {d} is the window.
RANGE = "($high-$low+1e-12)"
TOP, BOTTOM = "Greater($open, $close)", "Less($open, $close)"
BARS = {
    "KMID": "($close-$open)/$open",
    "KLEN": "($high-$low)/$open",
    "KMID2": f"($close-$open)/{RANGE}",
    "KUP": f"($high-{TOP})/$open",
    "KUP2": f"($high-{TOP})/{RANGE}",
    "KLOW": f"({BOTTOM}-$low)/$open",
    "KLOW2": f"({BOTTOM}-$low)/{RANGE}",
    "KSFT": "(2*$close-$high-$low)/$open",
    "KSFT2": f"(2*$close-$high-$low)/{RANGE}",
    "OPEN0": "$open/$close",
    "HIGH0": "$high/$close",
    "LOW0": "$low/$close",
    "VWAP0": "$vwap/$close",
}
UP, DOWN = "Sum(Greater({x}-Ref({x}, 1), 0), {d})", "Sum(Greater(Ref({x}, 1)-{x}, 0), {d})"
MOVED = "(Sum(Abs({x}-Ref({x}, 1)), {d})+1e-12)"
FLOW = "Abs($close/Ref($close, 1)-1)*$volume"
ROLLING = {
    "ROC": "Ref($close, {d})/$close",
    "MA": "Mean($close, {d})/$close",
    "STD": "Std($close, {d})/$close",
    "BETA": "Slope($close, {d})/$close",
    "RSQR": "Rsquare($close, {d})",
    "RESI": "Resi($close, {d})/$close",
    "MAX": "Max($high, {d})/$close",
    "MIN": "Min($low, {d})/$close",
    "QTLU": "Quantile($close, {d}, 0.8)/$close",
    "QTLD": "Quantile($close, {d}, 0.2)/$close",
    "RANK": "Rank($close, {d})",
    "RSV": "($close-Min($low, {d}))/(Max($high, {d})-Min($low, {d})+1e-12)",
    "IMAX": "IdxMax($high, {d})/{d}",
    "IMIN": "IdxMin($low, {d})/{d}",
    "IMXD": "(IdxMax($high, {d})-IdxMin($low, {d}))/{d}",
    "CORR": "Corr($close, Log($volume+1), {d})",
    "CORD": "Corr($close/Ref($close,1), Log($volume/Ref($volume, 1)+1), {d})",
    "CNTP": "Mean($close>Ref($close, 1), {d})",
    "CNTN": "Mean($close<Ref($close, 1), {d})",
    "CNTD": "Mean($close>Ref($close, 1), {d})-Mean($close<Ref($close, 1), {d})",
    "SUMP": f"{UP}/{MOVED}".replace("{x}", "$close"),
    "SUMN": f"{DOWN}/{MOVED}".replace("{x}", "$close"),
    "SUMD": f"({UP}-{DOWN})/{MOVED}".replace("{x}", "$close"),
    "VMA": "Mean($volume, {d})/($volume+1e-12)",
    "VSTD": "Std($volume, {d})/($volume+1e-12)",
    "WVMA": f"Std({FLOW}, {{d}})/(Mean({FLOW}, {{d}})+1e-12)",
    "VSUMP": f"{UP}/{MOVED}".replace("{x}", "$volume"),
    "VSUMN": f"{DOWN}/{MOVED}".replace("{x}", "$volume"),
    "VSUMD": f"({UP}-{DOWN})/{MOVED}".replace("{x}", "$volume"),
}
TYPICAL = "(($high+$low+$close)/3)"


def published158() -> FeatureSet:
    texts = dict(BARS)
    for name, text in ROLLING.items():
        texts |= {f"{name}{d}": text.replace("{d}", str(d)) for d in WINDOWS}
    return read_all(texts)


def published360() -> FeatureSet:
    fields = {name: f"${name.lower()}" for name in ("CLOSE", "OPEN", "HIGH", "LOW", "VWAP")}
    texts: dict[str, str] = {}
    for name, field in (*fields.items(), ("VOLUME", "$volume")):
        divisor = "$close" if name != "VOLUME" else "($volume+1e-12)"
        texts |= {f"{name}{lag}": f"Ref({field}, {lag})/{divisor}" for lag in range(59, 0, -1)}
        texts[f"{name}0"] = f"{field}/{divisor}"
    return read_all(texts)


def read_all(texts: dict[str, str]) -> FeatureSet:
    pairs = tuple((name, parse(text.replace("$vwap", TYPICAL))) for name, text in texts.items())
    return FeatureSet(name="published", version="0.9.7", features=pairs)


SETS = [(alpha158(), published158()), (alpha360(), published360())]


@pytest.mark.parametrize(("ours", "published"), SETS, ids=["alpha158", "alpha360"])
def test_the_factors_are_those_that_qlib_published(
    ours: FeatureSet, published: FeatureSet, matrix: FloatArray
) -> None:
    assert ours.names == published.names
    assert ours.lookback_bars == published.lookback_bars
    bars = matrix.copy()
    bars[:, 4] = np.maximum(bars[:, 4], 1.0)
    found, expected = compute(ours, bars), compute(published, bars)
    for name, mine, theirs in zip(ours.names, found.T, expected.T, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9, err_msg=name)


def test_the_digests_of_released_versions_never_change() -> None:
    known = {
        one.name: (one.version, len(one), one.lookback_bars, one.digest[:16])
        for one in (alpha158(), alpha360())
    }
    assert known == {
        "alpha158": ("1", 158, 61, "fc2202274a0e669b"),
        "alpha360": ("1", 360, 60, "4c85afe87ec95901"),
    }


@pytest.mark.parametrize("scale", [1e-9, 1e-6, 1e6])
def test_no_factor_depends_on_the_currency(scale: float, matrix: FloatArray) -> None:
    scaled = matrix * [scale, scale, scale, scale, 1.0]
    for features in (alpha158(), alpha360()):
        np.testing.assert_allclose(
            compute(features, scaled), compute(features, matrix), rtol=1e-7, atol=1e-8
        )


def test_a_market_that_stands_still_without_volume_has_plain_values() -> None:
    bars = np.full((80, 5), 0.1)
    bars[:, 4] = 0.0
    values = dict(zip(alpha158().names, compute(alpha158(), bars)[-1], strict=True))
    ones = ("OPEN0", "HIGH0", "LOW0", "VWAP0", "ROC60", "MA60", "MAX60", "MIN60", "QTLU60")
    assert {name: values[name] for name in ones} == pytest.approx(dict.fromkeys(ones, 1.0))
    zeros = ("KMID2", "STD60", "RSQR60", "RSV60", "CORR60", "CORD60", "SUMD60", "VMA60", "WVMA60")
    assert {name: values[name] for name in zeros} == dict.fromkeys(zeros, 0.0)
    assert values["RANK60"] == pytest.approx(30.5 / 60)
    assert values["IMAX60"] == values["IMIN60"] == pytest.approx(1 / 60)


def test_a_bar_without_volume_says_nothing_about_the_bars_before_it(matrix: FloatArray) -> None:
    bars = matrix[:200].copy()
    bars[150, 4] = 0.0
    values = dict(zip(alpha158().names, compute(alpha158(), bars)[150], strict=True))
    assert values["VMA5"] == values["VSTD5"] == 0.0
    assert np.isfinite(compute(alpha158(), bars)[60:]).all()
    volumes = compute(alpha360(), bars)[150, -60:]
    np.testing.assert_array_equal(volumes, 0.0)
