"""From a fitted estimator to ONNX: by its own hand, or by skl2onnx."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx

from bellwether.arrays import Float32Array
from bellwether.models._brought_graph import OPSET_VERSION
from bellwether.models._errors import MissingExtra, UnexportableModel

# TreeEnsembleRegressor as a bundle may hold it.
ML_OPSET_VERSION = 3


def estimator_graph(estimator: Any, rows: Float32Array, family: str) -> bytes:
    """Return a fitted estimator as ONNX over float32 rows.

    Parameters
    ----------
    estimator : object
        Fitted; its own `to_onnx(rows)`, which gives a model or its bytes, is asked first.
    rows : float32 array of shape (n_rows, n_columns)
        Some that it was fitted on.
    family : str
        What to call it in errors.

    Raises
    ------
    MissingExtra
        If skl2onnx is needed and not there.
    UnexportableModel
        If no converter knows it.
    """
    own = getattr(estimator, "to_onnx", None)
    found = own(rows[:1]) if own is not None else _converted(estimator, rows.shape[1], family)
    return found if isinstance(found, bytes) else bytes(found.SerializeToString())


def _converted(estimator: Any, n_columns: int, family: str) -> onnx.ModelProto:
    try:
        import skl2onnx  # noqa: PLC0415 - an optional extra, slow to import
        from skl2onnx.common.data_types import FloatTensorType  # noqa: PLC0415
        from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415
        from sklearn.gaussian_process import GaussianProcessRegressor  # noqa: PLC0415
        from sklearn.neighbors import KNeighborsRegressor  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtra(family, "skl2onnx", extra="sklearn") from error
    try:
        with warnings.catch_warnings():
            # It warns of its own use of deprecated names.
            warnings.simplefilter("ignore")
            found: onnx.ModelProto = skl2onnx.convert_sklearn(
                estimator,
                initial_types=[("rows", FloatTensorType([None, n_columns]))],
                target_opset={"": OPSET_VERSION, "ai.onnx.ml": ML_OPSET_VERSION},
                custom_conversion_functions=_plain(HistGradientBoostingRegressor),
                # As one operator, which we write anew, and not as a loop, which we may not.
                options={
                    kind: {"optim": "cdist"}
                    for kind in (GaussianProcessRegressor, KNeighborsRegressor)
                },
            )
    except Exception as error:  # a converter for each estimator: no common type
        kind = type(estimator).__name__
        raise UnexportableModel(f"a converter of skl2onnx for {kind}", str(error)[:300]) from error
    return found


def _plain(kind: type) -> Mapping[type, Callable[[Any, Any, Any], None]]:
    """Return a converter that writes plain numbers where skl2onnx's own writes numpy's.

    protobuf 7 takes an unsigned byte for a truth value, and refuses it (skl2onnx 1.20).
    """
    from skl2onnx.common._registration import get_converter  # noqa: PLC0415

    convert = get_converter(f"Sklearn{kind.__name__}")

    def convert_plainly(scope: Any, operator: Any, container: Any) -> None:
        convert(scope, operator, _PlainNumbers(container))

    return {kind: convert_plainly}


class _PlainNumbers:
    """A container of skl2onnx that hands attributes on as Python's own numbers."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, *given: Any, **attributes: Any) -> None:
        plain = {name: _as_plain(value) for name, value in attributes.items()}
        self._container.add_node(*given, **plain)


def _as_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | list | tuple):
        return [_as_plain(one) for one in value]
    number = value.item() if isinstance(value, np.generic) else value
    return int(number) if isinstance(number, bool) else number
