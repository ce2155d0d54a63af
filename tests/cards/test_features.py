"""The page of a look at features."""

from dataclasses import replace

import pytest

from bellwether import features as f
from bellwether.bars import Panel, noise_world
from bellwether.cards import render_features, tell_luck, write_coefficient
from bellwether.cards._features import write_memory
from bellwether.features import FeatureSet, core15
from bellwether.validation import FeatureReport, Luck, describe_features

PANEL = Panel(bars=[noise_world(5, 900).bars])


@pytest.fixture(scope="module")
def report() -> FeatureReport:
    return describe_features(PANEL, core15(), (1, 5))


def luck(**changes: float) -> Luck:
    whole = Luck(
        horizon_bars=1,
        n_features=158,
        n_found=12,
        n_by_chance=7.9,
        largest=0.05,
        largest_by_chance=0.06,
        chance=0.4,
        n_beyond=0,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_how_many_would_exceed_by_chance_is_said_first() -> None:
    telling = tell_luck(luck())
    assert telling.lead == (
        "12 of 158 features have an interval that excludes zero for the next bar; about 7.9 "
        "would by chance alone."
    )
    assert "in 40% of cases: it may well be luck" in telling.comfort
    beyond = tell_luck(luck(chance=0.01, largest=0.08, n_beyond=1)).comfort
    assert "exceeds 0.060 in one case of twenty. One feature is beyond that." in beyond
    assert "2 features are beyond" in tell_luck(luck(chance=0.01, n_beyond=2)).comfort
    assert "No feature varies" in tell_luck(luck(n_features=0)).lead


def test_a_page_needs_nothing_but_a_browser(report: FeatureReport) -> None:
    page = render_features(report)
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    for section in ("lead", "horizon-1", "horizon-5", "shapes", "groups", "reading"):
        assert f'id="{section}"' in page
    for name in core15().names:
        assert name in page
    assert "written into the trial ledger" in page
    assert page == render_features(report)


def test_without_outcomes_the_page_says_that_nothing_was_counted() -> None:
    page = render_features(describe_features(PANEL, core15(), ()))
    assert "so nothing was counted" in page
    assert "trial ledger" not in page
    assert "horizon-" not in page


def test_what_is_not_known_is_a_dash_and_names_are_escaped() -> None:
    odd = FeatureSet(
        name="<b>mine</b>",
        version="1",
        features=(("<i>", f.close * 0), ("fall", f.log(f.close / f.ref(f.close, 1) - 1))),
    )
    page = render_features(describe_features(PANEL, odd))
    assert "<b>mine" not in page
    assert "<i>" not in page.replace('<i class="', "")
    assert "&lt;i&gt;" in page
    short = Panel(bars=[noise_world(5, 30).bars])
    assert "Too few bars" in render_features(describe_features(short, core15()))


def test_coefficients_and_memories_are_written_for_people() -> None:
    assert write_coefficient(-0.0123) == "−0.012"
    assert write_memory(float("inf")) == "too long"
    assert write_memory(2.345) == "2.3"
