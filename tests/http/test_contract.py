"""The app holds to its own description, on what fits it and on what does not."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok

World = Any  # the class lives in conftest, which is no module
load_all_checks()
# Columns of different lengths, bars that are no market: no schema of JSON can refuse them.
EXCLUDED: list[Any] = [CHECKS.get_one("positive_data_acceptance")]
CALM = settings(
    max_examples=4, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_operation_answers_as_it_is_described(world: World, mode: GenerationMode) -> None:
    app = world.with_options(hosts=("*",)).app
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app)

    def hold_to_it(case: Any) -> None:
        case.call_and_validate(excluded_checks=EXCLUDED)

    n_operations = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        n_operations += 1
        if mode is GenerationMode.NEGATIVE and not _takes_anything(operation):
            continue
        drawn = operation.as_strategy(generation_mode=mode)
        CALM(given(case=drawn)(hold_to_it))()
    assert n_operations >= 30, "most of them are described"


def _takes_anything(operation: Any) -> bool:
    """Whether there is something that could be wrong about a request."""
    return bool(operation.definition.raw.get("parameters")) or bool(operation.body)
