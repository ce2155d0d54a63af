"""Test runs in forks: whether tests notice a mutant.

The parent never imports bellwether, so that each fork imports it afresh with one module
exchanged on the way; what a fork needs from elsewhere the parent has imported for all of them.
No file of the package is written.
"""

import ast
import contextlib
import importlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import Any, Literal

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
OURS = ("bellwether", "tests", "conftest")
OPTIONS = (
    *("-x", "-q", "--no-header", "-o", "addopts=", "--import-mode=importlib"),
    *("--doctest-modules", "--disable-socket", "--allow-unix-socket", "-p", "no:cacheprovider"),
    # A mutant's failure needs no words, and nobody reads what a fork leaves unraised.
    *("--assert=plain", "-p", "no:unraisableexception", "-p", "no:threadexception"),
    *("-p", "pytest_socket", "-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin"),
)
N_EXAMPLES = 25
MEMORY_BYTES = 6 << 30
OUT_OF_TIME = 124
BROKEN, FAILED = 70, 1
KILLER = "killer"
LEAST_SECONDS = 15
Outcome = Literal["killed", "killed by time", "survived"]


class Chosen:
    """A pytest plugin that runs some tests only, in their order, and notes which one fails."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._order = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the others out."""
        items[:] = [item for item in items if item.nodeid in self._order]
        items.sort(key=lambda item: self._order[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave the name of a test that fails where the parent looks for it."""
        if report.failed:
            (Path(tempfile.gettempdir()) / KILLER).write_text(report.nodeid)


class Exchanged(SourceFileLoader):
    """A loader, and the finder of its own one module, that executes a given tree."""

    def __init__(self, file: str, tree: ast.Module) -> None:
        name = file.removesuffix(".py").replace("/", ".")
        super().__init__(name, str(SOURCE / file))
        self._tree = tree

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return the way to the module, or None for any other."""
        del path, target
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def get_code(self, fullname: str) -> types.CodeType:
        """Return the code of the tree."""
        del fullname
        return compile(ast.fix_missing_locations(self._tree), self.path, "exec")


@contextlib.contextmanager
def kept_bytecode() -> Iterator[None]:
    """Let forks share compiled modules in a folder of their own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        before = sys.pycache_prefix, sys.dont_write_bytecode
        sys.pycache_prefix, sys.dont_write_bytecode = folder, False
        try:
            yield
        finally:
            sys.pycache_prefix, sys.dont_write_bytecode = before


def import_for_all(modules: Sequence[str]) -> None:
    """Import in the parent what every fork would import for itself."""
    for name in modules:
        if name not in sys.modules:
            with contextlib.suppress(Exception):  # a module that needs another first, or a fork
                importlib.import_module(name)


def start(file: str, tree: ast.Module, tests: Sequence[str], seconds: float) -> "Running":
    """Start the tests of a tree in a fork, which take some seconds without a mutant."""
    limit = LEAST_SECONDS + 4.0 * seconds
    paths = sorted({test.split("::")[0] for test in tests})

    def run() -> int:
        resource.setrlimit(resource.RLIMIT_CPU, (round(limit), round(limit) + 5))
        exchanged = Exchanged(file, tree)
        sys.meta_path.insert(0, exchanged)
        # Now, because pytest would load what it is to take doctests from in its own way.
        try:
            importlib.import_module(exchanged.name)
        except Exception:  # noqa: BLE001 - a module that cannot be imported fails every test
            return FAILED
        return run_pytest(paths, Chosen(tests))

    return Running(pid=fork(run), ends_by=time.monotonic() + 4.0 * limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A fork at work.

    Parameters
    ----------
    pid : int
    ends_by : float
        Reading of the monotonic clock at which it is ended.
    """

    pid: int
    ends_by: float

    def outcome(self) -> tuple[Outcome, str] | None:
        """Return what has come out and the test that failed; None as long as it runs."""
        code, killer = _poll(self.pid, self.ends_by)
        if code is None:
            return None
        if code == BROKEN:
            raise RuntimeError("a fork failed before its tests began")
        if code == OUT_OF_TIME:
            return "killed by time", killer
        return ("survived" if code in {0, 5} else "killed"), killer


def fork(run: Callable[[], int]) -> int:
    """Run a function in a fork, in a session of its own and silently, and return its process."""
    folder = Path(tempfile.mkdtemp(prefix="mutant-"))
    pid = os.fork()
    if pid:
        _FOLDERS[pid] = folder
        return pid
    code = BROKEN
    try:
        os.setsid()
        os.chdir(ROOT)
        tempfile.tempdir = str(folder)
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        code = run()
    finally:
        os._exit(code)


_FOLDERS: dict[int, Path] = {}


def _poll(pid: int, ends_by: float) -> tuple[int | None, str]:
    """Return a fork's exit code and the test that failed; end it when its time is over."""
    done, status = os.waitpid(pid, os.WNOHANG)
    late = not done and time.monotonic() > ends_by
    if not done and not late:
        return None, ""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # itself where it is late, and whatever it left behind
    if late:
        os.waitpid(pid, 0)
    folder = _FOLDERS.pop(pid)
    killer = (folder / KILLER).read_text() if (folder / KILLER).is_file() else ""
    shutil.rmtree(folder, ignore_errors=True)
    out_of_time = late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in _TIME_SIGNALS)
    return (OUT_OF_TIME if out_of_time else os.waitstatus_to_exitcode(status)), killer


_TIME_SIGNALS = frozenset({signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM})


def wait(pid: int, seconds: float) -> int:
    """Return the exit code of a fork."""
    ends_by = time.monotonic() + seconds
    while (code := _poll(pid, ends_by)[0]) is None:
        time.sleep(0.05)
    return code


def run_pytest(paths: Sequence[str], plugin: object) -> int:
    """Run tests in this process and return their exit code."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        max_examples=N_EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutants")
    folder = Path(tempfile.gettempdir()) / "pytest"
    arguments = [*OPTIONS, f"--basetemp={folder}", f"--rootdir={ROOT}", *paths]
    return int(pytest.main(arguments, plugins=[plugin]))


def run_all(
    jobs: Sequence[tuple[Any, Callable[[], Running]]],
    n_processes: int,
    told: Callable[[Any, Outcome, str], None],
) -> None:
    """Run jobs, some at a time, and tell of each how it came out.

    Parameters
    ----------
    jobs : sequence of (anything, callable that starts it)
    n_processes : int
    told : callable of what was given, its outcome and the test that failed
    """
    waiting = list(reversed(jobs))
    at_work: dict[int, tuple[Any, Running]] = {}
    while waiting or at_work:
        while waiting and len(at_work) < n_processes:
            subject, begin = waiting.pop()
            one = begin()
            at_work[one.pid] = (subject, one)
        for pid, (subject, one) in list(at_work.items()):
            found = one.outcome()
            if found is not None:
                del at_work[pid]
                told(subject, *found)
        time.sleep(0.01)
