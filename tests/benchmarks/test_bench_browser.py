"""What the page's benchmark does without a browser: weighing script, writing a file of bars."""

import gzip
import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bellwether.sources import read_bars, sample_market

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the benchmark as a module."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("bench_browser")


def test_script_counts_as_it_is_sent(bench: ModuleType, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    content = b"export const words = 'again and again';\n" * 100
    (assets / "index-12345678.js").write_bytes(content)
    (assets / "index-12345678.js.gz").write_bytes(gzip.compress(content))
    (assets / "short-12345678.js").write_bytes(b"export {};\n")
    (assets / "engine-12345678.wasm").write_bytes(bytes(1000))
    weighed = bench.weigh_script(tmp_path)
    assert weighed == {
        "index-12345678.js": len(gzip.compress(content)) / 1e3,
        "short-12345678.js": 0.011,
    }


def test_script_that_is_stored_as_something_else_is_refused(
    bench: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "index.js").write_bytes(b"export {};\n")
    (tmp_path / "index.js.gz").write_bytes(gzip.compress(b"other"))
    with pytest.raises(RuntimeError, match=r"index\.js\.gz holds something else"):
        bench.weigh_script(tmp_path)


def test_bars_are_written_as_a_file_that_can_be_read(bench: ModuleType, tmp_path: Path) -> None:
    bars = sample_market("sp500").bars[-300:]
    path = tmp_path / "sp500.csv"
    path.write_text(bench.write_csv(bars), encoding="ascii")
    imported = read_bars(path, calendar="XNYS", now=bars.closed_at[-1] + np.timedelta64(1, "D"))
    assert len(imported.bars) == 300
    np.testing.assert_allclose(imported.bars.close, bars.close, rtol=1e-5)
    np.testing.assert_array_equal(imported.bars.closed_at, bars.closed_at)
