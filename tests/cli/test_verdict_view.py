"""A verdict's card in the terminal: whole at 80 columns, with every figure of the page."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console, RenderableType

from bellwether.cards import CardTable, VerdictCard, card_of
from bellwether.cli._verdict_view import card_panel, figures_table, verdict_card
from bellwether.trials import TrialCount
from bellwether.validation import Evidence, Verdict, judge

STORED = Path(__file__).parents[1] / "validation" / "stored_verdicts" / "0.1.0.json"


def shown(content: RenderableType, width: int = 80) -> str:
    stream = StringIO()
    Console(file=stream, width=width, color_system=None).print(content)
    return stream.getvalue()


def make_verdict(ic: float, **changes: Any) -> Verdict:
    random, n_bars = np.random.default_rng(2), 1300
    forecast = random.standard_normal(n_bars)
    shocks = random.standard_t(5, n_bars) * np.sqrt(3.0 / 5.0)
    close = 100.0 * np.cumprod(1.0 + 0.011 * (ic * forecast + np.sqrt(1 - ic**2) * shocks))
    returns = np.append(np.nan, close[1:] / close[:-1] - 1.0)
    days = np.busday_offset(np.datetime64("2000-01-03"), np.arange(n_bars))
    evidence = Evidence(
        name="ensemble",
        pipeline="p" * 64,
        snapshot="s" * 64,
        closed_at=days.astype("datetime64[us]"),
        close=close,
        returns=returns,
        forecast=forecast,
        direction=np.sign(forecast),
        rule_direction=np.where(np.arange(n_bars) % 40 < 20, 1.0, -1.0),
        target=np.append(returns[1:], np.nan),
        out_of_sample_from=390,
        warm_from=60,
        trials=TrialCount(n_pipelines=1, n_looks=1),
        fold_spans=((days[388], days[389]),),
        leaks_probed=True,
        probability_up=0.5 + 0.05 * np.tanh(forecast),
        **changes,
    )
    return judge(evidence)


@pytest.fixture(scope="module")
def card() -> VerdictCard:
    return card_of(make_verdict(0.2))


def test_panel_gives_the_effects_with_their_intervals(card: VerdictCard) -> None:
    text = shown(card_panel(card), width=120)
    for fact in (*card.effects, card.error_rate):
        assert fact.figure.full in text
    assert "PROMOTE" in text


@pytest.mark.parametrize("width", [80, 100, 200])
def test_whole_card_fits_its_terminal(card: VerdictCard, width: int) -> None:
    text = shown(verdict_card(card), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_whole_card_holds_every_figure_of_the_page(card: VerdictCard) -> None:
    text = shown(verdict_card(card), width=220)
    tables = (card.floors, card.by_year, card.by_regime)
    figures = [figure for table in tables for row in table.rows for figure in row.figures]
    figures += [one.figure for one in (*card.contract, *card.skill)]
    figures += [opinion.figure for opinion in card.opinions]
    assert all(figure.text in text for figure in figures)
    for table in tables:
        assert table.drawn is not None
        assert all(row.figures[table.drawn].interval in text for row in table.rows)
    for leg in card.legs:
        assert leg.question in text
        assert all(check.name in text for check in leg.checks)
    assert "contract's three numbers hold?  (shown beside it, not deciding)" in text


def test_card_of_an_older_verdict_leaves_out_what_is_not_known() -> None:
    old = Verdict.from_json(json.loads(STORED.read_text()))
    text = shown(verdict_card(card_of(old)))
    assert "Against every floor" not in text
    assert "not measured here" in text
    assert "Year by year" in text
    empty = replace(old, skill=None, value=None, contract=None, by_year=())
    assert "What was judged" in shown(verdict_card(card_of(empty)))


def test_wide_table_lies_on_its_side(card: VerdictCard) -> None:
    lying = shown(figures_table(card.floors), width=120)
    assert lying.index("The rules") < lying.index("Maximum drawdown")
    standing = shown(figures_table(card.by_year), width=120)
    assert standing.index("Maximum drawdown") < standing.index("2002")


def test_table_without_a_note_has_none(card: VerdictCard) -> None:
    bare = CardTable(title="t", columns=("a", "b"), rows=())
    assert shown(figures_table(bare)).strip().startswith("a")
