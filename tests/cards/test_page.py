"""The model card: what it tells, what it must never hold, and that anyone can read it."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from bellwether.bars import Finding, RowRefusal
from bellwether.cards import CardContent, render_card
from bellwether.service import (
    Contribution,
    Direction,
    FallbackReason,
    PastHits,
    Prediction,
    Rung,
    Source,
    SourceKind,
    Step,
)
from bellwether.validation import Decision

ContentMaker = Callable[..., CardContent]
VOID = {"br", "link", "meta"}
HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m\u202e"


class Reader(HTMLParser):
    """Reads a page as a strict reader would: every tag closed in order, ids once."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.text))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def refused(make_content: ContentMaker) -> CardContent:
    content = make_content(ic=0.0)
    assert content.result.verdict.decision is Decision.REFUSE
    return content


@pytest.fixture(scope="module")
def promoted(make_content: ContentMaker) -> CardContent:
    content = make_content(ic=0.35)
    assert content.result.verdict.decision is Decision.PROMOTE
    return content


def test_page_is_well_formed_and_ids_are_unique(promoted: CardContent) -> None:
    reader = Reader(render_card(promoted))
    assert reader.open == []
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_page_asks_nothing_of_the_network_and_runs_no_script(promoted: CardContent) -> None:
    page = render_card(promoted)
    reader = Reader(page)
    assert not reader.all("script")
    assert not reader.all("img")
    assert [link["href"] for link in reader.all("link")] == ["data:,"]
    assert "url(" not in page
    assert "@import" not in page
    assert not re.search(r"https?://", page)


def test_same_content_gives_the_same_page(promoted: CardContent) -> None:
    assert render_card(promoted) == render_card(promoted)


def test_sections_come_in_the_order_of_the_questions_a_reader_has(refused: CardContent) -> None:
    sections = [section["id"] for section in Reader(render_card(refused)).all("section")]
    assert sections == [
        "verdict",
        "prediction",
        "evidence",
        "contract",
        "equity",
        "years",
        "regimes",
        "calibration",
        "coverage",
        "opinions",
        "gate",
        "error",
        "leaderboard",
        "weights",
        "balance",
        "quality",
        "plan",
        "making",
    ]


def test_refusal_reads_as_a_good_outcome_with_the_rules_serving(refused: CardContent) -> None:
    words = Reader(render_card(refused)).words
    assert "No model has earned its place, so the rules keep serving." in words
    assert "This is a normal and good outcome." in words
    assert "Cheapest next step:" in words


def test_promotion_says_who_serves(promoted: CardContent) -> None:
    words = Reader(render_card(promoted)).words
    assert "The ensemble of 2 models has earned its place and serves now." in words
    assert "Source: model planted-ensemble, trained up to the last bar." in words


def test_too_few_bars_are_no_fault_of_the_forecast(make_content: ContentMaker) -> None:
    words = Reader(render_card(make_content(n_bars=400))).words
    assert "NOT ENOUGH DATA" in words
    assert "There are too few bars to tell skill from luck, so the rules keep serving." in words


def test_leaking_forecast_is_not_called_a_good_outcome(make_content: ContentMaker) -> None:
    content = make_content(evidence_changes={"leaks": ("column 3 moved",)})
    words = Reader(render_card(content)).words
    assert "has to be put right before it can be judged" in words
    assert "good outcome" not in words


def test_refusal_beside_a_serving_champion_does_not_claim_the_rules(
    refused: CardContent, promoted: CardContent
) -> None:
    words = Reader(render_card(replace(refused, prediction=promoted.prediction))).words
    assert "so the model that was promoted earlier keeps serving." in words


def test_every_check_stands_in_the_gates_table_with_its_reason(refused: CardContent) -> None:
    words = Reader(render_card(refused)).words.lower()
    for check in refused.result.verdict.checks:
        assert check.reason.lower() in words
    assert words.count("✗ failed") == len(refused.result.verdict.failed)


@pytest.mark.parametrize(
    ("binding", "told"),
    [
        ("evidence", "Evidence gate, decides"),
        ("contract", "Contract gate, decides"),
        ("both", "Both gates together, decides"),
    ],
)
def test_both_verdicts_are_shown_and_which_binds(
    make_content: ContentMaker, binding: str, told: str
) -> None:
    words = Reader(render_card(make_content(ic=0.1, binding=binding))).words
    assert told in words
    assert words.count(", decides: ") == 1
    assert "Evidence gate," in words
    assert "Contract gate," in words


def test_contract_numbers_show_value_interval_and_threshold(promoted: CardContent) -> None:
    contract = promoted.result.verdict.contract
    assert contract is not None
    assert contract.accuracy.low is not None
    words = Reader(render_card(promoted)).words
    assert (
        f"{contract.accuracy.low:.1%} to {contract.accuracy.high:.1%} exact 95% interval" in words
    )
    assert words.count("bootstrap 95% interval") == 2
    assert "asked: at least 55.0%" in words
    assert "asked: at least 1.50" in words
    assert "asked: at most 20.0%" in words


def test_leaderboard_holds_candidates_rules_and_floors(promoted: CardContent) -> None:
    words = Reader(render_card(promoted)).words
    rows = ("Ensemble all models together", "Rules fallback", "Always up (buy and hold) floor")
    for name in rows:
        assert name in words


def test_notice_that_it_is_no_advice_is_there(refused: CardContent) -> None:
    assert "not investment advice" in Reader(render_card(refused)).words


def test_hostile_names_and_details_are_escaped(make_content: ContentMaker) -> None:
    content = make_content(ic=0.0, symbol=HOSTILE, title=HOSTILE)
    page = render_card(content)
    reader = Reader(page)
    assert not reader.all("script")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_every_drawing_has_a_role_and_a_name(promoted: CardContent) -> None:
    reader = Reader(render_card(promoted))
    ids = {attributes.get("id") for _, attributes in reader.tags}
    drawings = reader.all("svg")
    assert len(drawings) == 4
    for drawing in drawings:
        assert drawing["role"] == "img"
        assert set((drawing["aria-labelledby"] or "").split()) <= ids


def test_every_table_has_a_caption_and_headed_columns(promoted: CardContent) -> None:
    reader = Reader(render_card(promoted))
    assert len(reader.all("table")) == len(reader.all("caption"))
    assert all(cell.get("scope") for cell in reader.all("th"))


def test_headings_never_skip_a_level(promoted: CardContent) -> None:
    levels = [
        int(tag[1]) for tag, _ in Reader(render_card(promoted)).tags if re.match("h[1-6]", tag)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_card_without_prediction_plan_and_quality_is_whole(refused: CardContent) -> None:
    bare = replace(refused, prediction=None, evidence_plan=None, quality=())
    reader = Reader(render_card(bare))
    sections = [section["id"] for section in reader.all("section")]
    assert "plan" not in sections
    assert "quality" not in sections
    assert "No prediction was asked for in this run." in reader.words


def test_single_member_has_no_picture_of_weights(make_content: ContentMaker) -> None:
    reader = Reader(render_card(make_content(members=("ridge",))))
    assert "weights" not in [section["id"] for section in reader.all("section")]


def test_forecast_that_never_trades_leaves_dashes_and_no_nonsense(
    make_content: ContentMaker,
) -> None:
    n_bars = 1300
    content = make_content(
        n_bars=n_bars,
        evidence_changes={
            "forecast": np.zeros(n_bars),
            "direction": np.zeros(n_bars),
            "probability_up": np.full(n_bars, np.nan),
        },
    )
    reader = Reader(render_card(content))
    assert "undefined, because nothing was traded" in reader.words
    assert "This forecast states no probabilities." in reader.words
    assert not re.search(r"\b(nan|inf|None)\b", reader.words)


@pytest.mark.parametrize("missing", ["direction", "forecast"])
def test_forecast_with_holes_still_gives_a_card(make_content: ContentMaker, missing: str) -> None:
    holes = np.full(1300, np.nan)
    words = Reader(render_card(make_content(evidence_changes={missing: holes}))).words
    assert "REFUSE" in words
    assert not re.search(r"\b(nan|inf|None)\b", words)


def test_ruin_is_drawn_on_a_linear_scale(make_content: ContentMaker) -> None:
    content = make_content()
    evidence = content.result.proposal.evidence
    returns = evidence.returns[:, 0].copy()
    returns[900] = 1.5
    close = 100.0 * np.cumprod(1.0 + np.nan_to_num(returns))
    ruined = make_content(
        evidence_changes={
            "close": close,
            "returns": np.append(np.nan, close[1:] / close[:-1] - 1.0),
            "direction": np.full(1300, -1.0),
        }
    )
    page = render_card(ruined)
    assert "The forecast <b>0</b>" in page
    assert "logarithmic" not in page


def test_prediction_shows_past_hits_contributions_and_who_was_asked(promoted: CardContent) -> None:
    served = promoted.prediction
    assert served is not None
    steps = (Step(rung=Rung.CHAMPION, reason=FallbackReason.MODEL_TOO_OLD, detail="<200 days>"),)
    rich = replace(
        served,
        past_hits=PastHits(n_hits=233, n_settled=402),
        contributions=(Contribution(feature="rsi_14", amount=-0.25),),
        steps=steps,
        rung=Rung.PREVIOUS,
        fallback_reason=FallbackReason.MODEL_TOO_OLD,
    )
    words = Reader(render_card(replace(promoted, prediction=rich))).words
    assert "right in 58.0% of 402" in words
    assert "−0.250" in words
    assert "Champion: the model has not been retrained for too long (<200 days>)" in words
    assert "model planted-ensemble (previous champion)" in words


def test_hold_on_expired_bars_is_a_whole_card(refused: CardContent) -> None:
    hold = Prediction(
        symbol="X",
        interval="1d",
        as_of=None,
        horizon_bars=5,
        direction=Direction.HOLD,
        probability_up=None,
        expected_return=None,
        interval_return=None,
        confidence=0.0,
        price=None,
        target=None,
        stop=None,
        regime=None,
        reasons=("the last bar is too old",),
        source=Source(kind=SourceKind.NONE),
        rung=Rung.HOLD,
        fallback_reason=FallbackReason.EXPIRED_DATA,
        bars_digest="d",
    )
    words = Reader(render_card(replace(refused, prediction=hold))).words
    assert "Prediction for the next 5 bars" in words
    assert "Confidence 0: nobody may answer on these bars" in words
    assert "Source: nobody, because the last bar is too old" in words
    assert not re.search(r"\b(nan|inf|None)\b", words)


def test_refused_rows_and_findings_are_listed_and_the_rest_counted(refused: CardContent) -> None:
    refusals = tuple(RowRefusal(line=n, reason="high below low", text="x") for n in range(2, 22))
    finding = Finding(code="gap", where="2001-01-02", what="<b>6 sessions</b>")
    report = replace(refused.quality[0], refusals=refusals, findings=(finding,))
    words = Reader(render_card(replace(refused, quality=(report,)))).words
    assert "20 rows refused" in words
    assert "line 13: high below low" in words
    assert "and 8 more" in words
    assert "2001-01-02: <b>6 sessions</b>" in words
