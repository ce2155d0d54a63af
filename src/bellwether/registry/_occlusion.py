"""Occlusion: what each feature did to an answer, computed on the bundle's own graph.

The graph is cut behind its scaled features: the cut graph takes them and gives the chance of a
rise. A feature is taken away by setting it to its training mean, which is zero once scaled, on
every bar the model reads. Features are shown one after the other, in a few orders and in each of
them backwards: what the chance moves by as a feature is added is averaged over the orders. So the
amounts add up to the whole move, whatever features do together. Where members count by the regime,
their weights on the bar stay as they are: what is told is what the features did within it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper

from bellwether.arrays import Float32Array, FloatArray, IntArray
from bellwether.hashing import digest_bytes
from bellwether.registry._errors import CannotExplain

EXPLAINED = "probability_up"
_FEATURES, _SOURCE = "features", "bars"
REGIME_MEMBER_WEIGHT = "regime_member_weight"
"""What each member counts on a row: an output of graphs in which that depends on the regime."""
# So many masked copies cross at once; between two runs it is seen whether there is time left.
MOST_ROWS = 64
WANTED_ROWS, MOST_PAIRS = 128, 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Occlusion:
    """What each feature did to one chance of a rise.

    Parameters
    ----------
    value, baseline : float
        The chance as the graph gives it, and with every feature at its training mean.
    amounts : float64 array of shape (n_features,)
        Shapley's value of each feature: exact where features act alone or in pairs, else a mean
        over a few orders. They add up to `value` less `baseline`.

    References
    ----------
    Mitchell et al. (2022), Sampling permutations for Shapley value estimation, section 4.1.
    """

    value: float
    baseline: float
    amounts: FloatArray


class CutGraph:
    """A bundle's graph behind its scaled features.

    Parameters
    ----------
    graph : bytes
        The whole graph, checked before.
    open_session : callable
        From the bytes of a graph to its session.
    name : str
        What to call the bundle in errors.

    Raises
    ------
    CannotExplain
        If the graph is not made of features and what follows from them.
    """

    __slots__ = ("_session", "_state_names")

    def __init__(
        self,
        graph: bytes,
        open_session: Callable[[bytes, str], onnxruntime.InferenceSession],
        name: str,
    ) -> None:
        self._session = open_session(cut_graph(graph, name), name)
        inputs = [one.name for one in self._session.get_inputs()]
        self._state_names = [one for one in inputs if one != _FEATURES]

    def explain(
        self,
        features: Float32Array,
        state: Mapping[str, NDArray[np.float64]],
        is_over: Callable[[], bool],
    ) -> Occlusion | None:
        """Return what each feature did to an answer.

        Parameters
        ----------
        features : float32 array of shape (n_steps, n_features)
            Scaled, as the whole graph gives them.
        state : mapping of str to float64 array
            The bundle's state; with each member's weight on the row, shape (1, n_members), where
            the graph gives them.
        is_over : callable
            Asked between runs: whether the time is up.

        Returns
        -------
        occlusion : Occlusion or None
            None where the time was up first.
        """
        orders = draw_orders(features.shape[-1])
        masks = mask_rows(orders)
        chances = np.empty(len(masks))
        inputs = {name: state[name] for name in self._state_names}
        for first in range(0, len(masks), MOST_ROWS):
            if is_over():
                return None
            some = slice(first, first + MOST_ROWS)
            shown = features[None] * masks[some, None, :]
            [chances[some]] = self._session.run([EXPLAINED], {_FEATURES: shown, **inputs})
        nothing, whole = chances[:2]
        ends = np.full((len(orders), 1), nothing), np.full((len(orders), 1), whole)
        moves = np.diff(np.hstack([ends[0], chances[2:].reshape(len(orders), -1), ends[1]]))
        amounts = np.zeros(features.shape[-1])
        for order, move in zip(orders, moves, strict=True):
            amounts[order] += move / len(orders)
        return Occlusion(value=float(whole), baseline=float(nothing), amounts=amounts)


def draw_orders(n_features: int) -> IntArray:
    """Return the orders in which features are shown: each with its reverse, always the same.

    Returns
    -------
    orders : int64 array of shape (n_orders, n_features)
        As many as the rows of `WANTED_ROWS` go into, two at least.

    Notes
    -----
    Drawn by lot from digests, which come out the same in a browser.
    """
    n_pairs = max(1, min(MOST_PAIRS, WANTED_ROWS // (2 * max(n_features, 1))))
    lots = [
        [digest_bytes(f"{n_features}/{pair}/{place}".encode()) for place in range(n_features)]
        for pair in range(n_pairs)
    ]
    pairs = [sorted(range(n_features), key=one.__getitem__) for one in lots]
    return np.array([order for one in pairs for order in (one, one[::-1])], dtype=np.int64)


def mask_rows(orders: IntArray) -> Float32Array:
    """Return what is shown of the features: nothing, all, then the steps in between.

    Examples
    --------
    >>> mask_rows(np.array([[0, 1], [1, 0]])).tolist()
    [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    """
    n_features = orders.shape[1]
    # Place of each feature in each order: it is shown from the step after that on.
    places = np.argsort(orders, axis=1)
    steps = np.arange(1, n_features)
    between = (places[:, None, :] < steps[None, :, None]).reshape(-1, n_features)
    ends = np.repeat(np.array([[False], [True]]), n_features, axis=1)
    return np.concatenate([ends, between]).astype(np.float32)


def cut_graph(content: bytes, name: str) -> bytes:
    """Return the part of a bundle's graph from its scaled features to its chance of a rise.

    Parameters
    ----------
    content : bytes
    name : str
        What to call the bundle in errors.

    Raises
    ------
    CannotExplain
        If outputs are not masked as ours are, or the chance rests on the bars beside them.

    Notes
    -----
    Of a graph whose members count by the regime, their weights on each row are an input too.
    """
    model = onnx.load_model_from_string(content)
    makers = {output: node for node in model.graph.node for output in node.output}
    elements = {one.name: one.type.tensor_type.elem_type for one in model.graph.output}
    wanted = (_FEATURES, *({REGIME_MEMBER_WEIGHT} & elements.keys()))
    cuts = {_unmasked(makers, one, name): one for one in wanted}
    chance = _unmasked(makers, EXPLAINED, name)
    kept, read = _walk_back(model, makers, chance, cuts)
    given = {tensor: one for tensor, one in cuts.items() if tensor in read}
    if _SOURCE in read or _FEATURES not in given.values():
        raise CannotExplain(name, "one that rests on the bars otherwise than through features")
    # Names of the whole graph's outputs are free again: their nodes are left out.
    nodes = [
        helper.make_node("Identity", [one], [tensor], name=f"cut_{one}")
        for tensor, one in given.items()
    ]
    nodes += [*kept, helper.make_node("Identity", [chance], [EXPLAINED], name="cut_chance")]
    inputs = [helper.make_tensor_value_info(one, elements[one], None) for one in given.values()]
    inputs += [one for one in model.graph.input if one.name in read]
    graph = helper.make_graph(
        nodes,
        "bellwether",
        inputs,
        [helper.make_tensor_value_info(EXPLAINED, onnx.TensorProto.DOUBLE, None)],
        [one for one in model.graph.initializer if one.name in read],
    )
    cut = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    return bytes(cut.SerializeToString(deterministic=True))


def _unmasked(makers: Mapping[str, onnx.NodeProto], output: str, name: str) -> str:
    """Return what an output is where the bars are in order: it is NaN elsewhere."""
    node = makers.get(output)
    while node is not None and node.op_type == "Identity":
        node = makers.get(node.input[0])
    if node is None or node.op_type != "Where" or len(node.input) != 3:
        raise CannotExplain(name, f"a graph whose {output} is not masked")
    return str(node.input[1])


def _walk_back(
    model: onnx.ModelProto, makers: Mapping[str, onnx.NodeProto], chance: str, cuts: Iterable[str]
) -> tuple[list[onnx.NodeProto], set[str]]:
    """Return the nodes that the chance rests on, down to the cuts, and all they read."""
    ends = set(cuts)
    read, waiting = {chance}, [chance]
    while waiting:
        tensor = waiting.pop()
        node = None if tensor in ends else makers.get(tensor)
        fresh = set(node.input if node is not None else ()) - read
        read |= fresh
        waiting += fresh
    needed = read - ends
    return [node for node in model.graph.node if needed & set(node.output)], read
