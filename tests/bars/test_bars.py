import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.bars import COLUMNS, Bars, BarsContractBroken, Panel, noise_world

MakeBars = Callable[[int, int], Bars]

TIMES = np.array(["2020-01-02T21:00"], dtype="datetime64[us]")
ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 5e-324, 1e308)
GOOD: dict[str, Any] = {
    "symbol": "X",
    "closed_at": ["2020-01-02T21:00", "2020-01-03T21:00"],
    "open": [1.0, 2.0],
    "high": [2.0, 3.0],
    "low": [0.5, 1.5],
    "close": [1.5, 2.5],
    "volume": [10.0, 0.0],
}


@pytest.mark.parametrize(
    ("column", "values", "row", "expected"),
    [
        ("close", [1.5, np.nan], 1, "a finite close above zero"),
        ("open", [np.inf, 2.0], 0, "a finite open above zero"),
        ("low", [0.0, 1.5], 0, "a finite low above zero"),
        ("volume", [10.0, -1.0], 1, "a finite volume at least zero"),
        ("adjustment", [1.0, 0.0], 1, "a finite adjustment above zero"),
        ("high", [2.0, 2.2], 1, "high to be the highest price"),
        ("low", [1.2, 1.5], 0, "low to be the lowest price"),
        ("closed_at", ["2020-01-03T21:00", "2020-01-03T21:00"], 1, "a close after"),
        ("closed_at", ["2020-01-03T21:00", "NaT"], 1, "an instant in closed_at"),
        ("close", [1.5], None, "one close for each of the"),
    ],
)
def test_a_bar_that_breaks_the_contract_is_named(
    column: str, values: list[Any], row: int | None, expected: str
) -> None:
    with pytest.raises(BarsContractBroken, match=expected) as raised:
        Bars(**{**GOOD, column: values})
    assert raised.value.row == row
    assert raised.value.symbol == "X"


@settings(deadline=None)
@given(data=st.data())
def test_a_block_makes_the_bars_that_its_rows_would_make(data: st.DataObject) -> None:
    known = noise_world(1, 8).bars
    names = (*COLUMNS, "adjustment")
    block = np.array([getattr(known, name) for name in names])
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, 5)), data.draw(st.integers(0, 7))
        block[place] = data.draw(st.sampled_from(ODD))
    columns = dict(zip(names, block, strict=True))

    def by_columns() -> Bars:
        return Bars(symbol=known.symbol, closed_at=known.closed_at, **columns)

    def by_block() -> Bars:
        return Bars.of_block(known.symbol, "1d", known.closed_at, block)

    told = []
    for make in (by_columns, by_block):
        try:
            told.append(make().digest)
        except BarsContractBroken as error:
            told.append(str(error))
    assert told[0] == told[1]
    if told[0] == known.digest:
        assert not any(getattr(by_block(), name).flags.writeable for name in names)


def test_an_error_crosses_a_process_border_with_its_facts() -> None:
    with pytest.raises(BarsContractBroken) as raised:
        Bars(**{**GOOD, "close": [1.5, np.nan]})
    again = copy.copy(raised.value)  # rebuilds it by __reduce__, as multiprocessing does
    assert (again.row, str(again)) == (1, str(raised.value))


def test_arrays_within_bars_cannot_be_written_and_are_copies() -> None:
    close = np.array([1.5, 2.5])
    bars = Bars(**{**GOOD, "close": close})
    close[0] = 9.0
    assert bars.close[0] == 1.5
    with pytest.raises(ValueError, match="read-only"):
        bars.close[0] = 2.0
    with pytest.raises(ValueError, match="read-only"):
        bars.matrix[0, 0] = 2.0


def test_the_matrix_is_adjusted_and_the_volume_as_traded() -> None:
    bars = Bars(**{**GOOD, "adjustment": [0.5, 1.0]})
    expected = [[0.5, 1.0, 0.25, 0.75, 10.0], [2.0, 3.0, 1.5, 2.5, 0.0]]
    assert bars.matrix.tolist() == expected
    assert bars.has_volume


def test_bars_show_their_symbol_and_span() -> None:
    assert repr(Bars(**GOOD)) == "Bars('X', '1d', 2 bars, 2020-01-02 to 2020-01-03)"
    assert repr(Bars(**GOOD)[:0]) == "Bars('X', '1d', empty)"


@given(n_bars=st.integers(2, 60), seed=st.integers(0, 99), cut=st.integers(0, 60))
@settings(deadline=None)
def test_a_slice_is_bars_of_the_same_rows(
    make_bars: MakeBars, n_bars: int, seed: int, cut: int
) -> None:
    bars = make_bars(n_bars, seed)
    np.testing.assert_array_equal(bars[:cut].matrix, bars.matrix[:cut])
    assert bars[:].digest == bars.digest


def test_a_slice_cannot_be_written_and_takes_the_matrix_along(make_bars: MakeBars) -> None:
    bars = make_bars(20, 1)
    matrix = bars.matrix
    part = bars[5:15]
    assert np.shares_memory(part.matrix, matrix)
    for array in (part.closed_at, part.close, part.matrix):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_rows_that_are_left_out_or_turned_round_are_checked_again(make_bars: MakeBars) -> None:
    bars = make_bars(20, 1)
    np.testing.assert_array_equal(bars[::3].close, bars.close[::3])
    with pytest.raises(BarsContractBroken, match="a close after"):
        bars[::-1]
    with pytest.raises(BarsContractBroken):
        bars[3]  # type: ignore[index]


@given(data=st.data())
@settings(deadline=None, max_examples=200)
def test_the_glance_at_bars_lets_through_exactly_what_the_checks_do(
    make_bars: MakeBars, data: st.DataObject
) -> None:
    bars = make_bars(data.draw(st.integers(1, 12)), data.draw(st.integers(0, 5)))
    names = ("closed_at", *COLUMNS, "adjustment")
    columns = {name: getattr(bars, name).copy() for name in names}
    for name in data.draw(st.lists(st.sampled_from(names), max_size=2)):
        row = data.draw(st.integers(0, len(bars) - 1))
        if name == "closed_at":
            columns[name][row] = data.draw(st.sampled_from([np.datetime64("NaT"), TIMES[0]]))
        else:
            columns[name][row] = data.draw(st.sampled_from(ODD) | st.floats())

    def build() -> str:
        try:
            return Bars(symbol="X", **columns).digest
        except BarsContractBroken as error:
            return str(error)

    found = build()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bellwether.bars._bars._is_sound", lambda *_: False)
        assert build() == found


@pytest.mark.parametrize("column", ["open", "volume", "adjustment"])
def test_any_changed_value_changes_the_digest(make_bars: MakeBars, column: str) -> None:
    bars = make_bars(20, 1)
    names = ("closed_at", "open", "high", "low", "close", "volume", "adjustment")
    columns = {name: getattr(bars, name).copy() for name in names}
    columns[column][3] = np.nextafter(columns[column][3], bars.low[3])
    other = Bars(symbol=bars.symbol, **columns)
    assert other.digest != bars.digest
    assert Bars(symbol="other", **{n: getattr(bars, n) for n in names}).digest != bars.digest


def test_lineage_is_shared_by_histories_of_one_market() -> None:
    bars = noise_world(1, 600).bars
    assert set(bars[:400].lineage) < set(bars.lineage)
    assert set(bars[100:].lineage) < set(bars.lineage)
    assert not set(bars.lineage) & set(noise_world(2, 600).bars.lineage)


def test_lineage_survives_a_readjustment() -> None:
    bars = noise_world(1, 300).bars
    names = ("closed_at", "open", "high", "low", "close", "volume")
    columns = {name: getattr(bars, name) for name in names}
    halved = Bars(symbol="renamed", **columns, adjustment=np.full(300, 0.5))
    assert halved.lineage == bars.lineage


def test_a_panel_lays_its_symbols_on_one_line_of_time(make_bars: MakeBars) -> None:
    first, second = make_bars(6, 1), make_bars(9, 2)[3:]
    panel = Panel(bars=[first, second])
    assert len(panel) == 2
    assert panel.symbols == ("RANDOM-1", "RANDOM-2")
    assert len(panel.closed_at) == 9
    aligned = panel.align([first.close, second.close])
    np.testing.assert_array_equal(aligned[:6, 0], first.close)
    np.testing.assert_array_equal(aligned[3:, 1], second.close)
    assert np.isnan(aligned[6:, 0]).all()
    assert np.isnan(aligned[:3, 1]).all()


def test_a_panel_has_a_digest_and_a_lineage_of_all_its_bars() -> None:
    one, other = noise_world(1, 300).bars, noise_world(2, 300).bars
    panel = Panel(bars=[one, other])
    assert panel.digest != Panel(bars=[other, one]).digest
    assert set(panel.lineage) == set(one.lineage) | set(other.lineage)
    assert panel.interval == "1d"
    assert panel.has_volume


def test_a_panel_refuses_what_it_cannot_hold(make_bars: MakeBars) -> None:
    bars = make_bars(5, 1)
    weekly = Bars(**{**GOOD, "interval": "1w"})
    for wrong, words in (
        ([], "at least one bar"),
        ([bars[:0]], "at least one bar"),
        ([bars, bars], "each symbol once"),
        ([bars, weekly], "one interval"),
    ):
        with pytest.raises(BarsContractBroken, match=words):
            Panel(bars=wrong)
