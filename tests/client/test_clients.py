"""Both clients at the door of the real service: every method says the same."""

import datetime as dt
import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from bellwether.bars import COLUMNS
from bellwether.client import (
    AsyncClient,
    BarsUnusable,
    Client,
    DownloadDamaged,
    Prediction,
    ServiceProblem,
    ServiceUnreachable,
)
from bellwether.client import _predicting as predicting
from bellwether.monitor import Standing
from bellwether.registry import open_bundle
from bellwether.watch import Checkpoint, Finding, raise_findings

pytestmark = pytest.mark.enable_socket
Service = Any  # the class lives in conftest, which is no module
Ask = Callable[..., Any]
# Which method asks for which operation of the OpenAPI; its own name where it is not here.
METHODS = {
    "list_predictions": "predictions",
    "show_prediction": "prediction",
    "replay_prediction": "replay",
    "list_models": "models",
    "show_model": "model",
    "show_verdict": "verdict",
    "promote_model": "promote",
    "roll_back": "rollback",
    "upload_model": "upload_bundle",
    "list_symbols": "symbols",
    "list_snapshots": "snapshots",
    "show_snapshot": "snapshot",
    "show_quality": "quality",
    "show_bars": "bars",
    "show_serving": "serving",
    "show_calendar": "calendar",
    "download_rules": "rules_bundle",
    "show_monitor": "monitor",
    "show_watched": "watched",
    "list_alerts": "alerts",
    "show_alert": "alert",
    "list_jobs": "jobs",
    "show_job": "job",
    "show_plan": "plan",
    "show_calibration": "calibration",
    "show_ledger": "ledger",
    "show_account": "account",
    "show_hit_rates": "hit_rates",
    "list_outcomes": "outcomes",
    "show_retraining": "retraining",
    "show_settings": "settings",
}
# Methods that put others together.
BESIDES = {"close", "hold", "train", "wait_for_job"}


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_every_operation_of_the_service_has_its_method_and_every_method_its_operation(
    ask: Ask,
) -> None:
    paths = ask("openapi")["paths"].values()
    names = {one["operationId"] for methods in paths for one in methods.values()}
    names |= {"upload_model"}  # not every service takes bundles in
    assert {METHODS.get(name, name) for name in names} | BESIDES == public(Client)


def test_both_clients_have_the_same_methods_that_take_the_same() -> None:
    assert public(Client) == public(AsyncClient)
    for name in public(Client) - {"close"}:
        waiting, awaiting = (
            inspect.signature(getattr(kind, name)).parameters for kind in (Client, AsyncClient)
        )
        assert f"{waiting}" == f"{awaiting}", name
        assert getattr(Client, name).__doc__ == getattr(AsyncClient, name).__doc__


def test_a_method_shows_what_it_returns() -> None:
    assert inspect.signature(Client.predict).return_annotation is Prediction
    shown = inspect.signature(AsyncClient.predictions).return_annotation
    assert str(shown) == "collections.abc.AsyncIterator[bellwether.client._values.Entry]"


def test_bars_of_any_make_are_answered_alike(ask: Ask, service: Service) -> None:
    bars = service.bars
    frame = {name: getattr(bars, name) for name in ("closed_at", *COLUMNS)}
    first = ask("predict", bars)
    assert isinstance(first, Prediction)
    assert (first.symbol, first.source.kind, first.rung) == ("WORLD", "rules", "rules")
    assert first.as_of == dt.datetime.fromisoformat(f"{bars.closed_at[-1]}Z")
    assert first.reasons
    for same in (
        service.columns,
        {name.upper(): column for name, column in frame.items()},
        pl.DataFrame(frame),
        pd.DataFrame(frame),
        pd.DataFrame(frame).set_index("closed_at"),
        pd.DataFrame(frame).assign(closed_at=pd.to_datetime(bars.closed_at, utc=True)),
    ):
        assert ask("predict", same, symbol="WORLD", interval="1d") == first


def test_what_a_page_needs_to_climb_the_ladder_by_itself_is_lent(
    ask: Ask, service: Service
) -> None:
    found = ask("serving", service.bars.symbol, "1d", horizon_bars=1)
    assert (found["symbol"], found["rules"]) == (service.bars.symbol, "/v1/rules/bundle")
    last = service.bars.closed_at[-1]
    closes = ask("calendar", "world", since=f"{last}Z")["closes_at"]
    assert closes[0] == last.astype("datetime64[us]").astype(np.int64)
    assert open_bundle(ask("rules_bundle"), "rules").manifest.kind == "rules"


def test_what_is_asked_besides_the_bars_is_passed_on(ask: Ask, service: Service) -> None:
    assert ask("predict", service.bars, horizon_bars=3, calendar="world").horizon_bars == 3
    assert ask("predict", service.bars, symbol="OTHER").symbol == "OTHER"


def test_many_bars_go_in_binary_and_are_answered_alike(
    ask: Ask, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask("predict", service.bars, horizon_bars=2)
    several = ask("predict_batch", [service.bars, replace(service.bars, symbol="OTHER")])
    monkeypatch.setattr(predicting, "BINARY_FROM_BARS", 1)
    assert ask("predict", service.bars, horizon_bars=2) == before
    assert all(one.explanation for one in ask("predict_batch", [service.bars], why=True))
    again = ask("predict_batch", {"WORLD": service.bars, "OTHER": service.columns})
    assert again == several


def test_a_large_batch_goes_in_parts_and_comes_back_in_order(
    ask: Ask, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predicting, "MOST_A_BATCH", 2)
    names = [f"S{number}" for number in range(5)]
    found = ask("predict_batch", dict.fromkeys(names, service.columns))
    assert [one.symbol for one in found] == names
    monkeypatch.setattr(predicting, "MOST_A_BATCH", 1000)
    monkeypatch.setattr(predicting, "MOST_BATCH_BYTES", 1)
    assert ask("predict_batch", dict.fromkeys(names, service.columns)) == found
    assert ask("predict_batch", {}) == ()


def test_bars_that_break_the_contract_are_an_answer(ask: Ask, service: Service) -> None:
    broken = {**service.columns, "close": [*service.columns["close"][:-1], float("nan")]}
    found = ask("predict", broken, symbol="WORLD")
    assert (found.direction, found.fallback_reason) == ("HOLD", "data_contract_broken")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"volume": None}, "columns closed_at"),
        ({"closed_at": ["2020-01-02T21:00:00"]}, "instants in closed_at"),
        ({"closed_at": [dt.date(2020, 1, 2)]}, "instants in closed_at"),
        ({"closed_at": [True]}, "instants in closed_at"),
        ({"open": ["one"]}, "numbers in open"),
    ],
)
def test_bars_that_cannot_be_sent_are_said_to_be_so(
    ask: Ask, service: Service, changes: dict[str, Any], expected: str
) -> None:
    columns = {**service.columns, **changes}
    columns = {name: column for name, column in columns.items() if column is not None}
    with pytest.raises(BarsUnusable, match=expected):
        ask("predict", columns, symbol="WORLD")


def test_bars_without_a_name_and_a_batch_of_one_market_are_noticed(
    ask: Ask, service: Service
) -> None:
    with pytest.raises(BarsUnusable, match="name of a symbol"):
        ask("predict", service.columns)
    with pytest.raises(BarsUnusable, match="several markets"):
        ask("predict_batch", service.columns)


def test_stored_symbols_are_predicted_listed_and_fetched(ask: Ask, service: Service) -> None:
    answer = ask("predict_symbol", "WORLD")
    assert (answer.symbol, answer.rung) == ("WORLD", "rules")
    known, unknown = ask("predict_symbols", ["WORLD", "NO/BODY"])
    assert (known, unknown) == (answer, None)
    [told] = ask("predict_symbols", ["WORLD"], why=True)
    assert told == ask("predict_symbol", "WORLD", why=True)
    assert "no model answered" in told.explanation.trouble
    [market] = ask("symbols")
    assert market == ask("snapshot", market.digest)
    assert ask("snapshots", symbol="WORLD", limit=1) == [market]
    assert ask("quality", market.digest).n_kept == len(service.bars)
    stored = ask("bars", "WORLD", last=200)
    assert stored.close == tuple(service.bars.close[-200:])
    assert ask("predict", stored).symbol == "WORLD"
    with pytest.raises(ServiceProblem) as problem:
        ask("predict_symbol", "NO/BODY")
    assert (problem.value.status, problem.value.kind) == (404, "unknown-symbol")


def test_bars_are_imported_from_memory_and_from_a_file(ask: Ask, service: Service) -> None:
    done = ask("import_bars", replace(service.bars[:-5], symbol="NEW"))
    assert (done.snapshot.symbol, done.snapshot.n_bars) == ("NEW", len(service.bars) - 5)
    frame = {name: getattr(service.bars, name) for name in COLUMNS}
    path = service.folder / "NEW.csv"
    pl.DataFrame({"date": service.bars.closed_at, **frame}).write_csv(path)
    again = ask("import_bars", path, calendar="24/7")
    assert again.snapshot.symbol == "NEW"
    assert again.in_words


def test_answers_of_the_past_are_listed_across_pages(ask: Ask, service: Service) -> None:
    told = [ask("predict", service.bars, horizon_bars=n) for n in (1, 2, 3)]
    entries = ask("predictions", symbol="WORLD", source="rules", limit=2)
    assert [entry.prediction for entry in entries] == told[::-1]
    assert ask("prediction", told[0].prediction_id) == entries[-1]
    day = service.bars.closed_at[-1].astype("datetime64[D]").item()
    assert len(ask("predictions", as_of_from=day, as_of_to=day, order="oldest")) == 3
    assert ask("predictions", settled="hit") == []
    assert ask("predictions", as_of_to=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)) == []


def test_an_answer_is_computed_again_and_settled(ask: Ask, service: Service) -> None:
    bars = replace(service.bars[:-7], symbol="OTHER")  # which the service does not have
    told = ask("predict", bars)
    assert ask("replay", told.prediction_id).outcome == "needs the bars back"
    again = ask("replay", told.prediction_id, {**service.columns, "interval": "1d"}, symbol="OTHER")
    assert again.is_same
    assert again.then == again.again == told
    done = ask("settle", bars)
    assert (done.settled, done.n_waiting) == ((), 1)
    assert ask("settle", symbol="WORLD").settled == ()


def test_the_chain_is_verified_against_a_head_noted_down(ask: Ask, service: Service) -> None:
    ask("predict", service.bars)
    head = ask("journal_head")
    assert head.head == f"{head.number}:{head.digest}"
    assert ask("verify_journal", head.head).sound
    assert not ask("verify_journal", f"1:{'0' * 64}").sound


def test_models_are_listed_across_pages_and_shown(ask: Ask, service: Service) -> None:
    digest = service.register("m1")
    for number in (2, 3):
        service.register(f"m{number}")
    assert [model.model_id for model in ask("models", limit=2)] == ["m1", "m2", "m3"]
    model = ask("model", "m1")
    assert (model.bundle_digest, model.stage, model.symbols) == (digest, "candidate", ("WORLD",))
    assert ask("verdict", "m1")["decision"] == "NO_SKILL"


def test_what_the_law_forbids_is_a_problem_with_its_reason(ask: Ask, service: Service) -> None:
    with pytest.raises(ServiceProblem) as nobody:
        ask("rollback", "wor/ld", interval="1d", reason="it lost its skill")
    assert nobody.value.status == 404
    with pytest.raises(ServiceProblem) as unknown:
        ask("promote", "nobody", reason="I like it")
    problem = unknown.value
    assert (problem.status, problem.kind) == (404, "unknown-model")
    assert problem.request_id
    assert "known models" in problem.hint
    assert str(problem) == f"expected {problem.expected}, was {problem.was}; {problem.hint}"


def test_a_bundle_is_downloaded_and_taken_up_where_it_broke_off(
    ask: Ask, service: Service, tmp_path: Path
) -> None:
    digest = service.register("m1")
    whole = service.ports.files.path("m1").read_bytes()
    path = tmp_path / "deep" / "m1.bundle"
    assert ask("download_bundle", "m1", path) == path
    assert path.read_bytes() == whole
    for n_there in (len(whole) // 2, len(whole)):
        path.with_name(f"m1.bundle.{digest[:12]}.part").write_bytes(whole[:n_there])
        ask("download_bundle", "m1", str(path))
        assert path.read_bytes() == whole
    assert [one.name for one in path.parent.iterdir()] == ["m1.bundle"]


def test_a_download_that_is_not_the_bundle_leaves_nothing(
    ask: Ask, service: Service, tmp_path: Path
) -> None:
    digest = service.register("m1")
    path = tmp_path / "m1.bundle"
    path.with_name(f"m1.bundle.{digest[:12]}.part").write_bytes(b"the half of something else")
    with pytest.raises(DownloadDamaged):
        ask("download_bundle", "m1", path)
    assert not path.exists()
    assert ask("download_bundle", "m1", path).exists()


def test_a_job_is_followed_to_its_end(ask: Ask) -> None:
    job = ask("train", ["WORLD"], universe="world", budget="90s")
    assert (job.kind, job.asked["universe"]) == ("train", "world")
    events = ask("job_events", job.job_id)
    assert [event.data.get("state") or event.data["share"] for event in events] == [
        "running", 0.5, 1.0, "done",
    ]  # fmt: skip
    assert ask("job_events", job.job_id, after=events[1].number) == events[2:]
    assert ask("job_events", job.job_id, after=events[-1].number) == []
    ended = ask("wait_for_job", job.job_id)
    assert (ended.state, ended.result, ended.has_ended) == ("done", {"verdict": "NO_SKILL"}, True)
    assert ask("cancel_job", job.job_id).state == "done"
    assert [one.job_id for one in ask("jobs", limit=1)] == [job.job_id]


def test_a_job_that_cannot_be_is_a_problem(ask: Ask) -> None:
    with pytest.raises(ServiceProblem, match="of the form"):
        ask("submit_job", "fly")
    with pytest.raises(ServiceProblem):
        ask("train", ["NOBODY"])
    with pytest.raises(ServiceProblem) as unknown:
        ask("job_events", "job-99999999")
    assert unknown.value.status == 404


def test_alerts_are_listed_shown_and_acknowledged(ask: Ask, service: Service) -> None:
    found = [
        Finding(subject=f"S{n}", channel="data", condition="amber", words="frozen", facts={"n": n})
        for n in range(3)
    ]
    raise_findings(found, service.ports.alerts, service.bars.closed_at[-1])
    listed = ask("alerts", limit=2, channel="data")
    assert sorted(one.subject for one in listed) == ["S0", "S1", "S2"]
    assert ask("alerts", state="over") == []
    known = ask("acknowledge_alert", listed[0].episode_id, by="ann", words="seen")
    assert (known.acknowledged.by, known.acknowledged.words) == ("ann", "seen")
    story = ask("alert", listed[0].episode_id)
    assert [step.event for step in story.steps] == ["opened", "acknowledged"]
    assert story.episode == known
    with pytest.raises(ServiceProblem) as caught:
        ask("acknowledge_alert", "0" * 16, by="ann", words="seen")
    assert caught.value.status == 404


def test_the_service_says_how_it_is(ask: Ask) -> None:
    assert ask("live") is True
    assert ask("ready").ready
    status = ask("status")
    assert status.available
    assert status.started_at.tzinfo is not None
    assert "bellwether_requests" in ask("metrics")


def test_a_service_that_is_not_ready_says_why_at_once(ask_script: Callable[..., Ask]) -> None:
    import httpx  # noqa: PLC0415

    problem = {"expected": "rules that can answer", "was": "none", "hint": "reinstall"}
    headers = {"content-type": "application/problem+json"}
    asked = []

    def script(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(503, json=problem, headers=headers)

    found = ask_script(script)("ready")
    assert (found.ready, found.why_not) == (False, "expected rules that can answer, was none")
    assert len(asked) == 1


def test_nobody_at_the_address_is_said_so(unused_port: int) -> None:
    with (
        Client(f"http://127.0.0.1:{unused_port}", most_attempts=1) as client,
        pytest.raises(ServiceUnreachable),
    ):
        client.live()


@pytest.fixture
def unused_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def test_numbers_are_sent_to_the_last_digit(ask: Ask, service: Service) -> None:
    odd = np.nextafter(service.bars.close, np.inf)
    bars = replace(service.bars, close=odd, high=np.maximum(service.bars.high, odd))
    assert ask("predict", bars).bars_digest != ask("predict", service.bars).bars_digest


def test_what_watching_came_to_is_told(ask: Ask, service: Service) -> None:
    service.register("m-1")
    red = Standing(
        model_id="m-1", condition="red", answers=False, accuracy=0.47, fallback_accuracy=0.51
    )
    contents = {
        "standing/m-1": red.to_json(),
        "watch/m-1": {"facts": {"e_value": 1300.0}},
        "watch/last": {"at": f"{service.bars.closed_at[-1]}Z"},
    }
    kept = [Checkpoint(name=name, number=1, content=one) for name, one in contents.items()]
    service.ports.checkpoints.save(kept)
    found = ask("monitor")
    assert found.last_check.age_seconds == 3600.0
    [model] = found.models
    assert (model.model_id, model.stage, model.evidence) == ("m-1", "candidate", 1300.0)
    assert (model.standing.condition, model.standing.answers) == ("red", False)
    assert ask("watched", "m-1") == {"facts": {"e_value": 1300.0}}
    with pytest.raises(ServiceProblem) as nobody:
        ask("watched", "nobody")
    assert (nobody.value.status, nobody.value.kind) == (404, "model-not-watched")
