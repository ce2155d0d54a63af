"""The corpus of leaks, case by case: what is planted is found, what is clean is left alone."""

import re

import pytest
from tests.samples.leaks.corpus import CLEAN, LEAKS
from tests.samples.leaks.looking import is_computed, look_at

from bellwether.samples import LeakReport

# Indistinguishable from skill by its values: an IC of .3 over three years. Counted as missed.
MISSED = {"faint_mood_stamped_a_day_early"}
# Clean but slow to compute several hundred times; `make study-leaks` looks at them too.
SLOW = {
    "components_of_the_past",
    "fourier_of_the_last_64",
    "haar_of_the_last_ten",
    "multiplied_by_a_triangle",
    "nearest_pattern_of_the_past",
    "refit_on_closed_labels",
    "rolling_regression",
    "selected_within_each_fold",
    "tuned_on_a_validation_of_its_own",
}
REFERENCE = re.compile(r"[\w.-]+/[\w.-]+#\d+")


def _look(name: str) -> LeakReport:
    return look_at(next(case for case in (*LEAKS, *CLEAN) if case.name == name), seed=1)


@pytest.mark.parametrize("name", [case.name for case in LEAKS if case.name not in MISSED])
def test_a_planted_leak_is_found(name: str) -> None:
    report = _look(name)
    assert report.leaks
    assert str(report)


@pytest.mark.parametrize("name", [case.name for case in CLEAN if case.name not in SLOW])
def test_a_clean_look_alike_is_left_alone(name: str) -> None:
    assert _look(name).is_clean


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(LEAKS) >= 60
    assert len(CLEAN) >= 60
    assert len({case.name for case in (*LEAKS, *CLEAN)}) == len(LEAKS) + len(CLEAN)
    assert len({case.reference for case in LEAKS if case.reference}) >= 20
    assert sum(case.one_bar for case in LEAKS) >= 20


def test_every_reference_names_a_repository_and_an_issue() -> None:
    assert [
        c.reference for c in LEAKS if c.reference and not REFERENCE.fullmatch(c.reference)
    ] == []
    assert not any(case.reference for case in CLEAN)


def test_the_one_leak_missed_has_nothing_but_its_values() -> None:
    assert not any(is_computed(case) for case in LEAKS if case.name in MISSED)
    assert {case.name for case in CLEAN} >= SLOW
