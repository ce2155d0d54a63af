"""The study of quality counts what it says: a known defect is found, or it is not."""

import importlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bellwether.bars import Severity

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def study(market_data: Path) -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BELLWETHER_MARKET_DATA", str(market_data))
        patch.syspath_prepend(str(BENCHMARKS))
        importlib.reload(importlib.import_module("_known_defects"))
        yield importlib.reload(importlib.import_module("study_quality"))


@pytest.fixture(scope="module")
def truth(study: ModuleType) -> tuple[Any, ...]:
    return tuple(study.list_known())


def said(study: ModuleType, code: str, day: str = "2010-01-04", words: str = "") -> Any:
    return study.Reported(code=code, day=day, words=words, severity=Severity.WARNING)


def known(study: ModuleType, **facts: Any) -> Any:
    base = {"collection": study.STOOQ, "name": "x", "what": "odd", "codes": ("scale-error",)}
    return study.Known(**{**base, **facts})


def test_a_defect_is_found_by_its_kind_on_its_day(study: ModuleType) -> None:
    defect = known(study, day="2010-01-04")
    assert study.tells(said(study, "scale-error"), defect)
    assert not study.tells(said(study, "gap"), defect)
    assert not study.tells(said(study, "scale-error", "2010-01-05"), defect)
    near = known(study, day="2010-01-04", within_days=5)
    assert study.tells(said(study, "scale-error", "2010-01-08"), near)
    assert not study.tells(said(study, "scale-error", "2010-01-11"), near)


def test_a_count_and_a_line_must_be_told(study: ModuleType) -> None:
    counted = known(study, codes=("flat-bars",), count=7)
    assert study.tells(said(study, "flat-bars", words="7 of 90 bars have one price"), counted)
    assert not study.tells(said(study, "flat-bars", words="6 of 90 bars have one price"), counted)
    placed = known(study, codes=("refused",), day="line 12")
    assert study.tells(said(study, "refused", words="line 12: the date is missing"), placed)
    assert not study.tells(said(study, "refused", words="line 120: the date is missing"), placed)


def test_what_is_reported_beside_the_truth_is_false_and_only_since_2005(study: ModuleType) -> None:
    truth = [known(study, collection=study.PANEL, day="2010-01-04")]
    reported = (
        said(study, "scale-error"),
        said(study, "scale-error", "2010-02-01"),
        said(study, "scale-error", "1999-02-01"),
    )
    look = study.Look(collection=study.PANEL, name="x", n_modern=100, reported=reported)
    assert [one.day for _, one in study.find_false(truth, [look])] == ["2010-02-01"]
    assert study.find_missed(truth, [look]) == []
    assert study.find_missed(truth, []) == truth


def test_the_truth_is_that_of_the_provenance_files(
    study: ModuleType, truth: tuple[Any, ...]
) -> None:
    counts = Counter((one.collection, one.what) for one in truth)
    assert counts[study.PANEL, "missing session"] == 86
    assert counts[study.PANEL, "out of bounds"] == 7
    assert counts[study.VIX, "out of bounds"] == 47
    assert counts[study.LEAN, "reused ticker"] == 8
    assert counts[study.STOOQ, "empty file"] == 3


@pytest.mark.parametrize("name", ["vrx", "bxp", "mtbcp"])
def test_the_defects_of_a_file_are_found(
    study: ModuleType, truth: tuple[Any, ...], name: str
) -> None:
    path = study.find_files(study.STOOQ)[name]
    own = [one for one in truth if (one.collection, one.name) == (study.STOOQ, name)]
    assert own
    assert study.find_missed(own, [study.look_at((study.STOOQ, name, path))]) == []


def test_a_reused_ticker_is_found_in_raw_bars(study: ModuleType, truth: tuple[Any, ...]) -> None:
    path = study.find_files(study.LEAN)["fb"]
    [own] = [one for one in truth if (one.collection, one.name) == (study.LEAN, "fb")]
    assert study.find_missed([own], [study.look_at((study.LEAN, "fb", path))]) == []
