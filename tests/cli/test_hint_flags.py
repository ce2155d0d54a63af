"""What a file may leave open is said alike to every command that reads one."""

from pathlib import Path

import pytest
import typer
from tests.command_line import Call

from bellwether.cli._commands import app
from bellwether.cli._hint_flags import FLAGS

AMBIGUOUS = """Date,Open,High,Low,Close
03/04/2020,1,2,0.5,1.5
04/05/2020,1,2,0.5,1.5
"""


def find_flags() -> dict[str, set[str]]:
    """Return the names of the flags of each command that reads columns of files."""
    found: dict[str, set[str]] = {}
    left = [("", typer.main.get_command(app))]
    while left:
        name, command = left.pop()
        inner = getattr(command, "commands", {})
        left += [(f"{name} {key}".strip(), one) for key, one in inner.items()]
        flags = {flag for one in command.params for flag in one.opts}
        if "--columns" in flags:
            found[name] = flags
    return found


def test_every_command_that_reads_columns_takes_all_that_files_leave_open() -> None:
    found = find_flags()
    assert {"import", "doctor", "settle", "replay", "plan", "audit", "rehearse"} <= set(found)
    for name, flags in found.items():
        assert {f"--{flag}" for flag in FLAGS} <= flags, name


def test_a_flag_decides_what_the_file_leaves_open(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "open.csv"
    path.write_text(AMBIGUOUS, encoding="utf-8")
    asked = ("features", "show", "core14", path, "--without-outcomes")
    assert "--dates day-first" in call(*asked).err
    assert "--dates day-first" not in call(*asked, "--dates", "month-first").err
