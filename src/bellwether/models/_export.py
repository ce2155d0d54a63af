"""One graph from raw bars to the answer: features, scaling, members, combination, mask."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from bellwether.bars import COLUMNS
from bellwether.features import (
    DOUBLE,
    FeatureSet,
    GraphBuilder,
    Scaling,
    check_one_symbol,
    ewma_volatility,
    lower,
    lower_data_contract,
    lower_scaling,
)
from bellwether.models._ensemble import N_STRENGTHS, QUANTILES, SCORE_BOUND, STRENGTH_TOLERANCE
from bellwether.models._errors import UnusableEnsemble
from bellwether.models._interval_graph import COMMON_DRIFT, lower_reach
from bellwether.models._intervals import N_VARIANCES, interval_lookback_bars
from bellwether.models._model import FittedModel
from bellwether.models._regime_graph import (
    REGIME_MEMBER_WEIGHT,
    confirmed_regime,
    lower_regime_weights,
    lower_row_score,
)
from bellwether.models._regime_weights import N_REGIMES

# Float64 numbers in the widest register of any processor we run on.
_PACKET = 8


def bundle_lookback_bars(
    feature_set: FeatureSet, n_steps: int, horizon_bars: int = 1, *, by_regime: bool = False
) -> int:
    """Return the bars a bundle's graph takes: all that its answer is a function of.

    Parameters
    ----------
    feature_set : FeatureSet
    n_steps : int
        The most steps any member reads.
    horizon_bars : int, default 1
        Only a long one makes a difference: outcomes of past intervals then reach further back
        than anything else.
    by_regime : bool, default False
        Whether members' weights depend on the regime, which is told from more bars than most
        features are.
    """
    longest = max(feature_set.lookback_bars, ewma_volatility().lookback_bars)
    regime_bars = confirmed_regime().lookback_bars if by_regime else 0
    return max(longest + n_steps - 1, interval_lookback_bars(horizon_bars), regime_bars)


def export_bundle_graph(
    feature_set: FeatureSet,
    scaling: Scaling,
    members: Sequence[tuple[str, FittedModel]],
    *,
    horizon_bars: int,
    by_regime: bool = False,
    common_drift: bool = False,
) -> bytes:
    """Write the graph that maps the last raw bars to a prediction.

    Parameters
    ----------
    feature_set : FeatureSet
    scaling : Scaling
        As fitted on the members' training rows.
    members : sequence of (str, FittedModel)
        Names and models, in the order of the state's arrays.
    horizon_bars : int
        Bars in the label's horizon.
    by_regime : bool, default False
        Whether members' weights depend on the regime of the bar.
    common_drift : bool, default False
        Whether the state has a drift that all symbols share.

    Returns
    -------
    model : bytes
        ONNX. Inputs, all float64: ``bars`` (batch, lookback, 5) as open, high, low, close,
        volume, oldest first; and what `EnsembleState.inputs` gives: ``member_mean``,
        ``member_scale``, ``member_weight`` (n_members,), ``calibration`` (2,), ``drift`` (2,),
        ``interval_offsets`` (5,), ``strength_grid`` (100,), ``variance_weight`` (3,). Outputs,
        float64 unless said: ``probability_up``, ``expected_return``, ``confidence``,
        ``score``, ``volatility``, ``reach`` (batch,); ``quantiles`` (batch, 5);
        ``member_forecasts`` (batch, n_members); ``features`` float32 (batch, n_steps,
        n_features), scaled; ``ok`` bool (batch,). Where a row's bars break the data contract,
        or a feature is not finite, ``ok`` is false and every other number of that row is NaN.
        With a common drift also the input ``common_drift`` (1,).
        With weights by regime also the input ``regime_multiplier`` (5 n_members,), the outputs
        ``regime`` (batch,), the code of the confirmed one, and ``regime_member_weight`` (batch,
        n_members).

    Raises
    ------
    NeedsPanel
        If a feature looks across symbols: a bundle sees one.
    UnusableEnsemble
        If there is no member, a name twice, or a member, the scaling and the feature set
        disagree about the number of features.

    Notes
    -----
    Knows: the bars it is given, the last of them closed. The state is an input, so that it
    moves without a new graph.
    """
    check_one_symbol(feature_set)
    _check_members(feature_set, scaling, members)
    most_steps = max(model.n_steps for _, model in members)
    n_bars = bundle_lookback_bars(feature_set, most_steps, horizon_bars, by_regime=by_regime)
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", n_bars, len(COLUMNS)))
    state = _state_inputs(graph, len(members), by_regime=by_regime, common_drift=common_drift)
    # The volatility rides along with the features: one lowering shares what both compute.
    wanted = (*feature_set.expressions, ewma_volatility())
    values = lower(graph, wanted, bars, n_bars=n_bars, n_steps=most_steps)
    raw, volatility = _apart(graph, values, len(feature_set))
    features = lower_scaling(graph, scaling, raw)
    forecasts = _member_forecasts(graph, members, features, most_steps)
    ok = graph.node("And", lower_data_contract(graph, bars), _all_finite(graph, values))
    put, weight = partial(_put, graph, ok), ""
    if by_regime:
        regime, weight = lower_regime_weights(graph, bars, ok, state, n_bars=n_bars)
        put("regime", regime)
        put(REGIME_MEMBER_WEIGHT, weight, (len(members),))
    score = _score(graph, state, forecasts, weight, len(members))
    probability_up = _sigmoid(graph, _line(graph, state["calibration"], score))
    put("probability_up", probability_up)
    own_unit, replayed = lower_reach(graph, bars, state, n_bars=n_bars, horizon_bars=horizon_bars)
    reach = graph.node("Div", graph.node("Mul", own_unit, replayed), volatility)
    unit = graph.node("Mul", volatility, _number(graph, float(np.sqrt(horizon_bars))))
    expected_return, quantiles = _returns(graph, state, score, unit, reach)
    put("expected_return", expected_return)
    put("quantiles", quantiles, (len(QUANTILES),))
    put("confidence", _confidence(graph, state, probability_up))
    put("score", score)
    put("member_forecasts", forecasts, (len(members),))
    put("features", features, (most_steps, len(feature_set)), np.float32)
    put("volatility", volatility)
    put("reach", reach)
    graph.output("ok", ok, np.bool_, ("batch",))
    return graph.build(rows_alone=all(_keeps_rows_alone(model) for _, model in members))


def _keeps_rows_alone(model: FittedModel) -> bool:
    """Return whether a row of a model's graph is known to have the same bits in any batch."""
    return bool(getattr(model, "rows_alone", True))


def _check_members(
    feature_set: FeatureSet, scaling: Scaling, members: Sequence[tuple[str, FittedModel]]
) -> None:
    names = [name for name, _ in members]
    if not names or len(set(names)) < len(names):
        raise UnusableEnsemble("members, each with its own name", str(names))
    found = {name: model.n_features for name, model in members} | {"the scaling": len(scaling)}
    for name, n_features in found.items():
        if n_features != len(feature_set):
            expected = f"{len(feature_set)} features of {feature_set.name} in {name}"
            raise UnusableEnsemble(expected, str(n_features))


def _state_inputs(
    graph: GraphBuilder, n_members: int, *, by_regime: bool, common_drift: bool
) -> dict[str, str]:
    sizes = {
        "member_mean": n_members,
        "member_scale": n_members,
        "member_weight": n_members,
        "calibration": 2,
        "drift": 2,
        "interval_offsets": len(QUANTILES),
        "strength_grid": N_STRENGTHS,
        "variance_weight": N_VARIANCES,
        **({"regime_multiplier": N_REGIMES * n_members} if by_regime else {}),
        **({COMMON_DRIFT: 1} if common_drift else {}),
    }
    return {name: graph.input(name, np.float64, (size,)) for name, size in sizes.items()}


def _apart(graph: GraphBuilder, values: str, n_features: int) -> tuple[str, str]:
    sizes = _integers(graph, n_features, 1)
    raw, volatilities = graph.nodes("Split", values, sizes, n_outputs=2, axis=2)
    by_step = graph.node("Squeeze", volatilities, _integers(graph, 2))
    last_step = graph.constant(np.array(-1, dtype=np.int64))
    return raw, graph.node("Gather", by_step, last_step, axis=1)


def _member_forecasts(
    graph: GraphBuilder, members: Sequence[tuple[str, FittedModel]], features: str, n_steps: int
) -> str:
    columns = []
    for _, model in members:
        windows = features
        if model.n_steps < n_steps:
            bounds = [_integers(graph, place) for place in (n_steps - model.n_steps, n_steps, 1)]
            windows = graph.node("Slice", features, *bounds)
        forecast = graph.node("Cast", model.lower(graph, windows), to=DOUBLE)
        columns.append(graph.node("Unsqueeze", forecast, _integers(graph, 1)))
    return graph.node("Concat", *columns, axis=1)


def _score(
    graph: GraphBuilder, state: dict[str, str], forecasts: str, row_weight: str, n_members: int
) -> str:
    centred = graph.node("Sub", forecasts, state["member_mean"])
    scaled = graph.node("Div", centred, state["member_scale"])
    bounds = [_number(graph, bound) for bound in (-SCORE_BOUND, SCORE_BOUND)]
    standardised = graph.node("Clip", scaled, *bounds)
    if row_weight:
        return lower_row_score(graph, standardised, row_weight, n_members)
    return graph.node("MatMul", standardised, state["member_weight"])


def _returns(
    graph: GraphBuilder, state: dict[str, str], score: str, unit: str, reach: str
) -> tuple[str, str]:
    centre = _line(graph, state["drift"], score)
    reached = graph.node("Mul", _as_column(graph, reach), state["interval_offsets"])
    offset = graph.node("Add", _as_column(graph, centre), reached)
    quantiles = graph.node("Mul", _as_column(graph, unit), offset)
    expected_return = graph.node("Mul", unit, centre)
    if COMMON_DRIFT not in state:
        return expected_return, quantiles
    shared = state[COMMON_DRIFT]
    return graph.node("Add", expected_return, shared), graph.node("Add", quantiles, shared)


def _confidence(graph: GraphBuilder, state: dict[str, str], probability_up: str) -> str:
    strength = graph.node(
        "Sub",
        graph.node("Abs", graph.node("Sub", probability_up, _number(graph, 0.5))),
        _number(graph, STRENGTH_TOLERANCE),
    )
    weaker = graph.node("Greater", _as_column(graph, strength), state["strength_grid"])
    counted = graph.node("Cast", weaker, to=DOUBLE)
    n_weaker = graph.node("ReduceSum", counted, _integers(graph, 1), keepdims=0)
    share = graph.node("Mul", n_weaker, _number(graph, 45.0 / N_STRENGTHS))
    return graph.node("Add", share, _number(graph, 50.0))


def _sigmoid(graph: GraphBuilder, values: str) -> str:
    """Return the logistic function of each row's value, the same bits in every batch.

    The engine computes whole packets of numbers with one formula and those left over with
    another, which differ in the last digit: so each row is made a packet of its own.
    """
    packet = graph.node("Expand", _as_column(graph, values), _integers(graph, 1, _PACKET))
    first = graph.constant(np.array(0, dtype=np.int64))
    return graph.node("Gather", graph.node("Sigmoid", packet), first, axis=1)


def _line(graph: GraphBuilder, intercept_and_slope: str, values: str) -> str:
    intercept, slope = (
        graph.node("Gather", intercept_and_slope, _integers(graph, place)) for place in (0, 1)
    )
    return graph.node("Add", graph.node("Mul", values, slope), intercept)


def _all_finite(graph: GraphBuilder, values: str) -> str:
    """Return whether all of a row's values are finite: nought times anything else is NaN."""
    noughts = graph.node("Mul", values, _number(graph, 0.0))
    total = graph.node("ReduceSum", noughts, _integers(graph, 1, 2), keepdims=0)
    return graph.node("Equal", total, _number(graph, 0.0))


def _put(
    graph: GraphBuilder,
    ok: str,
    name: str,
    tensor: str,
    shape: tuple[int, ...] = (),
    kind: type = np.float64,
) -> None:
    """Make an output of a tensor of rows: NaN where a row is not in order."""
    masked = _masked(graph, ok, tensor, kind(np.nan), len(shape))
    graph.output(name, masked, kind, ("batch", *shape))


def _masked(graph: GraphBuilder, ok: str, tensor: str, nan: np.floating[Any], n_axes: int) -> str:
    if n_axes:
        ok = graph.node("Unsqueeze", ok, _integers(graph, *range(1, n_axes + 1)))
    return graph.node("Where", ok, tensor, graph.constant(np.array(nan)))


def _as_column(graph: GraphBuilder, values: str) -> str:
    return graph.node("Unsqueeze", values, _integers(graph, 1))


def _number(graph: GraphBuilder, value: float) -> str:
    return graph.constant(np.array(value))


def _integers(graph: GraphBuilder, *values: int) -> str:
    return graph.constant(np.array(values, dtype=np.int64))
