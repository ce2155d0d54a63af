"""What a watched model is held to: measured when it was trained, or assumed from its verdict."""

from collections.abc import Mapping
from typing import Any

from bellwether.monitor import Benchmark, ForeignState
from bellwether.registry import ModelRecord, Registry, UnknownModel

MONITORING = "monitoring"


def find_benchmark(model_id: str, registry: Registry) -> Benchmark:
    """Return what a model promised.

    Parameters
    ----------
    model_id : str
    registry : Registry

    Returns
    -------
    benchmark : Benchmark
        An assumed one says so in its words.

    Raises
    ------
    RegistryUnavailable
        If the registry cannot be read.
    """
    try:
        record = registry.get(model_id)
    except UnknownModel:
        return Benchmark.assume(None, None, 1, "assumed: the registry does not know the model")
    content: Any = record.metrics.get(MONITORING)
    if content is None:
        return _assume(record, "assumed from its verdict: an older version trained it")
    try:
        return Benchmark.from_json(content)
    except ForeignState:
        return _assume(record, "assumed from its verdict: its own benchmark cannot be read")


def _assume(record: ModelRecord, words: str) -> Benchmark:
    value = low = None
    contract: Any = (record.verdict or {}).get("contract")
    accuracy: Any = contract.get("accuracy") if isinstance(contract, Mapping) else None
    if isinstance(accuracy, Mapping):
        value, low = _share(accuracy.get("value")), _share(accuracy.get("low"))
    return Benchmark.assume(value, low, len(record.symbols), words)


def _share(value: object) -> float | None:
    is_number = isinstance(value, float | int) and 0.0 <= value <= 1.0
    return float(value) if is_number and isinstance(value, float | int) else None
