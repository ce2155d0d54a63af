"""One program over histories, panels and last bars: the same numbers, wherever they are written."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether import features as f
from bellwether.arrays import FloatArray
from bellwether.features import (
    CATALOGUES,
    FeatureEngine,
    WindowTooShort,
    WrongMatrix,
    alpha158,
    compute,
    core15,
    find_catalogue,
)
from bellwether.features._engine import Values
from bellwether.features._program import find_operations, write_program
from bellwether.features._stretches import cut_stretches, deal

HOSTILE = ("plain", "tiny", "huge", "constant", "plateaus", "outlier", "holes")


def hostile_bars(kind: str, seed: int, n_bars: int) -> FloatArray:
    generator = np.random.default_rng(seed)
    close = np.exp(np.cumsum(generator.normal(0, 0.02, n_bars)))
    bars = np.column_stack([close, 1.02 * close, 0.97 * close, close])
    bars[:, 0] *= np.exp(generator.normal(0, 0.005, n_bars))
    volume = np.round(1e4 * generator.lognormal(0, 1, n_bars))
    match kind:
        case "tiny":
            bars *= 1e-9
        case "huge":
            bars, volume = 1e9 * bars, 1e9 * volume
        case "constant":
            bars, volume = np.full_like(bars, 0.1), np.zeros(n_bars)
        case "plateaus":
            bars = np.round(bars, 1)
        case "outlier":
            bars[n_bars // 2] *= 1e12
        case "holes":
            bars[generator.integers(0, n_bars, 5), 3] = np.nan
            volume[generator.integers(0, n_bars, 5)] = np.inf
    return np.column_stack([bars, volume])


ENGINES = {name: FeatureEngine(find_catalogue(name)) for name in CATALOGUES}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(ENGINES)), st.sampled_from(HOSTILE), st.integers(0, 99))
def test_last_bars_alone_give_the_row_of_the_history_bit_for_bit(
    name: str, kind: str, seed: int
) -> None:
    engine = ENGINES[name]
    bars = hostile_bars(kind, seed, engine.lookback_bars + 40)
    history = engine.compute(bars)
    windows = np.stack([bars[end - engine.lookback_bars : end] for end in range(-38, 0)])
    assert engine.last(windows).tobytes() == history[-39:-1].tobytes()
    assert engine.last(windows[7]).tobytes() == history[-32].tobytes()
    assert engine.last(bars).tobytes() == history[-1].tobytes()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(ENGINES)), st.sampled_from(HOSTILE), st.integers(1, 900))
def test_blocks_join_without_a_seam(name: str, kind: str, n_block: int) -> None:
    whole, cut = ENGINES[name], FeatureEngine(find_catalogue(name))
    cut.__dict__["_block_bars"] = n_block
    bars = hostile_bars(kind, n_block, 1_000)
    assert cut.compute(bars).tobytes() == whole.compute(bars).tobytes()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=5), st.integers(1, 3))
def test_a_panel_is_its_symbols_one_after_another(lengths: list[int], n_threads: int) -> None:
    engine = ENGINES["core15"]
    matrices = [hostile_bars("plain", n, n) for n in lengths]
    expected = np.concatenate([engine.compute(one) for one in matrices] or [np.empty((0, 15))])
    found = engine.compute_panel(matrices, n_threads=n_threads)
    assert found.tobytes() == expected.tobytes()


def test_a_panel_may_be_one_array_in_any_layout() -> None:
    engine = ENGINES["core15"]
    panel = np.stack([hostile_bars("plain", seed, 900) for seed in range(4)])
    expected = engine.compute_panel(list(panel))
    assert engine.compute_panel(panel).tobytes() == expected.tobytes()
    turned = np.asfortranarray(panel)
    assert engine.compute_panel(turned, n_threads=3).tobytes() == expected.tobytes()
    assert engine.compute_panel(list(turned)).tobytes() == expected.tobytes()
    every_second = engine.compute_panel(panel[::2, ::3])
    assert every_second[300:].tobytes() == engine.compute(panel[2, ::3].copy()).tobytes()


def test_bars_may_lie_at_any_address_and_be_read_only() -> None:
    bars = hostile_bars("plain", 3, 400)
    odd = np.zeros(bars.nbytes + 1, dtype=np.uint8)[1:].view(np.float64).reshape(bars.shape)
    odd[:] = bars
    odd.flags.writeable = False
    engine = ENGINES["core15"]
    assert engine.compute(odd).tobytes() == engine.compute(bars).tobytes()
    assert engine.last(odd).tobytes() == engine.last(bars).tobytes()


def test_work_is_dealt_in_shares_that_grow_small() -> None:
    told, lengths = np.zeros((40, 3), dtype=np.int64), np.full(40, 100)
    stretches = cut_stretches(told, lengths, np.zeros((4_000, 2)), 60)
    assert len(stretches) == 80
    assert (stretches[:, 8] - stretches[:, 7]).sum() == 4_000
    assert (np.diff(stretches[:, 3]) == 16 * np.tile([60, 40], 40)[:-1]).all()
    sizes = [len(share) for share in deal(stretches, 2, 10_000)]
    assert sum(sizes) == 80
    assert sizes[0] > 5
    assert sizes[-1] == 1
    assert [len(share) for share in deal(stretches, 1, 2_000)] == [40, 40]


def test_values_go_straight_into_a_matrix_of_the_callers(matrix: FloatArray) -> None:
    engine = FeatureEngine(core15())
    room = np.full((len(matrix), 20), -1.0)
    engine.compute(matrix, room[:, 2:17])
    np.testing.assert_array_equal(room[:, 2:17], compute(core15(), matrix))
    assert (room[:, :2] == -1.0).all()
    assert (room[:, 17:] == -1.0).all()


def test_float32_is_float64_rounded_once(matrix: FloatArray) -> None:
    engine = FeatureEngine(alpha158())
    found = engine.compute_panel([matrix], dtype=np.float32)
    assert found.tobytes() == engine.compute(matrix).astype(np.float32).tobytes()


def test_tasks_of_a_long_history_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bellwether.features._engine.STRETCH_BLOCKS", 1)
    bars = hostile_bars("plain", 1, 2_000)
    engine = FeatureEngine(core15())
    assert engine.compute_panel([bars]).tobytes() == engine.compute(bars).tobytes()


def test_a_panel_larger_than_memory_comes_in_blocks_of_whole_symbols() -> None:
    engine = FeatureEngine(core15())
    lengths = [200, 300, 100, 900, 50]
    taken: list[int] = []

    def read() -> Iterator[FloatArray]:
        for n in lengths:
            taken.append(n)
            yield hostile_bars("plain", n, n)

    expected = engine.compute_panel([hostile_bars("plain", n, n) for n in lengths])
    sizes, parts = [], []
    for values in engine.iterate(read(), n_rows=600, dtype=np.float64):
        sizes.append((len(values), len(taken)))
        parts.append(values.copy())
    assert sizes == [(600, 4), (900, 5), (50, 5)]
    assert np.concatenate(parts).tobytes() == expected.tobytes()


def test_a_live_row_reads_only_the_bars_that_its_windows_are_made_of() -> None:
    whole, sparse = (write_program(alpha158().expressions, is_last=one) for one in (False, True))
    n_values = [int((one.steps[:, 2] - one.steps[:, 3] + 1).sum()) for one in (whole, sparse)]
    assert n_values[1] < 0.55 * n_values[0]


def test_one_engine_serves_many_threads() -> None:
    engine = FeatureEngine(alpha158())
    matrices = [hostile_bars("plain", seed, 700) for seed in range(12)]
    expected = [FeatureEngine(alpha158()).compute(one).tobytes() for one in matrices]
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda one: engine.compute(one).tobytes(), matrices))
    assert found == expected


@pytest.mark.parametrize("n_values", [1, 3, 4, 5, 7, 8, 9, 17])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_number_of_columns_is_turned_into_rows(n_values: int, dtype: type) -> None:
    bars = hostile_bars("plain", n_values, 1_501)
    engine = FeatureEngine([f.ref(f.close, n + 1) for n in range(n_values)])
    expected = np.full((len(bars), n_values), np.nan)
    for n in range(n_values):
        expected[n + 1 :, n] = bars[: -n - 1, 3]
    room: Values = np.full((len(bars), n_values + 2), -1.0, dtype=dtype)
    found = engine.compute_panel([bars, bars[:3]], dtype=dtype)
    np.testing.assert_array_equal(found[:1_501], expected.astype(dtype))
    np.testing.assert_array_equal(found[1_501:], expected[:3].astype(dtype))
    engine.compute(bars, room[:, 1:-1])
    np.testing.assert_array_equal(room[:, 1:-1], expected.astype(dtype))
    assert (room[:, [0, -1]] == -1.0).all()
    windows = np.stack([bars[end - 20 : end] for end in range(20, 39)])
    np.testing.assert_array_equal(engine.last(windows), expected[19:38])


def test_results_that_nobody_reads_any_more_are_written_over() -> None:
    program = FeatureEngine(alpha158())._program
    n_results = len(program.columns)
    assert n_results > 2_000
    assert program.n_slots < 140


def test_equal_parts_of_expressions_are_computed_once() -> None:
    mean, deviation = f.mean(f.close, 20), f.std(f.close, 20)
    alone = len(FeatureEngine([deviation])._program.steps)
    assert len(FeatureEngine([mean, deviation])._program.steps) == alone + 1
    assert len(FeatureEngine([deviation, mean])._program.steps) == alone + 1


def test_steps_that_nobody_reads_are_left_out() -> None:
    choice = f.where(f.close > f.open, f.high, f.low)
    names = [one.name for one in find_operations((choice,))]
    assert names == ["choose_greater"]
    both = [one.name for one in find_operations((choice, f.close > f.open))]
    assert sorted(both) == ["choose_greater", "greater"]


def test_what_is_compiled_is_told_and_what_is_on_disk_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = FeatureEngine([f.mean(f.close, 5) / f.close])
    operations = find_operations(engine.expressions)
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))

    def tell_anew() -> list[tuple[int, int]]:
        told: list[tuple[int, int]] = []
        for one in operations:
            monkeypatch.delitem(one.__dict__, "_compiled", raising=False)
        engine.prepare(lambda n_ready, n_all: told.append((n_ready, n_all)))
        return told

    assert tell_anew() == [(n + 1, len(operations)) for n in range(len(operations))]
    assert tell_anew() == []


def test_readers_may_be_read_only_and_in_any_order_of_memory(matrix: FloatArray) -> None:
    turned = np.asfortranarray(matrix)
    turned.flags.writeable = False
    assert compute(core15(), turned).tobytes() == compute(core15(), matrix).tobytes()


def test_no_expressions_have_no_values(matrix: FloatArray) -> None:
    engine = FeatureEngine([])
    assert engine.compute(matrix).shape == (len(matrix), 0)
    assert engine.last(matrix).shape == (0,)
    engine.prepare()


def test_fewer_bars_than_the_lookback_are_refused() -> None:
    with pytest.raises(WindowTooShort, match="155"):
        FeatureEngine(core15()).last(np.ones((154, 5)))


@pytest.mark.parametrize(
    "out", [np.empty((10, 3)), np.empty((9, 15)), np.empty((10, 15), dtype=np.int64)]
)
def test_another_room_is_refused(out: FloatArray) -> None:
    with pytest.raises(WrongMatrix, match="float64 or float32"):
        FeatureEngine(core15()).compute(np.ones((10, 5)), out)
