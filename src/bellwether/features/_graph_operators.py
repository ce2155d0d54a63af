"""What the nodes of a graph may be: arithmetic on the graph's inputs, and nothing else."""

from collections.abc import Mapping

_ARITHMETIC = (
    "Abs Add And BitwiseAnd BitwiseNot BitwiseOr Cast Ceil Clip Cos CumSum Div Equal Erf Exp Floor "
    "Gelu Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Log Max Mean Min Mod Mul Neg Not Or "
    "Pow Reciprocal Round Sign Sin Sqrt Sub Sum Tanh Where Xor"
)
_SHAPES = (
    "Concat Constant ConstantOfShape Expand Flatten Gather GatherElements GatherND Identity "
    "OneHot Pad Range Reshape Shape Slice Split Squeeze Tile TopK Transpose Trilu Unsqueeze"
)
_REDUCTIONS = (
    "ArgMax ArgMin ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin "
    "ReduceProd ReduceSum ReduceSumSquare"
)
_NETS = (
    "AveragePool BatchNormalization Conv Elu GRU Gemm HardSigmoid LSTM LayerNormalization "
    "LeakyRelu LogSoftmax MatMul MaxPool Relu Selu Sigmoid Softmax Softplus"
)
_TREES = "TreeEnsembleRegressor"
ALLOWED_OPERATORS: Mapping[str, frozenset[str]] = {
    "": frozenset(f"{_ARITHMETIC} {_SHAPES} {_REDUCTIONS} {_NETS}".split()),
    "ai.onnx.ml": frozenset({_TREES}),
}
"""By domain: what a bundle is refused for having more of."""
