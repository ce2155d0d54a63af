"""The rules as one ONNX graph: the very expressions that run in batch."""

import numpy as np
from onnx import TensorProto

from bellwether.features import GraphBuilder, lower, lower_data_contract
from bellwether.rules._options import RuleOptions
from bellwether.rules._signals import Signal, rule_expressions, rules_lookback_bars


def rules_graph(options: RuleOptions | None = None) -> bytes:
    """Return the rules as a serialised ONNX model.

    Parameters
    ----------
    options : RuleOptions, optional
        The contract's by default.

    Returns
    -------
    model : bytes
        Inputs: `bars`, float64 of shape (batch, L, 5), L as `rules_lookback_bars(options)`:
        open, high, low, close, volume, oldest first, shorter histories padded by `pad_bars`;
        `probability_by_signal`, float64 of shape (3,): probability up after SELL, HOLD and
        BUY, from `calibrate_rules`. Outputs of shape (batch,): the names of
        `rule_expressions` and `probability_up`, float64; `ok`, bool: whether every bar is
        within the data contract. Where it is not, every other output is NaN.

    Notes
    -----
    Knows: the bars it is given. Fewer than 60 of them before padding must not be asked about:
    the graph cannot tell padding from bars.
    """
    options = RuleOptions() if options is None else options
    expressions = rule_expressions(options)
    n_bars = rules_lookback_bars(options)
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", n_bars, 5))
    by_signal = graph.input("probability_by_signal", np.float64, (len(Signal),))
    values = lower(graph, list(expressions.values()), bars, n_bars=n_bars, n_steps=1)
    ok = lower_data_contract(graph, bars)
    nothing, one = graph.constant(np.array(np.nan)), graph.constant(np.array([1], dtype=np.int64))

    def pick(row: str, name: str) -> str:
        column = np.array(list(expressions).index(name), dtype=np.int64)
        return graph.node("Gather", row, graph.constant(column), axis=1)

    row = graph.node("Squeeze", values, one)
    masked = graph.node("Where", graph.node("Unsqueeze", ok, one), row, nothing)
    for name in expressions:
        graph.output(name, pick(masked, name), np.float64, ("batch",))
        if name == "direction":
            sell = graph.constant(np.array(float(Signal.SELL)))
            from_sell = graph.node("Sub", pick(row, name), sell)
            signal = graph.node("Cast", from_sell, to=TensorProto.INT64)
            tensor = graph.node("Gather", by_signal, signal, axis=0)
            tensor = graph.node("Where", ok, tensor, nothing)
            graph.output("probability_up", tensor, np.float64, ("batch",))
    graph.output("ok", ok, np.bool_, ("batch",))
    return graph.build(rows_alone=True)
