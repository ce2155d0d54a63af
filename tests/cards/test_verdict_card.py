"""The verdict's card: one value that a page and a program read, whole for any verdict."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.cards import (
    CardContent,
    CardRow,
    CardTable,
    Figure,
    Telling,
    VerdictCard,
    card_of,
    draw_kept,
    draw_section,
    element,
    render_card,
    render_verdict,
)
from bellwether.cards._tracks import draw_track, plan_scale, tone_of, tone_of_held
from bellwether.cards._verdict_sections import draw_figures
from bellwether.hashing import canonical_json
from bellwether.trials import TrialCount
from bellwether.validation import (
    CalibrationFigure,
    GateCalibration,
    Opinions,
    Verdict,
    exact_proportion,
)

ContentMaker = Callable[..., CardContent]
STORED = Path(__file__).parents[1] / "validation" / "stored_verdicts" / "0.1.0.json"


def measured(world: str, ic: float, n_promoted: int, limit: float | None) -> CalibrationFigure:
    rate = exact_proportion(n_promoted, 1000)
    assert rate is not None
    return CalibrationFigure(
        world=world,
        kind="power" if ic else "null",
        information_coefficient=ic,
        n_runs=1000,
        n_promoted=n_promoted,
        rate=rate,
        limit=limit,
        seed=1,
    )


CALIBRATION = GateCalibration(
    snapshot="s" * 64,
    options_digest="o" * 64,
    n_configurations=1,
    n_bars=2520,
    measured_at="2026-01-02T03:04:05",
    seconds=58.0,
    figures=(
        measured("noise", 0.0, 4, None),
        measured("sign-flipped copies", 0.0, 6, None),
        measured("a planted edge", 0.1, 950, 0.99),
    ),
)
OPINIONS = Opinions(
    sign_flip_p=0.0004, n_flips=10_000, e_value=3420.5, e_value_largest=5120.2, e_needed=300.0
)


@pytest.fixture(scope="module")
def verdict(make_content: ContentMaker) -> Verdict:
    n_bars = 1300
    some = np.random.default_rng(3).standard_normal((4, n_bars))
    content = make_content(evidence_changes={"candidate_forecasts": some})
    return replace(content.result.verdict, opinions=OPINIONS, calibration=CALIBRATION)


@pytest.fixture(scope="module")
def card(verdict: Verdict) -> VerdictCard:
    return card_of(verdict)


@pytest.fixture(scope="module")
def old() -> Verdict:
    return Verdict.from_json(json.loads(STORED.read_text()))


def words_of(page: str) -> str:
    body = page.split("</style>")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_effects_are_the_size_the_worth_and_what_luck_explains(
    card: VerdictCard, verdict: Verdict
) -> None:
    skill, worth, luck = card.effects
    assert verdict.skill is not None
    assert verdict.value is not None
    estimate = verdict.skill.information_coefficient
    assert estimate is not None
    assert (skill.figure.value, skill.figure.low) == (estimate.value, estimate.low)
    value = verdict.value
    assert worth.figure.value == min(value.over_cash, value.over_holding, value.over_rules)
    trials = TrialCount(n_pipelines=3, n_looks=1)
    assert luck.figure.value == verdict.skill.p / trials.alpha(1.0) == verdict.skill.p * 3.0


def test_excess_excludes_zero_where_its_t_statistic_is_beyond_two(card: VerdictCard) -> None:
    for fact in card.values:
        assert fact.figure.low is not None
        assert fact.figure.value is not None
        assert fact.figure.low < fact.figure.value


def test_luck_is_allowed_for_every_look_and_never_above_certainty(verdict: Verdict) -> None:
    many = replace(verdict, n_pipelines=10**9, n_looks=50)
    assert many.skill is not None
    hopeless = replace(many, skill=replace(many.skill, p=0.9))
    assert card_of(hopeless).effects[2].figure.value == 1.0


def test_the_gates_own_error_is_shown_with_its_interval(card: VerdictCard) -> None:
    rate = CALIBRATION.false_promotion
    figure = card.error_rate.figure
    assert (figure.value, figure.low, figure.high) == (rate.value, rate.low, rate.high)
    assert "2,000 runs without skill were promoted, on these bars, 2026-01-02" in (
        card.error_rate.note
    )
    assert [row.name for row in card.error_rates.rows] == ["Noise", "Sign-flipped copies"]
    assert [row.mark for row in card.powers.rows] == [0.99]


def test_an_error_rate_that_was_not_measured_says_how_to(verdict: Verdict) -> None:
    bare = card_of(replace(verdict, calibration=None))
    assert bare.error_rate.figure.text == "not measured here"
    assert "bellwether gate calibrate" in bare.error_rate.note
    assert bare.error_rates.rows == bare.powers.rows == ()
    without = replace(CALIBRATION, figures=CALIBRATION.figures[2:])
    only_power = card_of(replace(verdict, calibration=without))
    assert only_power.error_rate.figure.text == "not measured here"


def test_every_leg_and_check_is_there_with_who_decides(verdict: Verdict) -> None:
    for binding, n_deciding in (("evidence", 4), ("contract", 2), ("both", 5)):
        legs = card_of(replace(verdict, binding=binding)).legs  # type: ignore[arg-type]
        assert sum(leg.decides for leg in legs) == n_deciding
        assert sum(len(leg.checks) for leg in legs) == len(verdict.checks)


def test_other_tests_say_whether_they_speak_and_how_they_err(card: VerdictCard) -> None:
    names = [opinion.name for opinion in card.opinions]
    assert names == [
        "Sign-flip test",
        "Betting against luck",
        "Probabilistic Sharpe ratio",
        "Deflated Sharpe ratio",
        "Minimum track record",
        "Deflated Sharpe ratio of the best of 4",
        "Probability of backtest overfitting",
        "Superior predictive ability among 4",
        "Pesaran-Timmermann",
        "Brier score",
    ]
    assert all(opinion.errs for opinion in card.opinions)
    speaking = {opinion.name: opinion.speaks for opinion in card.opinions}
    assert speaking["Betting against luck"] is True
    assert speaking["Superior predictive ability among 4"] is False
    n_for, n_made = card.n_speaking
    assert (n_for, n_made) == (sum(bool(one) for one in speaking.values()), 10)


def test_betting_speaks_where_it_ever_reached_its_mark(verdict: Verdict) -> None:
    fallen = replace(OPINIONS, e_value=2.0)
    [betting] = [
        one
        for one in card_of(replace(verdict, opinions=fallen)).opinions
        if one.name == "Betting against luck"
    ]
    assert betting.speaks is True


def test_intervals_speak_where_they_hold_what_they_claim(make_content: ContentMaker) -> None:
    for reach, speaks in ((0.018, True), (0.002, False)):
        ends = np.full(1300, reach)
        content = make_content(evidence_changes={"interval_low": -ends, "interval_high": ends})
        [coverage] = [
            one
            for one in card_of(content.result.verdict).opinions
            if one.name == "Coverage of the intervals"
        ]
        assert coverage.asked == "90% within its interval"
        assert coverage.speaks is speaks


def test_statements_stand_beside_what_came_in_each_year_and_regime(
    make_content: ContentMaker,
) -> None:
    ends = np.full(1300, 0.018)
    content = make_content(evidence_changes={"interval_low": -ends, "interval_high": ends})
    verdict = content.result.verdict
    beside, card = verdict.beside, card_of(verdict)
    assert beside is not None
    assert beside.coverage is not None
    parts = (*beside.statements_by_year, *beside.statements_by_regime)
    names = [row.name for row in card.statements.rows]
    assert names[: len(beside.statements_by_year)] == [p.part for p in beside.statements_by_year]
    for part, row in zip(parts, card.statements.rows, strict=True):
        assert row.mark == part.probability_up
        assert [figure.value for figure in row.figures[1:]] == [
            part.probability_up,
            part.brier,
            part.n,
        ]
    held = [row.figures[0].value for row in card.coverage.rows]
    assert held == [
        one.value for one in (beside.coverage.measured, *(part.coverage for part in parts)) if one
    ]
    assert card.coverage.mark == 0.9
    words = words_of(render_verdict(card))
    assert "What was stated and what came" in words
    assert "Returns within their stated interval" in words
    assert words.count("All of it") == 1


def test_intervals_that_hold_are_green_and_those_that_do_not_are_red(
    make_content: ContentMaker,
) -> None:
    for reach, tone in ((0.018, "good"), (0.002, "bad"), (0.5, "bad")):
        ends = np.full(1300, reach)
        content = make_content(evidence_changes={"interval_low": -ends, "interval_high": ends})
        whole = replace(
            card_of(content.result.verdict).coverage,
            rows=card_of(content.result.verdict).coverage.rows[:1],
        )
        [drawn, _] = draw_figures(whole)
        assert f'class="track {tone}"' in drawn, reach


def test_what_a_model_keeps_stands_before_what_was_judged(old: Verdict) -> None:
    page = render_verdict(card_of(old), "Old", closing=draw_kept((), {}))
    places = [page.index(f'id="{name}"') for name in ("error", "importance", "balance", "judged")]
    assert places == sorted(places)
    words = words_of(page)
    assert "This bundle keeps nothing of it: its plan did not ask" in words
    assert "How the rows divide is not kept in this bundle." in words


def test_table_without_a_picture_or_a_note_is_only_text() -> None:
    figure = Figure(kind="count", value=3.0)
    table = CardTable(title="t", columns=("a", "b"), rows=(CardRow(name="r", figures=(figure,)),))
    [drawn] = draw_figures(table)
    assert "track" not in drawn
    assert ">3<" in drawn


def test_floor_that_loses_everything_leaves_the_picture_to_the_others(
    make_content: ContentMaker,
) -> None:
    card = card_of(make_content().result.verdict)
    assert card.equity is not None
    lost = tuple(
        replace(line, values=(*line.values[:-1], 0.0)) if line.name == "last_return" else line
        for line in card.equity.lines
    )
    page = render_verdict(replace(card, equity=replace(card.equity, lines=lost)))
    assert "Last return once more <b>0</b>" in page
    assert not re.search(r"\b(nan|inf)\b", words_of(page))


def test_card_of_an_older_verdict_is_whole(old: Verdict) -> None:
    card = card_of(old)
    assert card.floors.rows == ()
    assert card.by_regime.rows == card.statements.rows == card.coverage.rows == ()
    assert (card.equity, card.reliability) == (None, None)
    words = words_of(render_verdict(card))
    assert "No equity could be computed." in words
    assert "This forecast states no intervals, or was judged before" in words
    assert "no exact interval exists" in words
    assert not re.search(r"\b(nan|inf|None)\b", words)


def test_card_of_a_verdict_that_computed_nothing_is_whole(old: Verdict) -> None:
    nothing = replace(old, skill=None, value=None, contract=None, by_year=(), n_effective=None)
    words = words_of(render_verdict(card_of(nothing)))
    assert "They could not be computed for this forecast." in words
    assert not re.search(r"\b(nan|inf|None)\b", words)


def test_card_becomes_json_with_numbers_and_texts(card: VerdictCard) -> None:
    told = json.loads(canonical_json(card.to_json()))
    assert told["decision"] == "PROMOTE"
    first = told["effects"][0]["figure"]
    assert first["value"] == card.effects[0].figure.value
    assert first["text"] == card.effects[0].figure.text
    assert told["by_year"]["rows"][0]["figures"][0].keys() == first.keys()
    assert told["equity"]["lines"][0]["name"] == "forecast"


def test_infinite_and_unknown_numbers_become_json(old: Verdict) -> None:
    assert old.contract is not None
    endless = replace(old.contract.profit_factor, value=float("inf"), low=float("nan"))
    contract = replace(old.contract, profit_factor=endless)
    told = card_of(replace(old, contract=contract)).to_json()["contract"][1]["figure"]
    assert (told["value"], told["low"], told["text"]) == ("inf", None, "infinite")


def test_page_and_model_card_hold_every_figure_of_the_card(card: VerdictCard) -> None:
    words = words_of(render_verdict(card, "A <title>"))
    tables = [card.floors, card.by_year, card.by_regime, card.error_rates, card.powers]
    tables += [card.statements, card.coverage]
    figures = [fact.figure for fact in (*card.effects, *card.values, card.error_rate)]
    figures += [figure for table in tables for row in table.rows for figure in row.figures]
    figures += [one.figure for one in (*card.contract, *card.skill)]
    figures += [opinion.figure for opinion in card.opinions]
    assert all(figure.text in words for figure in figures)
    assert "A &lt;title&gt;" in words


def test_another_label_telling_and_section_take_their_places(verdict: Verdict) -> None:
    telling = Telling(lead="It was audited.", comfort="Nothing serves by it.")
    card = card_of(verdict, telling=telling, label="SKILL SHOWN")
    page = render_verdict(card, "Vendor", draw_section("audit", "Audit", element("p", "Clean.")))
    words = words_of(page)
    assert "SKILL SHOWN It was audited." in words
    assert "Nothing serves by it." in words
    assert page.index('id="verdict"') < page.index('id="audit"') < page.index('id="evidence"')
    assert "PROMOTE" not in words


def test_model_card_shows_the_same_effects(make_content: ContentMaker) -> None:
    content = make_content()
    card = card_of(content.result.verdict)
    words = words_of(render_card(content))
    assert all(fact.figure.text in words for fact in card.effects)


def test_hostile_names_are_escaped(old: Verdict) -> None:
    page = render_verdict(card_of(replace(old, name="<script>\x1b", reason="<b>so</b>")))
    assert "<script>" not in page
    assert "<b>so</b>" not in page.lower()
    assert "\x1b" not in page


@pytest.mark.parametrize(
    ("low", "high", "tone"),
    [(0.8, 0.95, "good"), (0.91, 0.95, "bad"), (0.8, 0.89, "bad"), (None, None, "")],
)
def test_what_is_to_be_held_is_missed_on_either_side(
    low: float | None, high: float | None, tone: str
) -> None:
    assert tone_of_held(Figure(kind="share", value=0.9, low=low, high=high), 0.9) == tone


FINITE = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(FINITE, FINITE, FINITE), min_size=1, max_size=20), FINITE)
def test_scale_holds_every_value_and_every_mark(
    parts: list[tuple[float, float, float]], mark: float
) -> None:
    figures = [
        Figure(kind="number", value=float(np.median(part)), low=min(part), high=max(part))
        for part in parts
    ]
    scale = plan_scale(figures, mark)
    assert scale is not None
    assert scale.low <= mark <= scale.high
    for figure in figures:
        assert figure.value is not None
        assert scale.low <= figure.value <= scale.high
        assert "nan" not in draw_track(figure, scale, (mark,))


def test_one_wide_interval_runs_off_the_scale() -> None:
    narrow = [
        Figure(kind="number", value=0.1 * k, low=0.1 * k - 1, high=0.1 * k + 1) for k in (1, 2, 3)
    ]
    wide = Figure(kind="number", value=0.0, low=-50.0, high=50.0)
    scale = plan_scale([*narrow, wide], 0.0)
    assert scale is not None
    assert scale.high < 3.0


def test_figure_without_a_number_is_a_dash_and_an_empty_track() -> None:
    unknown = Figure(kind="share", value=None)
    assert (unknown.text, unknown.interval, unknown.full) == ("–", "", "–")
    assert plan_scale([unknown]) is None
    assert "empty" in draw_track(unknown, None)


@pytest.mark.parametrize(
    ("low", "high", "at_most", "tone"),
    [
        (0.1, 0.2, False, "good"),
        (0.1, 0.2, True, "bad"),
        (-0.2, -0.1, False, "bad"),
        (-0.2, -0.1, True, "good"),
        (-0.1, 0.1, False, ""),
        (None, None, False, ""),
    ],
)
def test_tone_is_told_by_the_whole_interval(
    low: float | None, high: float | None, at_most: bool, tone: str
) -> None:
    figure = Figure(kind="gain", value=0.0, low=low, high=high)
    assert tone_of(figure, 0.0, at_most=at_most) == tone
