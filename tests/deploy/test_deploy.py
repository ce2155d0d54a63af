"""What stands in deploy/ holds together, and names only what the service has."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import typer
import yaml  # type: ignore[import-untyped]

from bellwether.adapters import BundleFolder, MemoryRegistry
from bellwether.cli._commands import app as command_line
from bellwether.clock import FixedClock
from bellwether.http import FixedCalendars, HttpPorts, make_app
from bellwether.monitor import CONDITIONS
from bellwether.registry import LoadedBundle, make_rules_bundle, open_bundle, pack_bundle
from bellwether.service import FallbackReason, PredictPorts, Rung
from bellwether.settings import ENVIRONMENT_PREFIX, Settings

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"
UNIT = DEPLOY / "systemd" / "bellwether.service"
RULES = DEPLOY / "prometheus" / "bellwether.rules.yml"
DASHBOARD = DEPLOY / "grafana" / "bellwether.json"
NAME = re.compile(r"\b(?:bellwether|process)_[a-z0-9_]+\b")
# What Prometheus itself knows, and what the rules record.
KNOWN = {"up"}
VALUES = {
    "source": {rung.value for rung in Rung},
    "reason": {reason.value for reason in FallbackReason} | {"none"},
    "loaded": {"true", "false"},
    "condition": set[str](CONDITIONS),
    "job": {"bellwether"},
    "status": {"200", "404", "422", "500", "503"},
    "route": {"/v1/health/ready", "/v1/predict"},
}


class Rules:
    """The rules' bundle, from memory."""

    def __init__(self) -> None:
        self._loaded = open_bundle(pack_bundle(make_rules_bundle()), "rules")

    def load(self) -> LoadedBundle:
        return self._loaded


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the name of every series that a running app gives at /metrics."""
    clock = FixedClock(np.datetime64("2026-11-20T22:00"))
    bundles = BundleFolder(tmp_path_factory.mktemp("bundles"))
    predict = PredictPorts(
        registry=MemoryRegistry(clock), bundles=bundles, rules=Rules(), clock=clock
    )
    app = make_app(HttpPorts(predict=predict, files=bundles, calendars=FixedCalendars()))

    async def scrape() -> str:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/metrics")).text

    types = re.findall(r"^# TYPE (\S+) (\S+)$", asyncio.run(scrape()), flags=re.MULTILINE)
    assert types
    names = {name for name, _ in types}
    histograms = {name for name, kind in types if kind == "histogram"}
    return names | {f"{name}_{part}" for name in histograms for part in ("bucket", "sum", "count")}


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    return [rule for group in read_yaml(RULES)["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """Yield every expression of the rules and the dashboard, with whose it is."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


EXPRESSIONS = list(expressions())
every_expression = pytest.mark.parametrize(
    ("where", "expression"), EXPRESSIONS, ids=[where for where, _ in EXPRESSIONS]
)


@every_expression
def test_every_metric_that_is_watched_is_exposed(
    where: str, expression: str, exposed: set[str]
) -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    bare = re.sub(r'"[^"]*"', "", expression)
    for name in recorded:
        bare = bare.replace(name, "")
    assert "bellwether:" not in bare, "recorded nowhere"
    assert set(NAME.findall(bare)) - exposed - {"bellwether"} == set()


@every_expression
def test_every_value_that_is_watched_for_can_occur(where: str, expression: str) -> None:
    for label, operator, value in re.findall(r'(\w+)(=~|!=|!~|=)"([^"]*)"', expression):
        pattern = value if "~" in operator else re.escape(value)
        for alternative in pattern.split("|"):
            assert any(re.fullmatch(alternative, one) for one in VALUES[label]), (label, value)


def test_an_operator_is_told_of_what_matters() -> None:
    watched = " ".join(rule["expr"] for rule in rules() if "alert" in rule)
    for name in (
        "up{", "bellwether_ready", "bellwether:fallback_share", "bellwether_journal_failures_total",
        "bellwether:answer_seconds:p99", "bellwether_model_process_restarts_total",
        "bellwether_worker_restarts_total",
    ):  # fmt: skip
        assert name in watched


@pytest.mark.parametrize("rule", [rule for rule in rules() if "alert" in rule])
def test_every_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert len(rule["annotations"]["description"]) > 20


def test_the_dashboard_has_no_two_panels_of_one_id_or_at_one_place() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len({panel["id"] for panel in panels}) == len(set(places)) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@pytest.mark.parametrize(
    "path", sorted([*DEPLOY.rglob("*.y*ml"), *DEPLOY.rglob("*.json")]), ids=lambda path: path.name
)
def test_every_file_can_be_read(path: Path) -> None:
    assert read_yaml(path)  # JSON is YAML too


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_the_rules() -> None:
    subprocess.run(["promtool", "check", "rules", str(RULES)], check=True)


# --- the unit ---------------------------------------------------------------------------------


def unit_values(name: str) -> list[str]:
    text = UNIT.read_text(encoding="utf-8")
    return re.findall(rf"^{name}=(.*)$", text, flags=re.MULTILINE)


def options_of(command: str) -> set[str]:
    """Return every option of a command of the terminal."""
    group: Any = typer.main.get_command(command_line)
    return {
        option
        for parameter in group.commands[command].params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }


def check_command(words: list[str]) -> None:
    """Check a command line that begins with the program's name."""
    program, command, *flags = words
    assert Path(program).name == "bellwether"
    assert {flag for flag in flags if flag.startswith("-")} <= options_of(command)


def test_the_unit_starts_what_there_is() -> None:
    [start] = unit_values("ExecStart")
    check_command(shlex.split(start))


def test_every_setting_that_is_named_exists() -> None:
    named = {
        name
        for path in (UNIT, DEPLOY / "Dockerfile", DEPLOY / "compose.yaml")
        for name in re.findall(rf"\b{ENVIRONMENT_PREFIX}([A-Z_]+)", path.read_text("utf-8"))
    }
    assert {"HOME", "SERVE_HOST"} <= named
    assert {name.lower() for name in named if name[-1] != "_"} <= set(Settings.model_fields)


def test_the_unit_waits_for_as_long_as_an_end_may_take() -> None:
    fields = Settings.model_fields
    longest = fields["drain_seconds"].default + fields["grace_seconds"].default
    assert float(unit_values("TimeoutStopSec")[0]) > longest + 10.0
    assert float(unit_values("WatchdogSec")[0]) >= 10.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DynamicUser", "yes"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("Restart", "on-failure"),
        ("KillMode", "mixed"),
        ("Type", "notify"),
    ],
)
def test_the_unit_is_hardened(name: str, value: str) -> None:
    assert unit_values(name) == [value]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8")
    here = tmp_path / UNIT.name
    here.write_text(text.replace("/opt/bellwether/bin/bellwether", sys.executable), "utf-8")
    found = subprocess.run(
        ["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False
    )
    assert "bellwether.service" not in found.stderr, found.stderr


# --- the image and its company ----------------------------------------------------------------


def instructions(name: str) -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^{name}\s+(.*)$", text, flags=re.MULTILINE)


def test_the_image_installs_extras_and_starts_a_program_that_exist() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    installed = {
        extra
        for line in instructions("RUN")
        for extras in re.findall(r"\[([a-z,]+)\]", line)
        for extra in extras.split(",")
    }
    assert installed == {"serve", "postgres"}
    assert installed <= project["optional-dependencies"].keys()
    [entry] = json.loads(instructions("ENTRYPOINT")[0])
    flags = json.loads(instructions("CMD")[-1])
    assert entry in project["scripts"]
    check_command([entry, *flags])


def test_the_image_copies_what_there_is_and_runs_as_nobody_special() -> None:
    copied = [word for line in instructions("COPY") for word in line.split()[:-1]]
    assert all((REPOSITORY / word).exists() for word in copied if not word.startswith("--"))
    assert instructions("USER") == ["bellwether"]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8")
    assert {f"!{word}" for word in copied} - {"!./src", "!./"} <= set(ignored.split())


def test_everything_the_composition_refers_to_is_there() -> None:
    composition = read_yaml(DEPLOY / "compose.yaml")
    for name, service in composition["services"].items():
        assert set(service.get("secrets", ())) <= composition["secrets"].keys(), name
        assert set(service.get("depends_on", ())) <= composition["services"].keys(), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            there = (
                (DEPLOY / source).exists() if source[0] == "." else source in composition["volumes"]
            )
            assert there, volume
    check_command(["bellwether", *composition["services"]["bellwether"]["command"]])


def test_only_this_machine_reaches_the_composition() -> None:
    for service in read_yaml(DEPLOY / "compose.yaml")["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


@pytest.mark.enable_socket
def test_the_health_check_of_the_image_tells_health_from_its_absence(tmp_path: Path) -> None:
    check = json.loads(instructions("HEALTHCHECK")[0].partition("CMD")[2])
    service = subprocess.Popen(
        [sys.executable, "-m", "bellwether", "serve", "--port", "0", "--home", str(tmp_path)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert service.stderr is not None
    try:
        port = service.stderr.readline().partition("127.0.0.1:")[2].partition("/")[0]
        # A minute in place of the two seconds: it may still be starting.
        script = check[2].replace(":8017", f":{port}").replace("timeout=2", "timeout=60")
        assert script != check[2]
        assert subprocess.run([sys.executable, *check[1:2], script], check=False).returncode == 0
        service.send_signal(signal.SIGTERM)
        assert service.wait(60) == 0
        gone = subprocess.run(
            [sys.executable, *check[1:2], script], check=False, stderr=subprocess.DEVNULL
        )
        assert gone.returncode != 0
    finally:
        service.kill()
        service.communicate()


# --- the page for operators -------------------------------------------------------------------


def test_every_setting_and_flag_that_the_page_names_exists() -> None:
    page = (REPOSITORY / "docs" / "how_to" / "run-in-production.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[a-z_`, ]+) \| .* \| .* \|$", page, flags=re.MULTILINE)
    settings = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert {"serve_host", "drain_seconds", "log_format"} <= settings <= set(Settings.model_fields)
    flags = set(re.findall(r"`(--[a-z-]+)", page))
    assert flags <= options_of("serve")


def test_every_alert_that_wakes_somebody_is_on_the_page() -> None:
    page = (REPOSITORY / "docs" / "how_to" / "run-in-production.md").read_text("utf-8")
    words = {
        "BellwetherDown": "down",
        "BellwetherNotReady": "not ready",
        "BellwetherJournalFails": "journal",
    }
    waking = {rule["alert"] for rule in rules() if rule.get("labels", {}).get("severity") == "page"}
    assert waking == words.keys()
    assert all(word in page for word in words.values())
