import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bellwether.adapters import FileTrialLog
from bellwether.registry import TrialLogTampered, TrialLogUnavailable
from bellwether.trials import CHAIN_START, MemoryTrialLog, Trial, TrialLog


def trial(number: int) -> Trial:
    return Trial(
        kind="look" if number % 3 == 2 else "fit",
        pipeline=f"pipeline {number % 4}",
        snapshot="snapshot",
        lineage=("q1", f"q{number}"),
        recorded_at=f"2019-01-{number + 1:02d}T00:00:00",
        note="ünïcode \n and lines",
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "trials.jsonl"


@pytest.fixture
def filled(path: Path) -> Path:
    log = FileTrialLog(path)
    for number in range(5):
        log.append(trial(number))
    return path


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_every_log_returns_its_entries_in_order(kind: str, path: Path) -> None:
    log: TrialLog = MemoryTrialLog() if kind == "memory" else FileTrialLog(path)
    assert list(log.entries()) == []
    for number in range(5):
        log.append(trial(number))
        assert list(log.entries()) == [trial(place) for place in range(number + 1)]


def test_entries_outlive_the_log_object(filled: Path) -> None:
    assert list(FileTrialLog(filled).entries()) == [trial(number) for number in range(5)]


def test_two_logs_on_one_file_follow_each_other(path: Path) -> None:
    left, right = FileTrialLog(path), FileTrialLog(path)
    for number in range(6):
        (left if number % 2 else right).append(trial(number))
    assert list(left.entries()) == list(right.entries()) == [trial(number) for number in range(6)]


def test_each_line_is_chained_to_all_before_it(filled: Path) -> None:
    digest = CHAIN_START
    for number, line in enumerate(filled.read_text().splitlines()):
        digest = trial(number).chained(digest)
        assert json.loads(line)["chain"] == digest


def change_note(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b"and", b"or"), *lines[2:]]


def turn_look_into_fit(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], lines[2].replace(b'"look"', b'"fit"'), *lines[3:]]


TAMPERINGS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a changed entry": change_note,
    "a look made a fit": turn_look_into_fit,
    "a missing entry": lambda lines: [lines[0], *lines[2:]],
    "a missing first entry": lambda lines: lines[1:],
    "a missing last entry": lambda lines: lines[:-1],
    "an entry twice": lambda lines: [lines[0], lines[0], *lines[1:]],
    "two entries exchanged": lambda lines: [lines[1], lines[0], *lines[2:]],
    "an empty line": lambda lines: [lines[0], b"\n", *lines[1:]],
    "a line of nonsense": lambda lines: [lines[0], b"[1, 2]\n", *lines[1:]],
    "a space": lambda lines: [lines[0].replace(b'":', b'": ', 1), *lines[1:]],
    "an empty later field": lambda lines: [lines[0].replace(b"}", b',"recipe":""}'), *lines[1:]],
    "an unknown field": lambda lines: [lines[0].replace(b"{", b'{"a":1,'), *lines[1:]],
    "a carriage return": lambda lines: [lines[0][:-1] + b"\r" + lines[1], *lines[2:]],
    "no line at all": lambda _: [],
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_noticed_by_reader_and_writer(filled: Path, tampering: str) -> None:
    known = FileTrialLog(filled)
    assert len(known.entries()) == 5
    lines = filled.read_bytes().splitlines(keepends=True)
    filled.write_bytes(b"".join(TAMPERINGS[tampering](lines)))
    with pytest.raises(TrialLogTampered):
        FileTrialLog(filled).entries()
    with pytest.raises(TrialLogTampered):
        FileTrialLog(filled).append(trial(5))
    with pytest.raises(TrialLogTampered):
        known.entries()
    with pytest.raises(TrialLogTampered):
        known.append(trial(5))


def test_a_log_cut_short_under_a_writer_is_noticed_by_that_writer(filled: Path) -> None:
    known = FileTrialLog(filled)
    known.append(trial(5))
    lines = filled.read_bytes().splitlines(keepends=True)
    filled.write_bytes(b"".join(lines[:3]))
    with pytest.raises(TrialLogTampered):
        known.append(trial(6))


def test_the_first_line_that_does_not_follow_is_named(filled: Path) -> None:
    lines = filled.read_bytes().splitlines(keepends=True)
    filled.write_bytes(b"".join(change_note(lines)))
    with pytest.raises(TrialLogTampered) as caught:
        FileTrialLog(filled).entries()
    assert caught.value.line == 2


def test_a_missing_file_beside_its_head_is_noticed(filled: Path) -> None:
    filled.unlink()
    with pytest.raises(TrialLogTampered):
        FileTrialLog(filled).entries()
    with pytest.raises(TrialLogTampered):
        FileTrialLog(filled).append(trial(0))


@pytest.mark.parametrize("content", [None, b"{", b"[]", b'{"n_entries": 4, "chain": "x"}'])
def test_a_missing_or_damaged_head_is_noticed(filled: Path, content: bytes | None) -> None:
    head = filled.with_name("trials.jsonl.head")
    if content is None:
        head.unlink()
    else:
        head.write_bytes(content)
    with pytest.raises(TrialLogTampered):
        FileTrialLog(filled).entries()


@pytest.mark.parametrize("torn", [b"{", b'{"chain": "ab', b"\0" * 300])
def test_a_last_line_cut_by_a_crash_is_cleared(filled: Path, torn: bytes) -> None:
    with filled.open("ab") as file:
        file.write(torn)
    assert len(FileTrialLog(filled).entries()) == 5
    FileTrialLog(filled).append(trial(5))
    assert list(FileTrialLog(filled).entries()) == [trial(number) for number in range(6)]


def test_a_crash_between_a_line_and_its_head_loses_nothing(filled: Path) -> None:
    head = filled.with_name("trials.jsonl.head")
    before = head.read_bytes()
    FileTrialLog(filled).append(trial(5))
    head.write_bytes(before)
    assert len(FileTrialLog(filled).entries()) == 6
    FileTrialLog(filled).append(trial(6))
    assert list(FileTrialLog(filled).entries()) == [trial(number) for number in range(7)]


def test_a_crash_before_the_first_head_loses_nothing(path: Path) -> None:
    FileTrialLog(path).append(trial(0))
    path.with_name("trials.jsonl.head").unlink()
    FileTrialLog(path).append(trial(1))
    assert list(FileTrialLog(path).entries()) == [trial(0), trial(1)]


def test_two_entries_that_no_head_covers_are_tampering(filled: Path) -> None:
    head = filled.with_name("trials.jsonl.head")
    before = head.read_bytes()
    for number in (5, 6):
        FileTrialLog(filled).append(trial(number))
    head.write_bytes(before)
    with pytest.raises(TrialLogTampered):
        FileTrialLog(filled).entries()


def test_a_line_after_the_one_that_a_crash_may_leave_is_tampering(filled: Path) -> None:
    head = filled.with_name("trials.jsonl.head")
    before = head.read_bytes()
    FileTrialLog(filled).append(trial(5))
    head.write_bytes(before)
    with filled.open("ab") as file:
        file.write(b"nonsense\n")
    with pytest.raises(TrialLogTampered):
        FileTrialLog(filled).entries()


def test_folders_above_the_log_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c" / "trials.jsonl"
    FileTrialLog(path).append(trial(0))
    assert list(FileTrialLog(path).entries()) == [trial(0)]


def test_an_entry_and_its_place_are_on_the_disk_before_the_head_that_covers_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, fsync = [], os.fsync

    def note_down(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note_down)
    log = FileTrialLog(path)
    log.append(trial(0))
    assert synced[:2] == [path.parent.name, path.name]
    first = len(synced)
    log.append(trial(1))
    assert synced[first] == path.name


@contextmanager
def holding(path: Path, lock: int) -> Iterator[None]:
    """Hold a lock on the log, as another process would."""
    with path.open("rb") as file:
        fcntl.flock(file.fileno(), lock)
        yield


def in_background(act: Callable[[], object]) -> tuple[threading.Event, threading.Thread]:
    done = threading.Event()

    def run() -> None:
        act()
        done.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return done, thread


def test_readers_do_not_wait_for_each_other(filled: Path) -> None:
    with holding(filled, fcntl.LOCK_SH):
        done, thread = in_background(FileTrialLog(filled).entries)
        assert done.wait(20.0)
    thread.join(20.0)


def test_a_reader_waits_for_a_writer_and_a_writer_for_a_reader(filled: Path) -> None:
    log = FileTrialLog(filled)
    with holding(filled, fcntl.LOCK_EX):
        read, reader = in_background(FileTrialLog(filled).entries)
        assert not read.wait(0.1)
    reader.join(20.0)
    with holding(filled, fcntl.LOCK_SH):
        written, writing = in_background(lambda: log.append(trial(5)))
        assert not written.wait(0.1)
        assert len(FileTrialLog(filled).entries()) == 5
    writing.join(20.0)
    assert len(FileTrialLog(filled).entries()) == 6


def test_a_full_disk_records_nothing_and_says_so(filled: Path) -> None:
    log = FileTrialLog(filled)
    before = filled.read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 40, limit[1]))
    try:
        with pytest.raises(TrialLogUnavailable):
            log.append(trial(5))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert filled.read_bytes() == before
    log.append(trial(5))
    assert len(log.entries()) == 6


def test_an_entry_without_its_head_is_not_acknowledged_but_counts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, __: bytes) -> None:
        raise OSError(28, "No space left on device")

    log = FileTrialLog(path)
    log.append(trial(0))
    with monkeypatch.context() as disk:
        disk.setattr("bellwether.adapters._trial_file.write_atomically", full)
        for number in (1, 2):
            with pytest.raises(TrialLogUnavailable):
                log.append(trial(number))
    assert list(FileTrialLog(path).entries()) == [trial(0), trial(1)]
    log.append(trial(2))
    assert list(FileTrialLog(path).entries()) == [trial(0), trial(1), trial(2)]


def test_a_folder_in_the_place_of_the_head_is_unavailable(path: Path) -> None:
    path.with_name("trials.jsonl.head").mkdir(parents=True)
    with pytest.raises(TrialLogUnavailable):
        FileTrialLog(path).append(trial(0))
    path.with_name("trials.jsonl.head").rmdir()
    FileTrialLog(path).append(trial(0))
    assert len(FileTrialLog(path).entries()) == 1


def test_a_folder_or_a_file_in_the_way_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file" / "trials.jsonl"):
        with pytest.raises(TrialLogUnavailable):
            FileTrialLog(place).append(trial(0))


WRITER = """
import sys
from pathlib import Path
from bellwether.adapters import FileTrialLog
from bellwether.trials import Trial
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
log = FileTrialLog(path)
for number in range(count):
    log.append(Trial(kind="fit", pipeline=name, snapshot="s", lineage=("q",),
                     recorded_at="2019-01-01T00:00:00", note=str(number)))
    print(number, flush=True)
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)], stdout=subprocess.PIPE
    )


def test_a_killed_writer_loses_no_entry_it_was_told_of(path: Path) -> None:
    for turn in range(3):
        with writer(path, f"turn {turn}", 100_000) as process:
            assert process.stdout is not None
            for _ in range(3 + 4 * turn):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            told = 3 + 4 * turn + process.stdout.read().count(b"\n")
        entries = FileTrialLog(path).entries()
        numbers = [int(one.note) for one in entries if one.pipeline == f"turn {turn}"]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= told
    FileTrialLog(path).append(trial(0))
    assert [entry for entry in os.listdir(path.parent) if entry.endswith(".part")] == []  # noqa: PTH208


def test_processes_that_append_at_the_same_time_make_one_chain(path: Path) -> None:
    processes = [writer(path, name, 25) for name in ("left", "right")]
    for process in processes:
        with process:
            assert process.stdout is not None
            process.stdout.read()
            assert process.wait(timeout=120) == 0
    entries = FileTrialLog(path).entries()
    assert len(entries) == 50
    for name in ("left", "right"):
        assert [one.note for one in entries if one.pipeline == name] == [str(n) for n in range(25)]
