"""The commands about alerts, on a home where something is wrong."""

import socket
from pathlib import Path

import pytest
from tests.command_line import Call

from bellwether.bootstrap import open_alerts, open_workspace
from bellwether.monitor import alarm_facts
from bellwether.watch import AlertPorts, Finding, raise_findings

SECRET = "hunter2-swordfish"  # noqa: S105 - what must not be told


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let nothing lie about in the working directory, and no setting come from outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("BELLWETHER_HOME", str(tmp_path / "home"))


def go_wrong(subject: str = "spy-1d-h1-2018") -> AlertPorts:
    """Raise one alert at home."""
    workspace = open_workspace()
    ports = open_alerts(workspace)
    found = Finding(
        subject=subject,
        channel="performance",
        condition="red",
        words="accuracy is below its floor",
        facts=alarm_facts(e_value=1300.0, effective_sample_size=212.0, done="the rules answer"),
    )
    raise_findings([found], ports, workspace.clock.now())
    return ports


def test_a_home_where_nothing_is_wrong_says_so(call: Call) -> None:
    told = call("alerts")
    assert (told.code, told.out) == (0, "Nothing is wrong, as far as it was looked at.\n")
    assert call("alerts", "--json").json["episodes"] == []


def test_what_is_wrong_is_listed_with_its_facts(call: Call) -> None:
    go_wrong()
    told = call("alerts").out
    [id_line] = [line for line in told.splitlines() if line.strip().isalnum()]
    assert len(id_line.strip()) == 16
    for word in ("performance of spy-1d-h1-2018", "red", "below its floor", "e-value", "212"):
        assert word in told
    [episode] = call("alerts", "--json").json["episodes"]
    assert episode["facts"]["done"] == "the rules answer"
    assert (episode["condition"], episode["acknowledged"]) == ("red", None)


def test_somebody_acknowledges_and_everybody_sees_it(call: Call) -> None:
    [episode] = go_wrong().book.open_episodes()
    done = call(
        "alerts", "acknowledge", episode.episode_id, "--by", "ann", "--words", "retraining tonight"
    )
    assert done.out == f"Noted: ann knows of {episode.episode_id}.\n"
    assert "ann: retraining tonight" in call("alerts").out
    steps = call("alerts", "show", episode.episode_id)
    assert "acknowledged; by ann; retraining tonight" in steps.out
    shown = call("alerts", "show", episode.episode_id, "--json").json
    assert [one["event"] for one in shown["changes"]] == ["opened", "acknowledged"]
    again = ("--by", "bob", "--words", "and me", "--json")
    told = call("alerts", "acknowledge", episode.episode_id, *again).json
    assert told["acknowledged"]["by"] == "bob"


def test_an_alert_that_is_not_there_is_named_with_those_that_are(call: Call) -> None:
    [episode] = go_wrong().book.open_episodes()
    told = call("alerts", "acknowledge", "0" * 16, "--by", "ann", "--words", "seen")
    assert told.code == 11
    assert episode.episode_id in told.err


def test_more_alerts_than_a_screen_holds_are_counted(call: Call) -> None:
    workspace = open_workspace()
    found = [
        Finding(subject=f"S{n}", channel="data", condition="amber", words="frozen", facts={})
        for n in range(25)
    ]
    raise_findings(found, open_alerts(workspace), workspace.clock.now())
    assert "and 5 earlier" in call("alerts").out
    assert len(call("alerts", "--all", "--json").json["episodes"]) == 25


def test_a_test_reaches_the_log(call: Call) -> None:
    told = call("alerts", "test")
    assert (told.code, told.out) == (0, "log: told\n")


@pytest.mark.enable_socket
def test_a_receiver_that_is_gone_is_said_to_be_so_without_its_address(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://ann:{SECRET}@127.0.0.1:{probe.getsockname()[1]}/{SECRET}"
    monkeypatch.setenv("BELLWETHER_ALERT_RECEIVERS", f"desk={url}")
    monkeypatch.setenv("BELLWETHER_ALERT_SIGNING_KEY", SECRET)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    told = call("alerts", "test")
    assert (told.code, told.out) == (1, "log: told\ndesk: not told: nobody who listens there\n")
    tried = call("alerts", "test", "--json").json["receivers"]
    assert [one["is_told"] for one in tried] == [True, False]
    go_wrong()
    listed = call("alerts")
    assert "Not told yet: desk, 1 of the notices: nobody who listens there" in listed.out
    receivers = call("alerts", "--json").json["receivers"]
    assert [one["n_waiting"] for one in receivers] == [0, 1]
    assert SECRET not in f"{told.out}{told.err}{tried}{listed.out}{listed.err}{receivers}"


def test_a_receiver_without_an_address_is_refused_and_not_repeated(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_ALERT_RECEIVERS", f"desk={SECRET}")
    told = call("alerts")
    assert told.code == 2
    assert "alert_receivers" in told.err
    assert SECRET not in told.err
