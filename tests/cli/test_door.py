"""Where errors become one message and one exit code."""

import contextlib
import io
import json
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
import typer

from bellwether.bars import SourceMissing
from bellwether.cli._door import Stopped, _give_up, explain, make_console, print_json, run
from bellwether.errors import BellwetherError, ServiceError


def raising(error: BaseException) -> Callable[[], NoReturn]:
    def command() -> NoReturn:
        raise error

    return command


def tell(command: Callable[[], object], *, as_json: bool = False) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(command, as_json=as_json)
    return code, out.getvalue(), err.getvalue()


def branches(kind: type[BellwetherError] = BellwetherError) -> Iterator[type[BellwetherError]]:
    for branch in kind.__subclasses__():
        yield branch
        yield from branches(branch)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SourceMissing("bars.csv", "no such file"), 3),
        (ServiceError("a", "b", "c"), 9),
        (typer.BadParameter("no such plan"), 2),
        (Stopped(signal.SIGINT), 130),
        (Stopped(signal.SIGTERM), 143),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (OSError(28, "No space left on device"), 74),
        (MemoryError(), 71),
        (ZeroDivisionError("division by zero"), 70),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_each_kind_of_error_has_its_exit_code_and_one_json_object(
    error: BaseException, code: int
) -> None:
    found, out, err = tell(raising(error), as_json=True)
    told = json.loads(out)
    assert found == code
    assert told.keys() == {"error"}
    assert told["error"]["exit_code"] == code
    assert told["error"]["message"]
    assert err.count("bellwether: ") == 1


def test_every_error_of_ours_has_an_exit_code_of_its_own_kind() -> None:
    codes = {branch.__name__: branch.exit_code for branch in branches()}
    of_the_system = {74}  # a place that cannot be listened at, as files that cannot be read
    assert set(codes.values()) <= set(range(2, 12)) | of_the_system


def test_a_message_says_what_was_expected_and_found_and_what_to_do() -> None:
    code, out, err = tell(raising(SourceMissing("bars.csv", "no such file")))
    assert (code, out) == (3, "")
    assert err == (
        "bellwether: expected a file of bars in bars.csv, was no such file\n"
        "What to do: check the path, and who may read it\n"
    )


def test_json_keeps_the_three_facts_apart() -> None:
    facts = explain(ServiceError("an answer", "none", "ask again")).to_json()
    assert facts == {
        "type": "ServiceError",
        "message": "expected an answer, was none; ask again",
        "expected": "an answer",
        "was": "none",
        "hint": "ask again",
        "exit_code": 9,
    }


def test_only_a_defect_shows_where_it_happened(caplog: pytest.LogCaptureFixture) -> None:
    tell(raising(SourceMissing("bars.csv", "no such file")))
    assert not caplog.records
    tell(raising(ZeroDivisionError("division by zero")))
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_control_letters_of_a_file_do_not_reach_the_terminal() -> None:
    _, _, err = tell(raising(ServiceError("words", "\x1b[2Jboo", "look")))
    assert "\x1b" not in err


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (3, 3), ("text", 0)])
def test_a_command_that_ends_well_gives_its_code(returned: object, code: int) -> None:
    assert tell(lambda: returned) == (code, "", "")


def test_ctrl_c_becomes_one_message_and_impatience_does_not_disturb_the_clean_up() -> None:
    cleaned = []

    def command() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            cleaned.append("all")

    before = signal.getsignal(signal.SIGINT)
    code, out, err = tell(command)
    assert (code, out, cleaned) == (130, "", ["all"])
    assert err.count("\n") == 1
    assert "goes on from there" in err
    assert signal.getsignal(signal.SIGINT) is before


def test_a_request_to_end_is_answered_like_ctrl_c() -> None:
    assert tell(lambda: os.kill(os.getpid(), signal.SIGTERM))[0] == 143


def test_a_reader_that_went_away_is_no_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    # Nothing can be said to somebody who left: no message, and the shell's own code.
    with os.fdopen(write_end, "w") as pipe, contextlib.redirect_stdout(pipe):
        code = run(lambda: print_json({"a": 1}))
    assert code == 128 + signal.SIGPIPE


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")  # noqa: PTH110
def test_a_full_disk_behind_standard_output_is_an_error_even_for_the_error() -> None:
    err = io.StringIO()
    with open("/dev/full", "w") as full:  # noqa: PTH123
        with contextlib.redirect_stdout(full), contextlib.redirect_stderr(err):
            code = run(lambda: print_json({"a": 1}), as_json=True)
        _give_up(full)
    assert code == 74
    assert "No space left" in err.getvalue()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": float("inf")}, {"a": "inf"}),
        ([float("-inf"), float("nan")], ["-inf", None]),
        ({"a": ({"b": 1.5},)}, {"a": [{"b": 1.5}]}),
    ],
)
def test_json_has_no_number_that_json_does_not_know(value: object, written: object) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print_json(value)
    loaded: Any = json.loads(out.getvalue())
    assert loaded == written


def test_words_for_people_go_beside_the_json() -> None:
    assert make_console(as_json=True).stderr
    assert not make_console(as_json=False).stderr
