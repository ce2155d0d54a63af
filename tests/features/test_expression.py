"""Expressions as values: identity, memory, refusals."""

import pytest

from bellwether import features as f
from bellwether.features import Expression, FeatureSet, InvalidExpression, InvalidFeatureSet
from bellwether.features._operators import OPERATORS


def test_equal_expressions_are_equal_and_hash_alike() -> None:
    first, second = (f.close / f.mean(f.close, 20) - 1 for _ in range(2))
    assert first is not second
    assert first == second
    assert len({first, second}) == 1


@pytest.mark.parametrize(
    "other",
    [f.mean(f.close, 21), f.mean(f.open, 20), f.sum(f.close, 20), f.mean(f.close, 20) + 0],
    ids=str,
)
def test_expressions_that_differ_are_unequal(other: Expression) -> None:
    assert other != f.mean(f.close, 20)


def test_whole_numbers_are_one_constant_however_written() -> None:
    assert f.close * 2 == f.close * 2.0
    assert f.mean(f.close, 20) == f.mean(f.close, 20.0)  # type: ignore[arg-type]


def test_negative_zero_is_zero() -> None:
    assert -f.constant(0) == f.constant(0)


@pytest.mark.parametrize(
    ("expression", "lookback_bars"),
    [
        (f.close, 1),
        (f.constant(3), 1),
        (f.ref(f.close, 1), 2),
        (f.delta(f.close, 5), 6),
        (f.mean(f.close, 20), 20),
        (f.mean(f.delta(f.close, 1), 20), 21),
        (f.ema(f.close, 0.5, 10), 10),
        (f.wilder(f.delta(f.close, 1), 14), 121),
        (f.last_where(f.close, f.close > f.ref(f.close, 3), 60, 0), 63),
        (f.clipped_sum(f.delta(f.close, 1), 0.5, 60), 61),
        (f.where(f.close > f.ref(f.close, 9), f.mean(f.close, 4), 1), 10),
    ],
    ids=str,
)
def test_lookback_follows_from_the_expression(expression: Expression, lookback_bars: int) -> None:
    assert expression.lookback_bars == lookback_bars


def test_an_expression_shows_its_text() -> None:
    assert repr(f.close / 2) == "Expression(close / 2)"
    assert f.close != "close"


def test_an_expression_has_no_truth_of_its_own() -> None:
    with pytest.raises(InvalidExpression, match="operators &"):
        bool(f.close > f.open)


@pytest.mark.parametrize("n_bars", [0, -1, 2.5, 10_001, float("nan"), True, "20", 10**400])
def test_windows_that_are_no_count_of_bars_are_refused(n_bars: int) -> None:
    with pytest.raises(InvalidExpression, match="whole number"):
        f.mean(f.close, n_bars)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400])
def test_constants_must_be_finite(value: float) -> None:
    with pytest.raises(InvalidExpression, match="finite number"):
        f.close + value


@pytest.mark.parametrize("alpha", [0.0, -0.1, float("nan")])
def test_a_memory_without_end_is_refused(alpha: float) -> None:
    with pytest.raises(InvalidExpression, match="above 0"):
        f.ema(f.close, alpha)


@pytest.mark.parametrize("bound", [-0.1, float("nan"), float("inf")])
def test_a_bound_is_finite_and_not_below_zero(bound: float) -> None:
    with pytest.raises(InvalidExpression, match="as bound"):
        f.clipped_sum(f.close, bound, 5)


def test_wilder_needs_a_bar() -> None:
    with pytest.raises(InvalidExpression, match="from 1"):
        f.wilder(f.close, 0)


def test_deviation_of_one_bar_is_refused() -> None:
    with pytest.raises(InvalidExpression, match="from 2"):
        f.population_std(f.close, 1)


def test_unknown_operators_are_refused() -> None:
    with pytest.raises(InvalidExpression, match="none of that name"):
        Expression(operator="peek")


def test_a_constant_carries_its_own_sign() -> None:
    assert -f.constant(2) == f.constant(-2)
    with pytest.raises(InvalidExpression, match="no constant"):
        Expression(operator="negative", operands=(f.constant(2),))


def test_wrong_numbers_of_operands_and_parameters_are_refused() -> None:
    with pytest.raises(InvalidExpression, match="1 operands"):
        Expression(operator="mean", parameters=(3,))
    with pytest.raises(InvalidExpression, match="1 parameters"):
        Expression(operator="mean", operands=(f.close,))


def test_every_named_operator_has_a_function_of_its_name() -> None:
    named = {name for name, entry in OPERATORS.items() if not entry.symbol}
    assert named <= set(f.__all__)


def test_feature_sets_need_features_with_names_of_their_own() -> None:
    with pytest.raises(InvalidFeatureSet, match="at least one"):
        FeatureSet(name="none", version="1", features=())
    with pytest.raises(InvalidFeatureSet, match="a twice"):
        FeatureSet(name="two", version="1", features=(("a", f.close), ("a", f.open)))


def test_digest_of_a_feature_set_covers_name_version_order_and_text() -> None:
    pair = (("a", f.close), ("b", f.open))
    sets = [
        FeatureSet(name="x", version="1", features=pair),
        FeatureSet(name="y", version="1", features=pair),
        FeatureSet(name="x", version="2", features=pair),
        FeatureSet(name="x", version="1", features=pair[::-1]),
        FeatureSet(name="x", version="1", features=(("a", f.close), ("b", f.high))),
    ]
    assert len({one.digest for one in sets}) == len(sets)
    assert sets[0].digest == FeatureSet(name="x", version="1", features=pair).digest
