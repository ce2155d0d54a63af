"""A choice by regime is about two models in two places, and about nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.hashing import canonical_json
from bellwether.monitor import ChosenRegime, ForeignState, RegimeChoice

REGIMES = ("ranging", "trending up", "trending down", "volatile", "quiet")
CHOICE = RegimeChoice(
    champion="new",
    chosen="old",
    regimes=(ChosenRegime(regime="ranging", n_bars=400, t=3.5, p=0.0002),),
    rests_on="d",
)


def test_it_comes_back_from_json_as_it_was() -> None:
    assert RegimeChoice.from_json(CHOICE.to_json()) == CHOICE
    assert canonical_json(CHOICE.to_json())


@pytest.mark.parametrize(
    "content",
    [
        {},
        {**CHOICE.to_json(), "more": 1},
        {**CHOICE.to_json(), "champion": 7},
        {**CHOICE.to_json(), "regimes": [{"regime": "ranging"}]},
        {**CHOICE.to_json(), "regimes": None},
        {**CHOICE.to_json(), "regimes": [{"regime": "quiet", "n_bars": 9, "t": 1.0, "p": 2.0}]},
        {**CHOICE.to_json(), "regimes": [{"regime": "quiet", "n_bars": 0, "t": 1.0, "p": 0.1}]},
    ],
)
def test_what_is_no_choice_is_named(content: dict[str, Any]) -> None:
    with pytest.raises(ForeignState, match="choice by regime"):
        RegimeChoice.from_json(content)


@given(
    chosen=st.sets(st.sampled_from(REGIMES)),
    champion=st.sampled_from(["new", "old", "other"]),
    previous=st.sampled_from(["new", "old", "other"]),
    regime=st.sampled_from(REGIMES),
)
def test_it_names_nobody_but_its_own_model_in_its_own_place(
    chosen: set[str], champion: str, previous: str, regime: str
) -> None:
    found = tuple(ChosenRegime(regime=one, n_bars=200, t=3.0, p=0.001) for one in sorted(chosen))
    choice = RegimeChoice(champion="new", chosen="old", regimes=found, rests_on="d")
    is_its_own = (champion, previous) == ("new", "old")
    assert choice.is_about(champion, previous) == is_its_own
    assert choice.names(champion, previous, regime) == (is_its_own and regime in chosen)
