"""The command that serves: what it takes, and what it hands on to its workers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from bellwether.cli._serve_app import app
from bellwether.cli._serve_commands import _repeat_flags
from bellwether.settings import load_settings

Call = Callable[..., Any]


def repeat(*arguments: str) -> list[str]:
    group: Any = typer.main.get_command(app)
    context = group.commands["serve"].make_context("serve", list(arguments))
    return _repeat_flags(context)


@pytest.mark.parametrize(
    ("given", "repeated"),
    [
        ((), []),
        (("--workers", "2", "--port=0"), ["--port=0", "--workers=2"]),
        (("--models-required", "--no-access-log"), ["--models-required", "--no-access-log"]),
        (("--no-page",), ["--no-page"]),
        (("--access-log", "--time-budget", "0.5"), ["--time-budget=0.5", "--access-log"]),
        (("--home", "a folder", "--calendar", "24/7"), ["--calendar=24/7", "--home=a folder"]),
    ],
)
def test_workers_are_given_the_flags_that_their_parent_was_given(
    given: tuple[str, ...], repeated: list[str]
) -> None:
    assert repeat(*given) == repeated
    assert repeat(*repeated) == repeated


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (("--log-format", "xml"), "log_format"),
        (("--port", "70000"), "--port"),
        (("--workers", "0"), "--workers"),
        (("--time-budget", "0"), "time_budget_seconds"),
    ],
)
def test_a_flag_out_of_range_is_one_message(
    flags: tuple[str, ...], named: str, call: Call, tmp_path: Path
) -> None:
    answer = call("serve", *flags, "--home", tmp_path / "home")
    assert answer.code in (2, 10)
    assert named in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "home").exists()


def test_what_workers_are_given_by_their_parent_is_not_in_the_help(call: Call) -> None:
    answer = call("serve", "--help")
    assert answer.code == 0
    assert "--workers" in answer.out
    assert "--fd" not in answer.out
    assert "--place" not in answer.out


@pytest.mark.parametrize("given", ["a.example, b.example", "a.example b.example"])
def test_names_of_the_service_are_a_list_in_the_environment_too(given: str) -> None:
    settings = load_settings(environment={"BELLWETHER_SERVE_NAMES": given})
    assert settings.serve_names == ("a.example", "b.example")
