"""GraphBuilder: writes ONNX graphs node by node, always in the same bytes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import DTypeLike, NDArray
from onnx import TensorProto, helper, numpy_helper

from bellwether.hashing import digest_arrays

OPSET_VERSION = 18
TREE_DOMAIN = "ai.onnx.ml"
TREE_OPSET_VERSION = 3
IR_VERSION = 9
ROWS_ALONE = "Each row has the same bits whatever rows stand beside it."
"""What a model's description says where its graph keeps to that."""


class GraphBuilder:
    """Collects the nodes of one ONNX graph; tensors are referred to by name.

    The same calls in the same order give the same bytes: names are counted, equal constants
    and equal nodes are written once, and nothing of the machine or the moment enters.

    Examples
    --------
    >>> graph = GraphBuilder()
    >>> x = graph.input("x", np.float64, ("batch", 2))
    >>> total = graph.node("Add", x, graph.constant(np.array([1.0, 2.0])))
    >>> graph.output("y", total, np.float64, ("batch", 2))
    >>> graph.build() == graph.build()
    True
    """

    __slots__ = (
        "_constants",
        "_initializers",
        "_inputs",
        "_nodes",
        "_outputs",
        "_uses_trees",
        "_written",
    )

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._initializers: list[onnx.TensorProto] = []
        self._constants: dict[str, str] = {}
        self._written: dict[tuple[bytes, int], tuple[str, ...]] = {}
        self._uses_trees = False

    def input(self, name: str, dtype: DTypeLike, shape: Sequence[int | str]) -> str:
        """Declare an input of the graph and return its name."""
        self._inputs.append(helper.make_tensor_value_info(name, _element(dtype), list(shape)))
        return name

    def output(self, name: str, tensor: str, dtype: DTypeLike, shape: Sequence[int | str]) -> None:
        """Make a tensor an output of the graph under a public name."""
        self._nodes.append(helper.make_node("Identity", [tensor], [name], name=f"output_{name}"))
        self._outputs.append(helper.make_tensor_value_info(name, _element(dtype), list(shape)))

    def constant(self, values: NDArray[Any]) -> str:
        """Store an array, once however often it is asked for, and return its name.

        The dtype of the array is the dtype of the tensor.
        """
        array = np.ascontiguousarray(values).reshape(np.shape(values))
        key = digest_arrays({"constant": array}) + str(array.shape)
        if key not in self._constants:
            name = f"constant_{len(self._initializers)}"
            self._initializers.append(numpy_helper.from_array(array, name))
            self._constants[key] = name
        return self._constants[key]

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Append a node with one output, or find the equal one, and return the output's name.

        Optional inputs that are left out are empty strings.
        """
        return self.nodes(operator, *inputs, n_outputs=1, domain=domain, **attributes)[0]

    def nodes(
        self, operator: str, *inputs: str, n_outputs: int, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Append a node with several outputs, or find the equal one, and return their names."""
        node = helper.make_node(operator, list(inputs), [], domain=domain, **attributes)
        key = node.SerializeToString(deterministic=True), n_outputs
        if key not in self._written:
            number = len(self._nodes)
            names = tuple(f"{operator.lower()}_{number}_{place}" for place in range(n_outputs))
            node.name = f"node_{number}"
            node.output.extend(names)
            self._nodes.append(node)
            self._uses_trees |= domain == TREE_DOMAIN
            self._written[key] = names
        return self._written[key]

    def build(self, *, rows_alone: bool = False) -> bytes:
        """Return the serialised, checked model.

        Parameters
        ----------
        rows_alone : bool, default False
            Whether the graph may say of itself that a row of the batch comes out the same, bit
            for bit, whatever rows stand beside it.

        Raises
        ------
        onnx.checker.ValidationError
            If the graph is not valid ONNX: a defect of the caller, not of any input.
        """
        graph = helper.make_graph(
            self._nodes, "bellwether", self._inputs, self._outputs, self._initializers
        )
        opsets = [helper.make_opsetid("", OPSET_VERSION)]
        if self._uses_trees:
            opsets.append(helper.make_opsetid(TREE_DOMAIN, TREE_OPSET_VERSION))
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="bellwether"
        )
        if rows_alone:
            model.doc_string = ROWS_ALONE
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


def _element(dtype: DTypeLike) -> int:
    return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


BOOL, FLOAT, DOUBLE, INT64 = (
    int(TensorProto.BOOL),
    int(TensorProto.FLOAT),
    int(TensorProto.DOUBLE),
    int(TensorProto.INT64),
)
