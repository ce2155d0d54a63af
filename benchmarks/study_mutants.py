"""Mutation testing of the gate, its statistics, the trial log and the splits.

Every mutant (one small change, `_mutants.py`) must make a test fail. Those that do not are
either in `known_survivors.toml`, each with the reason why it changes nothing that matters, or
they are what falls short. Run with `--modules gate,trials` for some and `--quick 10` for every
tenth mutant; only a whole run is kept.
"""

import argparse
import ast
import os
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from _mutant_runs import (
    SOURCE,
    Outcome,
    Running,
    import_for_all,
    kept_bytecode,
    run_all,
    start,
)
from _mutant_traces import Trace, trace_tests
from _mutants import Mutant, find_mutants
from _report import Report, exact_interval

Key = tuple[str, str, str, str]
SLOW_SECONDS = 0.7
KNOWN = Path(__file__).parent / "known_survivors.toml"
# What only words a reason for a person.
TEXT_MAKERS = ("_count_trials", "_minute", "_tell")
_GATE = ("tests/validation/test_gate.py", "tests/validation/test_verdict.py")
_WORKED = (*_GATE, "tests/validation/test_workings.py", "tests/validation/test_panels.py")
GUARDS: dict[str, tuple[str, ...]] = {
    "bellwether/trials.py": (
        *("tests/test_trials.py", "src/bellwether/trials.py"),
        "tests/adapters/test_trial_file.py",
    ),
    "bellwether/adapters/_trial_file.py": (
        "tests/adapters/test_trial_file.py",
        "tests/adapters/test_trial_file_faults.py",
    ),
    "bellwether/samples/_splits.py": (
        *("tests/samples/test_splits.py", "tests/samples/test_leakage.py"),
        "src/bellwether/samples/_splits.py",
    ),
    "bellwether/samples/_leakage.py": (
        *("tests/samples/test_leakage.py", "tests/samples/test_samples.py"),
        "src/bellwether/samples/_leakage.py",
    ),
    "bellwether/validation/_sharpe.py": (
        *("tests/validation/test_metrics.py", "src/bellwether/validation/_sharpe.py"),
        "tests/validation/test_verdict.py",
    ),
    "bellwether/validation/_gate.py": (*_GATE, "tests/validation/test_recomputed.py"),
    "bellwether/validation/_measures.py": _GATE,
    "bellwether/validation/_construction.py": ("tests/validation/test_construction.py", *_GATE),
    "bellwether/validation/_case.py": _GATE,
    "bellwether/validation/_workings.py": (*_WORKED, "tests/validation/test_opinions.py"),
    "bellwether/validation/_statistics.py": (
        *("tests/validation/test_statistics.py", "tests/validation/test_combine.py"),
        *(*_WORKED, "src/bellwether/validation/_statistics.py"),
    ),
    "bellwether/validation/_combine.py": ("tests/validation/test_combine.py",),
    "bellwether/validation/_options.py": _GATE,
    "bellwether/validation/_economics.py": (
        *("tests/validation/test_economics.py", "src/bellwether/validation/_economics.py"),
        *_WORKED,
    ),
    "bellwether/validation/_opinions.py": ("tests/validation/test_opinions.py", *_GATE),
}


@dataclass(slots=True)
class Tally:
    """What became of the mutants of one module."""

    file: str
    seconds: float = 0.0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    survivors: list[tuple[Mutant, int]] = field(default_factory=list)

    def add(self, mutant: Mutant, n_tests: int, outcome: Outcome) -> None:
        """Count one."""
        self.outcomes[outcome] += 1
        if outcome == "survived":
            self.survivors.append((mutant, n_tests))


def read_known() -> dict[Key, str]:
    """Return the reason why each listed survivor is none that matters."""
    known = {}
    for entry in tomllib.loads(KNOWN.read_text(encoding="utf-8")).get("survivors", []):
        for change in entry["changes"]:
            before, after = change.split(" -> ", 1)
            known[entry["file"], entry["function"], before, after] = entry["reason"]
    return known


class ModuleRun:
    """The mutants of one module against the tests that execute what they change.

    Slow tests are asked last, and only about mutants that no list explains.
    """

    def __init__(self, file: str, trace: Trace, known: Container[Key], workers: int) -> None:
        self._file, self._trace, self._known, self._workers = file, trace, known, workers
        self._tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
        self._started = time.perf_counter()
        self._killers: dict[str, dict[str, int]] = {}

    def run(self, every: int) -> Tally:
        """Run every n-th mutant."""
        mutants = find_mutants(self._tree, TEXT_MAKERS)[::every]
        tally = Tally(self._file)
        chosen = {one: self._trace.choose(self._file, one.lines) for one in mutants}
        quick = {
            one: [test for test in tests if self._trace.seconds[test] < SLOW_SECONDS]
            for one, tests in chosen.items()
        }
        first = self._ask(quick)
        left = {
            one: [test for test in chosen[one] if test not in quick[one]]
            for one, outcome in first.items()
            if outcome == "survived" and (self._file, *one.key) not in self._known
        }
        last = first | self._ask({one: tests for one, tests in left.items() if tests})
        for one in mutants:
            tally.add(one, len(chosen[one]), last[one])
        tally.seconds = time.perf_counter() - self._started
        return tally

    def _ask(self, tests: Mapping[Mutant, Sequence[str]]) -> dict[Mutant, Outcome]:
        outcomes: dict[Mutant, Outcome] = dict.fromkeys(tests, "survived")
        jobs = [(one, partial(self._begin, one, asked)) for one, asked in tests.items() if asked]
        done = 0

        def tell(mutant: Mutant, outcome: Outcome, killer: str) -> None:
            nonlocal done
            if killer:
                killers = self._killers.setdefault(mutant.function, {})
                killers[killer] = killers.get(killer, 0) + 1
            outcomes[mutant], done = outcome, done + 1
            if done % 50 == 0 or done == len(jobs):
                seconds = time.perf_counter() - self._started
                print(f"{self._file}: {done} of {len(jobs)}, {seconds:.0f} s", flush=True)

        run_all(jobs, self._workers, tell)
        return outcomes

    def _begin(self, mutant: Mutant, tests: Sequence[str]) -> Running:
        # What noticed other mutants of the function is asked first, else the quickest.
        killers = self._killers.get(mutant.function, {})
        order = sorted(tests, key=lambda test: -killers.get(test, 0))
        old = mutant.exchange()
        try:
            return start(self._file, self._tree, order, self._trace.total_seconds(tests))
        finally:
            mutant.restore(old)


def check_unchanged(file: str, trace: Trace) -> None:
    """Refuse to count where the tests fail without a mutant: every one would look killed.

    Raises
    ------
    SystemExit
        If they do.
    """
    found: list[Outcome] = []
    tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
    tests = trace.touching(file)
    job = partial(start, file, tree, tests, trace.total_seconds(tests))
    run_all([(file, job)], 1, lambda _, outcome, __: found.append(outcome))
    if found != ["survived"]:
        raise SystemExit(f"{file}: the tests fail without a mutant ({found[0]})")


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 2))
    parser.add_argument("--modules", default="", help="parts of file names, with commas")
    parser.add_argument("--quick", type=int, default=1, metavar="N", help="every N-th mutant only")
    return parser.parse_args()


def describe(file: str, mutant: Mutant) -> dict[str, object]:
    """Return a survivor as it is listed."""
    change = f"{mutant.before} -> {mutant.after}"
    return {"file": file, "line": mutant.line, "function": mutant.function, "change": change}


def choose_files(parts: str) -> list[str]:
    """Return the modules whose names hold one of some parts; all where none is given."""
    wanted = [part for part in parts.split(",") if part]
    return [file for file in GUARDS if not wanted or any(part in file for part in wanted)]


class Findings:
    """What the study has found so far, module by module."""

    def __init__(self, report: Report, known: Mapping[Key, str]) -> None:
        self._report, self._known = report, known
        self._met: set[Key] = set()
        self.total: Counter[str] = Counter()
        self.harmless: list[dict[str, object]] = []
        self.survivors: list[dict[str, object]] = []

    def add(self, tally: Tally) -> None:
        """Add a row for a module, and print its survivors that no list explains."""
        file, n_listed = tally.file, 0
        for mutant, n_tests in tally.survivors:
            key = (file, *mutant.key)
            found = describe(file, mutant)
            if key in self._known:
                self._met.add(key)
                self.harmless.append(found | {"reason": self._known[key]})
                n_listed += 1
            else:
                self.survivors.append(found | {"n_tests": n_tests})
                print(*found.values(), f"({n_tests} tests ran)", sep="  ", flush=True)
        n_mutants, n_late = tally.outcomes.total(), tally.outcomes["killed by time"]
        n_killed = tally.outcomes["killed"] + n_late
        self.total += Counter(mutants=n_mutants, killed=n_killed, by_time=n_late)
        n_bad = len(tally.survivors) - n_listed
        seconds = round(tally.seconds)
        self._report.add(file, n_mutants, n_killed, n_late, n_listed, n_bad, seconds)

    def find_stale(self, files: Sequence[str]) -> list[Key]:
        """Return what is listed of these modules and did not survive."""
        return sorted(key for key in self._known if key[0] in files and key not in self._met)


def main() -> int:
    """Run the study and return its exit code."""
    arguments = read_arguments()
    files = choose_files(arguments.modules)
    report = Report(
        name="study-mutants",
        title="Mutants of the gate, its statistics, the trial log and the splits",
        seed=None,
        columns=("module", "mutants", "killed", "by time", "harmless", "survived", "seconds"),
    )
    known = read_known()
    findings = Findings(report, known)
    with kept_bytecode():
        paths = sorted({path for file in files for path in GUARDS[file]})
        traces = {path: trace_tests([path], files) for path in paths}
        import_for_all([name for trace in traces.values() for name in trace.modules])
        print(f"{len(paths)} test files traced, {time.perf_counter() - report.started:.0f} s")
        for file in files:
            trace = Trace.of(traces[path] for path in GUARDS[file])
            check_unchanged(file, trace)
            findings.add(ModuleRun(file, trace, known, arguments.workers).run(arguments.quick))
    stale = findings.find_stale(files) if arguments.quick == 1 else []
    for key in stale:
        print(f"no such survivor: {key}")
    killed, mutants = findings.total["killed"], findings.total["mutants"]
    report.figures = {
        **findings.total,
        "share_killed_interval": exact_interval(killed, mutants),
        "modules": files,
        "every": arguments.quick,
        "harmless": findings.harmless,
        "survivors": findings.survivors,
    }
    n_bad = float(len(findings.survivors))
    fresh = {"each listed survivor survives": not stale}
    return report.close(n_bad, (n_bad, n_bad), 0.0, at_most=True, also=fresh)


if __name__ == "__main__":
    sys.exit(main())
