"""Choices that depend on what came after they were made."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.bars import Bars, noise_world
from bellwether.samples import TooLittleHistory, probe_selection


@pytest.fixture(scope="module")
def several() -> list[Bars]:
    return [replace(noise_world(seed, 200).bars, symbol=f"S{seed}") for seed in range(8)]


def _early(several: Sequence[Bars]) -> Any:
    return [bars.symbol for bars in several if bars.close[80] > bars.close[0]]


def _late(several: Sequence[Bars]) -> Any:
    return [bars.symbol for bars in several if bars.close[-1] > bars.close[0]]


def test_a_choice_of_what_was_known_is_clean(several: list[Bars]) -> None:
    assert probe_selection(_early, several, decided_at=several[0].closed_at[100]).is_clean


def test_survivors_are_found(several: list[Bars]) -> None:
    def survivors(several: Sequence[Bars]) -> set[str]:
        return {bars.symbol for bars in several if len(bars) == 200}

    leak = probe_selection(survivors, several, decided_at=several[0].closed_at[100]).leaks[0]
    assert "delisted" in leak.moved_by
    assert "another when bars after it are removed" in str(leak)


@pytest.mark.parametrize(
    "wrap",
    [
        list,
        set,
        tuple,
        lambda names: {"names": names, "best": len(names)},
        lambda names: (names, [None, len(names)]),
        lambda names: np.array([float(len(names)), hash(tuple(names)) % 97]),
    ],
)
def test_every_form_of_a_choice_is_compared(several: list[Bars], wrap: Any) -> None:
    at = several[0].closed_at[100]
    assert probe_selection(lambda bars: wrap(_early(bars)), several, decided_at=at).is_clean
    assert probe_selection(lambda bars: wrap(_late(bars)), several, decided_at=at).leaks


def test_numbers_are_compared_up_to_rounding(several: list[Bars]) -> None:
    def rounding(several: Sequence[Bars]) -> float:
        return float(several[0].close[50]) * (1.0 + 1e-13 * len(several[0]))

    assert probe_selection(rounding, several, decided_at=several[0].closed_at[100]).is_clean


def test_a_choice_that_refuses_is_not_called_clean(several: list[Bars]) -> None:
    whole = [bars.digest for bars in several]

    def fussy(several: Sequence[Bars]) -> int:
        if [bars.digest for bars in several] != whole:
            raise ValueError
        return 1

    report = probe_selection(fussy, several, decided_at=several[0].closed_at[100])
    assert not report.leaks
    assert not report.is_clean


def test_symbols_not_yet_listed_are_left_as_they_are(several: list[Bars]) -> None:
    at = several[0].closed_at[100]
    mixed = [*several[:3], several[3][120:], several[4][:90]]
    assert probe_selection(lambda bars: bars[0].close[40], mixed, decided_at=at).is_clean


def test_an_instant_without_a_bar_after_it_cannot_be_probed(several: list[Bars]) -> None:
    with pytest.raises(TooLittleHistory):
        probe_selection(_early, several, decided_at=several[0].closed_at[-1])
