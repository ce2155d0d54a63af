"""The treaty of families as a check that anybody can run on one of their own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import onnx

from bellwether.arrays import Float32Array
from bellwether.errors import BellwetherError
from bellwether.features import ALLOWED_OPERATORS
from bellwether.models._brought_options import OWN_PRESET
from bellwether.models._catalog import FAMILIES, make_family
from bellwether.models._errors import (
    UnexportableModel,
    UnknownOption,
    UnreadableModel,
    UnusableFactory,
    UnusableTrainingData,
)
from bellwether.models._factories import read_family
from bellwether.models._family_bench import (
    OTHER_SEED,
    SPARE_STEPS,
    FamilyBench,
    FamilyClaims,
    digest_model,
)
from bellwether.models._model import Family, FittedModel, ModelArrays, TrainingData

_CONSTANT = 0.25
# What code raises that was not made for the case, where an error of ours says what is wrong.
_BLUNT = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def find_family_breaches(
    family: Family | str,
    claims: FamilyClaims | None = None,
    *,
    checks: Sequence[str] = (),
) -> tuple[str, ...]:
    """List where a family breaks the treaty of `Family`, in words.

    Parameters
    ----------
    family : Family or str
        Or its name as `bellwether train --family` takes it.
    claims : FamilyClaims, optional
        What it says of itself; the defaults suit an estimator that stops by itself.
    checks : sequence of str, optional
        Some of `FAMILY_CHECKS`; all by default.

    Returns
    -------
    breaches : tuple of str
        Empty where none was found; each begins with the name of its check.

    Raises
    ------
    UnknownOption
        If there is no check of that name.
    UnknownFamily, UnusableFactory, UnexportableModel, MissingExtra
        If a family is named and cannot be made.

    Notes
    -----
    For the tests of whoever brings a family along::

        @pytest.mark.parametrize("check", FAMILY_CHECKS)
        def test_the_treaty_is_kept(check):
            assert find_family_breaches("my_models:make_pairs", checks=[check]) == ()

    Cost: eight fits on some hundred rows; at most three for a check by itself.

    Examples
    --------
    >>> find_family_breaches("ridge", FamilyClaims(missing="carries"))
    ()
    """
    for name in checks:
        if name not in _CHECKS:
            raise UnknownOption("find_family_breaches", name, FAMILY_CHECKS)
    opened = _open(family) if isinstance(family, str) else family
    bench = FamilyBench(family=opened, claims=claims or FamilyClaims())
    return tuple(told for name in checks or FAMILY_CHECKS for told in _run(name, bench))


def _open(text: str) -> Family:
    name, changes = read_family(text)
    preset = "contract" if name in FAMILIES else OWN_PRESET
    return make_family(name, preset=preset, changes=changes)


def _run(name: str, bench: FamilyBench) -> Iterator[str]:
    try:
        for told in _CHECKS[name](bench):
            yield f"{name}: {told}"
    except BellwetherError as error:
        yield f"{name}: {error}"


def _check_facts(bench: FamilyBench) -> Iterator[str]:
    family, model = bench.family, bench.model
    if not family.name:
        yield "it has no name"
    if family.n_steps < 1 or family.least_rows < 1:
        yield "it reads no step, or asks for no row"
    shape = (model.n_steps, model.n_features)
    if shape != (family.n_steps, bench.n_features):
        yield f"its model says that it reads {shape[0]} steps of {shape[1]} features"
    if not 0 <= model.best_epoch <= model.n_epochs:
        yield f"its best epoch is {model.best_epoch} of {model.n_epochs}"


def _check_seed(bench: FamilyBench) -> Iterator[str]:
    kept = digest_model(bench.model)
    bench.fit("another seed", bench.train, bench.validation, OTHER_SEED)
    again = bench.fit("the same seed", bench.train, bench.validation)
    if digest_model(again) != kept:
        yield "fitted again on the same rows with the same seed it is another model"


def _check_forecasts(bench: FamilyBench) -> Iterator[str]:
    model, windows = bench.model, bench.probe
    said = model.predict(windows)
    if said.dtype != np.float64 or said.shape != (len(windows),):
        yield f"its forecasts are {said.dtype} of shape {said.shape}, not one float64 a row"
        return
    if not np.isfinite(said).all():
        yield "some of its forecasts are no finite numbers"
    if not np.array_equal(model.predict(windows), said):
        yield "asked twice it forecasts different numbers"
    if not bench.are_close(model.predict(windows[:, SPARE_STEPS:, :]), said):
        yield "steps before those that it reads change its forecasts"
    for wrong in (windows[:, :, 1:], windows[:, :0, :]):
        yield from _check_refused(model, wrong)


def _check_refused(model: FittedModel, wrong: Float32Array) -> Iterator[str]:
    shape = f"windows of {wrong.shape[1]} steps and {wrong.shape[2]} features"
    try:
        model.predict(wrong)
    except UnusableTrainingData:
        return
    except _BLUNT as error:
        yield f"{shape} raise {type(error).__name__} in place of UnusableTrainingData"
        return
    yield f"{shape} are taken"


def _check_rows(bench: FamilyBench) -> Iterator[str]:
    model, windows = bench.model, bench.probe
    said = model.predict(windows)
    places = [0, len(said) // 2, len(said) - 1]
    alone = np.concatenate([model.predict(windows[place : place + 1]) for place in places])
    if not bench.are_close(said[places], alone):
        yield "a row is forecast otherwise alone than among others"
    if not bench.are_close(said[::-1], model.predict(windows[::-1])):
        yield "a row is forecast otherwise in another order"


def _check_weights(bench: FamilyBench) -> Iterator[str]:
    if not bench.is_fitted_here:
        return
    good, mixed = _slopes(bench)
    if not good > mixed:
        yield "its forecasts do not hang on the targets that it is given"
        return
    weighed = bench.fit("weighed", bench.joined(weigh_spoiled=0.0), bench.validation)
    if bench.slope(weighed) < (good + mixed) / 2.0:
        yield "it learns from rows that weigh nothing"


def _check_validation(bench: FamilyBench) -> Iterator[str]:
    other = bench.fit("other validation", bench.train, bench.spoiled)
    if digest_model(other) == digest_model(bench.model):
        return
    if not bench.claims.stops_by_validation:
        yield "other validation rows give another model, and it does not say that it stops by them"
    good, mixed = _slopes(bench)
    if bench.slope(other) < (good + mixed) / 2.0:
        yield "it learns from the validation rows"


def _slopes(bench: FamilyBench) -> tuple[float, float]:
    """Return how far forecasts follow the signal: learned from good rows, and from spoiled too."""
    rows = bench.joined(weigh_spoiled=1.0)
    # Its own rows say when to stop: good ones would stop it before it has learned anything.
    mixed = bench.fit("mixed", rows, rows)
    return bench.slope(bench.model), bench.slope(mixed)


def _check_missing(bench: FamilyBench) -> Iterator[str]:
    model, windows = bench.model, bench.probe
    hole = len(windows) // 2
    holed = windows.copy()
    holed[hole, -1, 0] = np.nan
    others = np.arange(len(windows)) != hole
    before, through = model.predict(windows), bench.through_graph(model, holed)
    if not bench.are_close(before[others], through[others]):
        yield "in its graph a missing value changes other rows' forecasts"
    try:
        said = model.predict(holed)
    except (BellwetherError, *_BLUNT):
        yield from _tell_missing(bench, "refuses")
        return
    if not bench.are_close(before[others], said[others]):
        yield "a missing value changes other rows' forecasts"
    if np.isinf(said[hole]):
        yield "a missing value makes an infinite forecast"
    found = "carries" if np.isnan(said[hole]) else "fills"
    yield from _tell_missing(bench, found)
    if bench.claims.missing == found and not bench.are_close(said, through):
        yield f"it {found} a missing value, and its graph does not do the same"


def _tell_missing(bench: FamilyBench, found: str) -> Iterator[str]:
    said = bench.claims.missing
    if said is not None and said != found:
        yield f"it says that it {said} a missing value, and {found} it"


def _check_graph(bench: FamilyBench) -> Iterator[str]:
    model = bench.model
    nodes = onnx.load_model_from_string(bench.lowered(model)).graph.node
    beyond = {
        f"{node.domain or 'ai.onnx'}.{node.op_type}"
        for node in nodes
        if node.op_type not in ALLOWED_OPERATORS.get(node.domain, frozenset())
    }
    if beyond:
        yield f"its graph holds what no bundle may: {', '.join(sorted(beyond))}"
    edges = np.concatenate([bench.probe[:4] * 0.0, np.sign(bench.probe[:8]) * 8.0])
    for name, windows in (("", bench.probe), (" of one row", bench.probe[:1]), ("", edges)):
        said, through = model.predict(windows), bench.through_graph(model, windows)
        if not bench.are_close(said, through):
            apart = float(np.abs(said - through).max())
            yield f"its forecasts{name} and its graph's are {apart:.1e} apart"


def _check_restoring(bench: FamilyBench) -> Iterator[str]:
    arrays = bench.model.arrays()
    restored = bench.family.restore(arrays)
    if not np.array_equal(restored.predict(bench.probe), bench.model.predict(bench.probe)):
        yield "restored from its arrays it forecasts different numbers"
    for missing in arrays:
        kept = {name: array for name, array in arrays.items() if name != missing}
        yield from _check_unreadable(bench.family, kept, missing)


def _check_unreadable(family: Family, kept: ModelArrays, missing: str) -> Iterator[str]:
    try:
        family.restore(kept)
    except UnreadableModel:
        return
    except _BLUNT as error:
        name = type(error).__name__
        yield f"without the array {missing} it raises {name} in place of UnreadableModel"
        return
    yield f"it is restored without the array {missing}"


def _check_constant(bench: FamilyBench) -> Iterator[str]:
    still = bench.train.windows * np.float32(0.0)
    target = np.full(len(still), _CONSTANT, dtype=np.float32)
    rows = TrainingData(windows=still, target=target)
    try:
        model = bench.fit("constant", rows, rows)
    except (UnexportableModel, UnusableFactory, UnusableTrainingData):
        return  # refused, with its reason: nothing is served by it
    said = model.predict(still)
    if not np.isfinite(said).all() or np.ptp(said) > bench.claims.tolerance:
        yield "rows that are all the same are not forecast the same, by a finite number"
    elif not bench.are_close(said, bench.through_graph(model, still)):
        yield "fitted on rows that are all the same, its graph says something else"


def _check_progress(bench: FamilyBench) -> Iterator[str]:
    told: list[tuple[int, int]] = []

    def interrupt(n_done: int, n_total: int, note: str, /) -> None:  # noqa: ARG001
        told.append((n_done, n_total))
        raise KeyboardInterrupt

    try:
        bench.family.fit(bench.train, bench.validation, OTHER_SEED, interrupt)
    except KeyboardInterrupt:
        n_done, n_total = told[0]
        if not 0 < n_done <= n_total:
            yield f"it tells that {n_done} of {n_total} rounds are over"
        return
    yield "an interrupt does not end the fit" if told else "it never tells how far it is"


_CHECKS: Mapping[str, Callable[[FamilyBench], Iterator[str]]] = MappingProxyType(
    {
        "facts": _check_facts,
        "seed": _check_seed,
        "forecasts": _check_forecasts,
        "rows": _check_rows,
        "weights": _check_weights,
        "validation": _check_validation,
        "missing": _check_missing,
        "graph": _check_graph,
        "restoring": _check_restoring,
        "constant": _check_constant,
        "progress": _check_progress,
    }
)

FAMILY_CHECKS: tuple[str, ...] = tuple(_CHECKS)
"""What `find_family_breaches` looks at, by name."""
