"""What holds for every expression: causality, finite memory, two backends, one text."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.bars import COLUMNS
from bellwether.features import Expression, GraphBuilder, compute, lower, parse
from bellwether.features._expression import build
from bellwether.features._operator import Operator
from bellwether.features._operators import OPERATORS

N_BARS = 80
NUMBERS = st.floats(-100, 100).map(lambda value: round(value, 3))


def parameters_of(entry: Operator) -> st.SearchStrategy[tuple[float, ...]]:
    if not entry.parameters:
        return st.just(())
    ranges = {"n_taps": st.integers(1, 7), "alpha": st.floats(0.01, 1), "share": st.floats(0, 1)}
    ranges["bound"] = st.floats(0, 100).map(lambda value: round(value, 3))
    ranges["n_bars"] = st.integers(max(2, int(entry.parameters[0].least)), 7)
    return st.tuples(*(ranges.get(one.name, NUMBERS) for one in entry.parameters))


def extend(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    def apply(entry: Operator) -> st.SearchStrategy[Expression]:
        operands = st.tuples(*[children] * entry.n_operands)
        return st.builds(build, st.just(entry.name), operands, parameters_of(entry))

    return st.sampled_from(
        [one for one in OPERATORS.values() if one.n_operands and not one.needs_panel]
    ).flatmap(apply)


LEAVES = st.one_of(
    st.sampled_from(COLUMNS).map(lambda name: build(name, ())),
    NUMBERS.map(lambda value: build("constant", (), (value,))),
)
EXPRESSIONS = st.recursive(LEAVES, extend, max_leaves=8).filter(
    lambda one: one.lookback_bars <= N_BARS // 2
)


def bars_from(seed: int) -> FloatArray:
    generator = np.random.default_rng(seed)
    close = np.round(10 * np.exp(np.cumsum(generator.normal(0, 0.02, N_BARS))), 2)
    opened = np.r_[10.0, close[:-1]]
    high, low = np.maximum(opened, close) + 0.25, np.minimum(opened, close) - 0.25
    return np.column_stack([opened, high, low, close, generator.integers(0, 4, N_BARS)])


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS)
def test_text_round_trip(expression: Expression) -> None:
    assert parse(str(expression)) == expression


@settings(max_examples=80, deadline=None)
@given(EXPRESSIONS, st.integers(0, 99), st.integers(1, N_BARS - 1))
def test_the_future_never_changes_the_past(expression: Expression, seed: int, cut: int) -> None:
    bars = bars_from(seed)
    changed = bars.copy()
    changed[cut:] = bars_from(seed + 100)[cut:]
    before, after = compute([expression], bars), compute([expression], changed)
    np.testing.assert_array_equal(before[:cut], after[:cut])
    np.testing.assert_array_equal(before[:cut], compute([expression], bars[:cut]))


@settings(max_examples=80, deadline=None)
@given(EXPRESSIONS, st.integers(0, 99), st.integers(1, N_BARS // 2))
def test_values_depend_on_the_lookback_and_not_on_when(
    expression: Expression, seed: int, n_dropped: int
) -> None:
    bars = bars_from(seed)
    whole = compute([expression], bars)
    later = compute([expression], bars[n_dropped:])
    first = expression.lookback_bars - 1
    assert whole[n_dropped + first :].tobytes() == later[first:].tobytes()


# The same examples each time: where a comparison's two sides are equal up to rounding, the
# backends may rightly differ, and some seed would find such a pair one day.
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(EXPRESSIONS, min_size=1, max_size=3), st.integers(0, 99), st.integers(1, 5))
def test_the_graph_gives_the_same_numbers(
    expressions: list[Expression], seed: int, n_steps: int
) -> None:
    import onnxruntime  # noqa: PLC0415 - beside its use: the fixture cannot enter a property

    bars = bars_from(seed)
    graph = GraphBuilder()
    tensor = graph.input("bars", np.float64, ("batch", N_BARS, 5))
    values = lower(graph, expressions, tensor, n_bars=N_BARS, n_steps=n_steps)
    graph.output("values", values, np.float64, ("batch", n_steps, len(expressions)))
    session = onnxruntime.InferenceSession(graph.build(), providers=["CPUExecutionProvider"])
    found = session.run(None, {"bars": bars[None]})[0][0]
    assert found.shape == (n_steps, len(expressions))
    assert agree(found, compute(expressions, bars)[-n_steps:])


def agree(found: FloatArray, expected: FloatArray) -> bool:
    return bool(np.allclose(found, expected, rtol=1e-9, atol=1e-9, equal_nan=True))
