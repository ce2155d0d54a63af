"""No file makes anything but bars whose report counts every row, or a typed error."""

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bellwether.bars import RowsRefused
from bellwether.sources import read_bars

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ENDINGS = (".csv", ".txt", ".json", ".zip", ".gz", ".parquet", ".feather", ".xlsx", "")
N_MUTATIONS = st.tuples(st.integers(0, 255), st.floats(0.0, 0.9999), st.integers(0, 65_535))
bounded = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def fuzz() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("_bar_fuzz")


@pytest.fixture(scope="module")
def mutations(fuzz: ModuleType) -> ModuleType:
    return importlib.import_module("_bar_mutations")


def test_every_dialect_is_read_before_it_is_damaged(fuzz: ModuleType, tmp_path: Path) -> None:
    rows = importlib.import_module("_bar_dialects").make_rows()
    closes = [row.close for row in rows]
    for name, content in fuzz.SOUND.items():
        path = tmp_path / name
        path.write_bytes(content)
        imports = list(fuzz.read_all_bars(path))
        assert imports, name
        for one in imports:
            found = one.bars.close.tolist()
            # FRED's last value is missing; the wide table's second column is twice the first.
            expected = closes[: len(found)]
            assert len(found) >= len(closes) - 1, name
            assert np.allclose(found, expected) or np.allclose(np.array(found) / 2, expected), name


@bounded
@given(number=st.integers(0, 10_000), steps=st.lists(N_MUTATIONS, min_size=1, max_size=6))
def test_a_damaged_file_is_read_or_refused(
    fuzz: ModuleType,
    mutations: ModuleType,
    tmp_path: Path,
    number: int,
    steps: list[tuple[int, float, int]],
) -> None:
    names = list(fuzz.SOUND)
    name = names[number % len(names)]
    path = tmp_path / name
    damage = [mutations.Mutation(*step) for step in steps]
    path.write_bytes(mutations.damage_bars(fuzz.SOUND[name], damage))
    fuzz.read_damaged(path)


@bounded
@given(content=st.binary(max_size=400), ending=st.sampled_from(ENDINGS))
@example(content=b"PAR1" + bytes(64) + b"PAR1", ending=".parquet")
@example(content=b"ARROW1\0\0" + b"\xff" * 64 + b"ARROW1", ending=".feather")
@example(content=b"\x1f\x8b\x08" + bytes(30), ending=".csv")
@example(content=b"PK\x03\x04" + bytes(60), ending=".zip")
@example(content=b"[" * 200_000, ending=".json")
@example(content=b'{"a":' * 50_000, ending=".json")
@example(content=b'"' * 5000, ending=".csv")
@example(content=b"Date,Open,High,Low,Close\n" + b"," * 5000, ending=".csv")
def test_any_bytes_are_read_or_refused(
    fuzz: ModuleType, tmp_path: Path, content: bytes, ending: str
) -> None:
    path = tmp_path / f"bars{ending}"
    path.write_bytes(content)
    fuzz.read_damaged(path)


@bounded
@given(text=st.text(alphabet="0123456789-/:.,; \t\nTZ+\"'DateOpnHighLwCsVum", max_size=300))
def test_any_text_that_looks_like_bars_is_read_or_refused(
    fuzz: ModuleType, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(f"Date,Open,High,Low,Close,Volume\n{text}".encode())
    fuzz.read_damaged(path)


@bounded
@given(content=st.binary(max_size=300), step=N_MUTATIONS)
def test_damage_itself_never_fails(
    mutations: ModuleType, content: bytes, step: tuple[int, float, int]
) -> None:
    assert isinstance(mutations.damage_bars(content, [mutations.Mutation(*step)]), bytes)


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this Python"
)
def test_coverage_guided_fuzzing_finds_nothing_in_a_bounded_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "fuzz_bars.py"), "-runs=400", "-seed=7"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=240,
        env={**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]


# What fuzzing has found, each mended.


@pytest.mark.parametrize("days", [5_000_000, 40_000_000, -40_000_000])
def test_dates_that_no_calendar_reaches_are_told(tmp_path: Path, days: int) -> None:
    table = frame_of([days, 18_262, days, days])
    path = tmp_path / "x.feather"
    table.write_ipc(path)
    for source in (table, path):
        with pytest.raises(RowsRefused, match="the date cannot be read"):
            read_bars(source, symbol="X")


@pytest.mark.parametrize("price", [1e300, 1e-300])
def test_prices_whose_ratio_no_float_holds_are_findings(tmp_path: Path, price: float) -> None:
    lines = [f"2020-01-{day:02d},1,1,1,1" for day in range(2, 30)]
    lines[10] = f"2020-01-12,{price},{price},{price},{price}"
    lines[20] = f"2020-01-22,1,{max(price, 1)},{min(price, 1)},1"
    path = tmp_path / "x.csv"
    path.write_text("\n".join(["Date,Open,High,Low,Close", *lines]))
    found = read_bars(path)
    assert len(found.bars) == len(lines)
    assert any("1e300 times" in one.what for one in found.quality.findings)


def frame_of(days: list[int]) -> pl.DataFrame:
    dates = pl.Series("date", days, dtype=pl.Int32).cast(pl.Date)
    prices = [[1.0] * len(days)] * 4
    return pl.DataFrame([dates, *map(pl.Series, ("open", "high", "low", "close"), prices)])
