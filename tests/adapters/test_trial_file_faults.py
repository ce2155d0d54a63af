"""A trial log that is cut at every write, changed at every byte, or older than the code."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.adapters import FileTrialLog
from bellwether.hashing import canonical_json
from bellwether.registry import TrialLogTampered
from bellwether.trials import Trial, TrialHead, count_trials

OLD_LOG = Path(__file__).parent / "trial_logs" / "0.1.0.jsonl"
N_ENTRIES = 4
DISK_CALLS = ("ftruncate", "write", "writev", "fsync", "replace", "unlink")


def trial(number: int) -> Trial:
    return Trial(
        kind="look" if number % 2 else "seed",
        pipeline=f"p{number}",
        snapshot="s",
        lineage=(f"q{number}",),
        recorded_at=f"2019-01-{number + 1:02d}T00:00:00",
        note="größer",
        recipe="r" if number % 2 else "",
    )


TRIALS = [trial(number) for number in range(N_ENTRIES)]


def head_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.head")


def write_log(path: Path, n_entries: int = N_ENTRIES) -> None:
    log = FileTrialLog(path)
    for one in TRIALS[:n_entries]:
        log.append(one)


def read_pair(path: Path) -> tuple[bytes, bytes]:
    return path.read_bytes(), head_of(path).read_bytes()


@pytest.fixture(scope="module")
def states() -> list[tuple[bytes, bytes]]:
    """Return log and head after each of the entries, from the first on."""
    with tempfile.TemporaryDirectory() as name:
        path, found = Path(name) / "trials.jsonl", []
        log = FileTrialLog(path)
        for one in TRIALS:
            log.append(one)
            found.append(read_pair(path))
    return found


@contextmanager
def log_of(content: bytes, head: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "trials.jsonl"
        path.write_bytes(content)
        head_of(path).write_bytes(head)
        yield path


def read_or_refuse(path: Path) -> list[Trial] | None:
    """Return the entries; None where the log is refused, by reader and writer alike."""
    try:
        found = list(FileTrialLog(path).entries())
    except TrialLogTampered:
        with pytest.raises(TrialLogTampered):
            FileTrialLog(path).append(trial(9))
        return None
    return found


Edit = Callable[[bytes], bytes]


def at(content: bytes, share: float) -> int:
    return round(share * len(content))


def cut(share: float) -> Edit:
    return lambda content: content[: at(content, share)]


def splice(one: float, other: float, new: bytes) -> Edit:
    low, high = min(one, other), max(one, other)
    return lambda content: content[: at(content, low)] + new + content[at(content, high) :]


def overwrite(share: float, byte: int) -> Edit:
    def change(content: bytes) -> bytes:
        place = at(content, share)
        return content[:place] + bytes([byte]) + content[place + 1 :]

    return change


def swap(one: int, other: int) -> Edit:
    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        left, right = one % len(lines), other % len(lines)
        lines[left], lines[right] = lines[right], lines[left]
        return b"".join(lines)

    return change


def repeat(one: int, other: int) -> Edit:
    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        lines.insert(other % (len(lines) + 1), lines[one % len(lines)])
        return b"".join(lines)

    return change


PLACES, NUMBERS, NEW = st.floats(0.0, 1.0), st.integers(0, N_ENTRIES), st.binary(max_size=6)
EDITS = st.one_of(
    st.builds(cut, PLACES),
    st.builds(splice, PLACES, PLACES, NEW),
    st.builds(lambda share, new: splice(share, share, new), PLACES, NEW),
    st.builds(overwrite, PLACES, st.integers(0, 255)),
    st.builds(swap, NUMBERS, NUMBERS),
    st.builds(repeat, NUMBERS, NUMBERS),
)


@given(st.lists(EDITS, min_size=1, max_size=3))
def test_whatever_is_done_to_the_log_is_noticed_or_changes_nothing(
    states: list[tuple[bytes, bytes]], changes: list[Edit]
) -> None:
    content, head = states[-1]
    for change in changes:
        content = change(content) or b"\n"
    with log_of(content, head) as path:
        assert read_or_refuse(path) in (None, TRIALS)


@given(st.lists(EDITS, min_size=1, max_size=2))
def test_whatever_is_done_to_the_head_is_noticed_or_changes_nothing(
    states: list[tuple[bytes, bytes]], changes: list[Edit]
) -> None:
    content, head = states[-1]
    for change in changes:
        head = change(head) or b"\n"
    with log_of(content, head) as path:
        assert read_or_refuse(path) in (None, TRIALS)


def test_a_log_cut_at_any_byte_is_noticed(states: list[tuple[bytes, bytes]]) -> None:
    content, head = states[-1]
    for length in range(len(content)):
        with log_of(content[:length], head) as path:
            assert read_or_refuse(path) is None


@pytest.mark.parametrize("old_log", range(N_ENTRIES))
@pytest.mark.parametrize("old_head", range(N_ENTRIES))
def test_an_old_copy_put_back_is_noticed_by_the_file_or_by_a_head_kept_elsewhere(
    states: list[tuple[bytes, bytes]], old_log: int, old_head: int
) -> None:
    kept = TrialHead.of(TRIALS)
    with log_of(states[old_log][0], states[old_head][1]) as path:
        found = read_or_refuse(path)
    if found is not None:
        assert found == TRIALS[: old_log + 1]
        assert kept.is_within(found) == (old_log == N_ENTRIES - 1)
    else:
        assert old_log != old_head


def test_a_whole_log_written_anew_is_noticed_by_a_head_kept_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    log = FileTrialLog(path)
    for one in [TRIALS[0], *TRIALS[2:], trial(8)]:
        log.append(one)
    assert not TrialHead.of(TRIALS).is_within(FileTrialLog(path).entries())


class Dead(BaseException):
    """The process was killed."""


class Reaper:
    """Kills before the n-th call that reaches the disk, a write perhaps in part."""

    def __init__(self, patch: pytest.MonkeyPatch, kills_at: int, share: float) -> None:
        self.n_calls, self._kills_at, self._share = 0, kills_at, share
        for name in DISK_CALLS:
            patch.setattr(os, name, self._guard(name, getattr(os, name)))

    def _guard(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any, **options: Any) -> Any:
            self.n_calls += 1
            if self.n_calls < self._kills_at:
                return call(*arguments, **options)
            if name == "write" and self.n_calls == self._kills_at:
                descriptor, content = arguments
                call(descriptor, content[: int(self._share * len(content))])
            raise Dead

        return guarded


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("n_before", [0, 1, 3])
def test_a_process_killed_at_any_write_loses_nothing_acknowledged(
    tmp_path: Path, n_before: int, share: float
) -> None:
    kills_at, survived = 0, False
    while not survived:
        kills_at += 1
        path = tmp_path / f"{kills_at}" / "trials.jsonl"
        write_log(path, n_before)
        with pytest.MonkeyPatch.context() as patch:
            Reaper(patch, kills_at, share)
            try:
                FileTrialLog(path).append(TRIALS[n_before])
                survived = True
            except Dead:
                pass
        found = list(FileTrialLog(path).entries())
        assert found in (TRIALS[:n_before], TRIALS[: n_before + 1])
        assert len(found) == n_before + 1 or not survived
        FileTrialLog(path).append(trial(7))
        assert list(FileTrialLog(path).entries()) == [*found, trial(7)]
    assert kills_at > 6


@pytest.mark.parametrize("torn", [b"\0" * 600 + b'"}\n', b'{"chain":\n', b"\n"])
def test_a_last_line_that_a_power_cut_left_in_part_is_cleared_and_anything_more_is_not(
    tmp_path: Path, torn: bytes
) -> None:
    path = tmp_path / "trials.jsonl"
    write_log(path)
    before = path.read_bytes()
    path.write_bytes(before + torn)
    assert list(FileTrialLog(path).entries()) == TRIALS
    path.write_bytes(before + torn + torn)
    assert read_or_refuse(path) is None
    path.write_bytes(before + torn)
    FileTrialLog(path).append(trial(7))
    assert list(FileTrialLog(path).entries()) == [*TRIALS, trial(7)]


def test_an_entry_of_a_kind_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    write_log(path, 0)
    strange = Trial(
        kind="glance",  # type: ignore[arg-type]
        pipeline="p",
        snapshot="s",
        lineage=(),
        recorded_at="2019-01-01T00:00:00",
    )
    FileTrialLog(path).append(strange)
    assert read_or_refuse(path) is None


def test_a_log_of_the_first_version_is_read_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    shutil.copy(OLD_LOG, path)
    shutil.copy(head_of(OLD_LOG), head_of(path))
    before = FileTrialLog(path).entries()
    assert [one.kind for one in before] == ["fit", "fit", "look", "look"]
    assert [one.note for one in before][-2:] == ["verdict on ridge", "verdict on größe"]
    assert {(one.features, one.recipe, one.fit) for one in before} == {("", "", "")}
    assert count_trials(before, "new", "b7d1c0ffee00", ()).n_pipelines == 3
    kept = TrialHead.of(before)
    assert kept.digest == json.loads(head_of(OLD_LOG).read_bytes())["chain"]
    FileTrialLog(path).append(TRIALS[1])
    assert path.read_bytes().startswith(OLD_LOG.read_bytes())
    after = FileTrialLog(path).entries()
    assert [*before, TRIALS[1]] == list(after)
    assert kept.is_within(after)


def test_each_line_is_the_canonical_text_of_its_entry(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    write_log(path)
    for line in [*path.read_text().splitlines(), *OLD_LOG.read_text().splitlines()]:
        assert canonical_json(json.loads(line)) == line
