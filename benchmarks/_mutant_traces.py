"""Which tests execute which lines of which files, and how long each takes."""

import json
import sys
import tempfile
import threading
import time
import types
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from _mutant_runs import OURS, SOURCE, fork, run_pytest, wait


@dataclass(slots=True)
class Trace:
    """What the tests of some paths did to some files when nothing was changed.

    Parameters
    ----------
    seconds : dict of str to float
        By test.
    lines : dict of str to (dict of str to set of int)
        Lines executed by each test, by file.
    at_import : dict of str to set of int
        Lines executed while tests were collected, by file.
    modules : list of str
        Modules that are not ours and were imported.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    at_import: dict[str, set[int]] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, traces: Iterable["Trace"]) -> "Trace":
        """Return several as one."""
        whole = cls()
        for trace in traces:
            whole.seconds |= trace.seconds
            whole.lines |= trace.lines
            for file, lines in trace.at_import.items():
                whole.at_import.setdefault(file, set()).update(lines)
        return whole

    def touching(self, file: str) -> tuple[str, ...]:
        """Return the tests that execute anything of a file, the quickest first."""
        return self._quickest_first(test for test, files in self.lines.items() if files.get(file))

    def total_seconds(self, tests: Iterable[str]) -> float:
        """Return how long some tests take."""
        return sum(self.seconds[test] for test in tests)

    def choose(self, file: str, lines: range) -> tuple[str, ...]:
        """Return the tests that execute some of these lines, the quickest first."""
        if not self.at_import.get(file, set()).isdisjoint(lines):
            return self.touching(file)
        return self._quickest_first(
            test
            for test, files in self.lines.items()
            if not files.get(file, set()).isdisjoint(lines)
        )

    def _quickest_first(self, tests: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(tests, key=lambda test: (round(self.seconds[test], 2), test)))


class Recorder:
    """A pytest plugin that writes down the lines each test and each fixture executes."""

    def __init__(self, files: Sequence[str]) -> None:
        self.trace = Trace()
        self._short = {str(SOURCE / file): file for file in files}
        self._current: dict[str, set[int]] = self.trace.at_import
        self._by_fixture: dict[str, dict[str, set[int]]] = {}

    def follow(self, frame: types.FrameType, event: str, _: object) -> Any:
        """Trace function of `sys.settrace`: only the files asked for are followed."""
        file = self._short.get(frame.f_code.co_filename)
        if file is None:
            return None
        if event in {"call", "line"}:
            self._current.setdefault(file, set()).add(frame.f_lineno)
        return self.follow

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Give a test its lines, and those of the fixtures that it shares with others."""
        self._current = own = self.trace.lines.setdefault(item.nodeid, {})
        started = time.perf_counter()
        try:
            return (yield)
        finally:
            self.trace.seconds[item.nodeid] = time.perf_counter() - started
            for name in getattr(item, "fixturenames", ()):
                for file, lines in self._by_fixture.get(name, {}).items():
                    own.setdefault(file, set()).update(lines)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """Keep the lines of a fixture by its name."""
        before = self._current
        self._current = self._by_fixture.setdefault(fixturedef.argname, {})
        try:
            return (yield)
        finally:
            self._current = before


def trace_tests(paths: Sequence[str], files: Sequence[str]) -> Trace:
    """Run tests without a mutant and return what they executed.

    Raises
    ------
    SystemExit
        If a test fails: mutants of a broken package say nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "trace.json"
        code = wait(fork(lambda: _record(paths, files, kept)), 600.0)
        if code != 0:
            raise SystemExit(f"the tests fail without a mutant: {', '.join(paths)} (exit {code})")
        stored = json.loads(kept.read_text())
    return Trace(
        seconds=stored["seconds"],
        lines={
            test: {file: set(lines) for file, lines in executed.items()}
            for test, executed in stored["lines"].items()
        },
        at_import={file: set(lines) for file, lines in stored["at_import"].items()},
        modules=stored["modules"],
    )


def _record(paths: Sequence[str], files: Sequence[str], kept: Path) -> int:
    recorder = Recorder(files)
    threading.settrace(recorder.follow)
    sys.settrace(recorder.follow)
    code = run_pytest(paths, recorder)
    sys.settrace(None)
    trace = recorder.trace
    trace.modules = [
        name
        for name in sys.modules
        if name.split(".")[0] not in OURS and getattr(sys.modules[name], "__spec__", None)
    ]
    content = {name: getattr(trace, name) for name in trace.__slots__}
    kept.write_text(json.dumps(content, default=sorted))
    return code
