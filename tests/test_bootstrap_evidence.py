"""What a home answers about evidence: the same as its commands say, as JSON that anybody reads."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from pydantic import SecretStr
from tests.command_line import Call, EdgeMarket

from bellwether.bootstrap import HomeEvidence, Workspace, describe_settings, open_workspace
from bellwether.bootstrap._evidence import make_plain
from bellwether.bootstrap._evidence_child import answer_lines
from bellwether.clock import FixedClock
from bellwether.http._evidence_types import (
    CalibrationsAnswer,
    LedgerAnswer,
    LedgerCheckAnswer,
    PlanAnswer,
)
from bellwether.http._retraining_types import RetrainingAnswer
from bellwether.http._settings_routes import SettingsAnswer
from bellwether.http._value_types import AccountsAnswer, HitRatesAnswer
from bellwether.service import CalibrationRequest, EvidenceQuestion, UnknownSymbol
from bellwether.settings import Settings, load_settings
from bellwether.validation import CalibrationSetting

NOW = np.datetime64("2020-06-01T12:00", "us")
FORMS = {
    EvidenceQuestion.ACCOUNT: AccountsAnswer,
    EvidenceQuestion.CALIBRATION: CalibrationsAnswer,
    EvidenceQuestion.HIT_RATES: HitRatesAnswer,
    EvidenceQuestion.LEDGER: LedgerAnswer,
    EvidenceQuestion.LEDGER_CHECK: LedgerCheckAnswer,
    EvidenceQuestion.PLAN: PlanAnswer,
    EvidenceQuestion.RETRAINING: RetrainingAnswer,
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace({"home": tmp_path / "home"}, clock=FixedClock(NOW))


def ask(workspace: Workspace, question: EvidenceQuestion, **asked: Any) -> Any:
    return json.loads(json.dumps(HomeEvidence(workspace).ask(question, asked), allow_nan=False))


def test_there_is_a_form_for_every_question_and_an_empty_home_answers_in_it(
    workspace: Workspace,
) -> None:
    assert set(FORMS) == set(EvidenceQuestion)
    for question, form in FORMS.items():
        found = ask(workspace, question)
        found.pop("is_known", None)
        if question is EvidenceQuestion.RETRAINING:
            found["jobs"] = []
        msgspec.convert(found, form)


def test_a_plan_says_what_the_command_says(tmp_path: Path, call: Call) -> None:
    home = tmp_path / "home"
    flags = ("--symbols", 20, "--correlation", 0.3, "--horizon", 5, "--ic", 0.07, "--cost-bps", 2)
    told = call("plan", "--bars", 900, *flags, "--home", home, "--json").json
    found = ask(
        open_workspace({"home": home}),
        EvidenceQuestion.PLAN,
        n_bars=900,
        n_symbols=20.0,
        correlation=0.3,
        horizon_bars=5,
        ic=0.07,
        cost_bps=2.0,
    )
    assert found["sentence"] == told["sentence"]
    assert found["decisive"] == told["panel"]
    by_name = {one["plan"]: one for one in found["plans"]}
    assert by_name.keys() == told["plans"].keys()
    for name, plan in told["plans"].items():
        for fact in ("alpha", "break_even_ic", "breadth", "n_needed_bars", "n_missing_bars"):
            assert by_name[name][fact] == plan[fact]


def test_symbols_without_a_correlation_get_the_usual_one(workspace: Workspace) -> None:
    assert ask(workspace, EvidenceQuestion.PLAN)["market"]["correlation"] == 0.0
    several = ask(workspace, EvidenceQuestion.PLAN, n_symbols=5.0)
    assert several["market"]["correlation"] == 0.3


@pytest.mark.timeout(280)
def test_a_trained_home_tells_its_ledger_its_plan_and_its_schedule(
    edge_market: EdgeMarket, tmp_path: Path, call: Call
) -> None:
    home = Path(shutil.copytree(edge_market.home, tmp_path / "home"))
    workspace = open_workspace({"home": home})
    told = call("ledger", "show", "--home", home, "--json").json
    ledger = ask(workspace, EvidenceQuestion.LEDGER, limit=5)
    msgspec.convert(ledger, LedgerAnswer)
    assert (ledger["head"], ledger["n_entries"]) == (told["head"], told["n_entries"])
    assert [one["number"] for one in ledger["trials"]] == [
        told["n_entries"] - place for place in range(5)
    ]
    assert ledger["families"][0]["symbols"] == ["edge"]
    assert ask(workspace, EvidenceQuestion.LEDGER, symbol="edge")["trials"]
    check = ask(workspace, EvidenceQuestion.LEDGER_CHECK, head=told["head"])
    assert (check["is_sound"], check["n_models"] > 0) == (True, True)
    [market] = ask(workspace, EvidenceQuestion.RETRAINING)["schedule"]
    assert market["champion"] is not None
    call("import", edge_market.past, "--home", home)
    plan = ask(workspace, EvidenceQuestion.PLAN, symbol="edge", interval="1d", years=10.0)
    msgspec.convert(plan, PlanAnswer)
    assert plan["trials"]["is_counted"]
    assert plan["trials"]["n_pipelines"] > 1
    assert plan["market"]["n_bars"] == 2520


def test_a_ledger_that_was_tampered_with_is_an_answer(
    edge_market: EdgeMarket, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(edge_market.home, tmp_path / "home"))
    log = home / "trials.jsonl"
    log.write_bytes(log.read_bytes().replace(b"fit", b"fjt", 1))
    workspace = open_workspace({"home": home})
    found = ask(workspace, EvidenceQuestion.LEDGER)
    assert (found["chain"]["is_sound"], found["head"], found["trials"]) == (False, None, [])
    assert found["chain"]["fault"]
    check = ask(workspace, EvidenceQuestion.LEDGER_CHECK)
    assert (check["is_sound"], check["head"]) == (False, None)


@pytest.mark.timeout(120)
def test_a_calibration_is_told_as_the_command_concludes(workspace: Workspace) -> None:
    setting = CalibrationSetting(options=workspace.gate, n_bars=300)
    workspace.calibrate_gate(CalibrationRequest(setting=setting, n_runs=8, budget_seconds=60.0))
    other = CalibrationSetting(options=workspace.gate.__class__(level=0.05), n_bars=300)
    workspace.calibrate_gate(CalibrationRequest(setting=other, n_runs=8, budget_seconds=60.0))
    found = ask(workspace, EvidenceQuestion.CALIBRATION)
    msgspec.convert(found, CalibrationsAnswer)
    present = [one["is_present_gate"] for one in found["calibrations"]]
    assert sorted(present) == [False, True]
    for one in found["calibrations"]:
        assert one["conclusion"] == "open", "eight runs tell nothing"
        assert "runs without skill" in one["sentence"]
        assert one["snapshot"] is None
        assert {figure["seed"] for figure in one["figures"]} == {0}


def test_an_unknown_symbol_is_an_error(workspace: Workspace) -> None:
    with pytest.raises(UnknownSymbol):
        ask(workspace, EvidenceQuestion.PLAN, symbol="NONE", interval="1d")


def test_lines_are_answered_with_lines_whatever_is_met(workspace: Workspace) -> None:
    out = io.StringIO()
    lines = [
        json.dumps({"number": number, "question": question, "asked": asked})
        for number, (question, asked) in enumerate(
            (
                ("plan", {"n_bars": 500}),
                ("plan", {"symbol": "NONE", "interval": "1d"}),
                ("ledger", {}),
            )
        )
    ]
    answer_lines(HomeEvidence(workspace), lines, out)
    first, second, third = (json.loads(line) for line in out.getvalue().splitlines())
    assert [one["number"] for one in (first, second, third)] == [0, 1, 2]
    assert first["answer"]["market"]["n_bars"] == 500
    assert second["failed"]["kind"] == "UnknownSymbol"
    assert third["answer"]["n_entries"] == 0


def test_json_is_plain() -> None:
    given = {"a": np.float64("nan"), 1: (np.int64(3), [float("inf")]), "b": np.bool_(True)}
    assert make_plain(given) == {"a": None, "1": [3, [None]], "b": True}


SECRETS = {
    "database": "postgresql://me:swordfish@host/name",
    "alert_signing_key": "swordfish",
    "alert_receivers": "desk=https://hooks.example.com/swordfish ops=tgram://swordfish/1",
    "provider_keys": "desk=swordfish ops=ID:swordfish",
    "provider_urls": "desk=https://bars.example.com/{symbol}?t=swordfish ops=https://swordfish/",
}


def is_secret(name: str) -> bool:
    return "SecretStr" in str(Settings.model_fields[name].annotation)


def test_every_secret_setting_is_tried_here() -> None:
    assert {name for name in Settings.model_fields if is_secret(name)} == set(SECRETS)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("place", ["flag", "environment", "file"])
def test_no_secret_is_ever_shown(name: str, place: str, tmp_path: Path) -> None:
    given: Any = SECRETS[name]
    flags: dict[str, object] = {name: given} if place == "flag" else {}
    environment = {f"BELLWETHER_{name.upper()}": given} if place == "environment" else {}
    file = tmp_path / "bellwether.toml"
    file.write_text(f"{name} = {json.dumps(given)}\n" if place == "file" else "")
    settings = load_settings(flags, file=file, environment=environment)
    described = describe_settings(settings)
    assert "swordfish" not in json.dumps(described)
    assert "example" not in json.dumps(described)
    [one] = [one for one in described if one["name"] == name]
    assert one["is_secret"]
    assert one["origin"] == {"flag": "argument"}.get(place, place)
    stars = {"desk": "********", "ops": "********"} if "desk=" in given else "********"
    assert one["value"] == stars
    msgspec.convert({"settings": described}, SettingsAnswer)


def test_stars_do_not_tell_how_long_a_secret_is() -> None:
    shown = [
        describe_settings(load_settings({"alert_signing_key": key}, environment={}))
        for key in ("a", "a" * 100)
    ]
    assert shown[0] == shown[1]


def test_a_password_in_another_setting_is_hidden_too() -> None:
    settings = load_settings({"cors_origins": "https://me:swordfish@desk.example"}, environment={})
    [one] = [one for one in describe_settings(settings) if one["name"] == "cors_origins"]
    assert one["value"] == ["https://********@desk.example"]
    assert SecretStr("x") not in one.values()


def test_settings_tell_where_they_came_from_and_what_they_may_be(tmp_path: Path) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text("cost_bps = 1\nhorizon_bars = 2\nworkers = 3\n")
    environment = {"BELLWETHER_HORIZON_BARS": "4", "BELLWETHER_WORKERS": "5"}
    settings = load_settings({"workers": 6}, file=file, environment=environment)
    by_name = {one["name"]: one for one in describe_settings(settings)}
    assert list(by_name) == list(Settings.model_fields)
    told = [(by_name[name]["value"], by_name[name]["origin"], by_name[name]["place"])
            for name in ("cost_bps", "horizon_bars", "workers", "home")]  # fmt: skip
    assert told == [
        (1.0, "file", "bellwether.toml"),
        (4, "environment", "BELLWETHER_HORIZON_BARS"),
        (6, "argument", None),
        (".bellwether", "default", None),
    ]
    assert (by_name["horizon_bars"]["at_least"], by_name["horizon_bars"]["at_most"]) == (1, 60)
    assert by_name["promotion_level"]["above"] == 0
    assert by_name["low_confidence"]["choices"] == ["rules", "hold"]
    kinds = {name: one["kind"] for name, one in by_name.items()}
    assert (kinds["retraining"], kinds["home"], kinds["serve_names"]) == ("switch", "path", "list")
    assert all(one["meaning"] for one in by_name.values())
