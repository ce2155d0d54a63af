"""Whether every fault gets a valid, labelled answer in time, and how soon all is well again.

One service a case, `bellwether serve` on a home of its own, with a champion and the champion
before it, both of which say numbers that nobody else says. Clients ask it in six ways at once. The
cause is brought about, 1,000 requests are made, the cause is taken away, and the clients go on
until the champion has answered in each of the ways. Every answer of all three times is judged:
complete, in range, labelled with a source and a reason that this fault allows, and not mixed of
two sources. Besides, any answer may be somebody else's for want of time, if it says so.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.progress import track

from _crafted import Crafted, make_home
from _fault_site import FaultCase, Site
from _fault_trial import BUDGET_SECONDS, MORE_SECONDS, Finding, Trial, name_of
from _load import Request
from _model_faults import MODEL_FAULTS
from _question_faults import QUESTION_FAULTS
from _report import Report, exact_interval
from _servers import serving
from _world_faults import DISK_FAULTS, WORLD_FAULTS

BAR = 1.0
CLOCKED = str(Path(__file__).with_name("_clocked_service.py"))
IN_TIME_SHARE = 0.99
DISK_BYTES = 24 << 20
CASES = (*MODEL_FAULTS, *QUESTION_FAULTS, *WORLD_FAULTS)
QUICK = (
    "bundle: a byte is another",
    "model: says NaN",
    "process: killed once",
    "bars in requests: high below low",
    "registry: deleted",
    "journal: deleted",
    "stored bars: the bars are garbage",
)


@contextlib.contextmanager
def open_home(case: FaultCase, folder: Path, template: Path) -> Iterator[Path]:
    """Lend a copy of the home; on a small file system of its own where the case is about that."""
    home = folder / "home"
    is_mounted = case in DISK_FAULTS
    if is_mounted:
        home.mkdir()
        size = f"size={DISK_BYTES}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "bellwether", str(home)], check=True)
    try:
        shutil.copytree(template, home, dirs_exist_ok=True)
        yield home
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(home)], check=True)


@contextlib.contextmanager
def open_site(case: FaultCase, template: Path, known: dict[str, Crafted]) -> Iterator[Site]:
    """Lend a service that runs, as a case wants it."""
    with (
        tempfile.TemporaryDirectory(prefix="bellwether-faults-") as name,
        open_home(case, Path(name), template) as home,
    ):
        folder = Path(name)
        models = {**known, **case.prepare(home)}
        command = (
            [sys.executable, CLOCKED, str(home), "{port}"]
            if case.is_clock
            else [sys.executable, "-m", "bellwether", "serve", "--port", "{port}", "--home",
                  str(home), "--no-access-log", *case.flags]
        )  # fmt: skip
        ready = Request(path="/v1/health/ready")
        with serving("service", [*prefix(), *command], ready, folder, case.environment) as server:
            yield Site(home=home, folder=folder, models=models, server=server)


def prefix() -> list[str]:
    """Return what makes the superuser mind the modes of files, as everybody else does."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def run_case(
    case: FaultCase, template: Path, known: dict[str, Crafted], given: argparse.Namespace
) -> Finding:
    """Return what a case came to."""
    with open_site(case, template, known) as site:
        trial = Trial(
            case, site, n_requests=given.requests, n_clients=given.clients, seed=given.seed
        )
        return asyncio.run(trial.run())


def choose_cases(given: argparse.Namespace) -> tuple[list[FaultCase], list[str]]:
    """Return the cases that are asked for and can be had here, and the names of the others."""
    chosen = [
        case
        for case in CASES
        if given.only in name_of(case) and (not given.quick or name_of(case) in QUICK)
    ]
    is_able = os.geteuid() == 0 and shutil.which("mount") is not None
    left_out = [name_of(one) for one in chosen if one in DISK_FAULTS and not is_able]
    return [one for one in chosen if name_of(one) not in left_out], left_out


def tell(report: Report, finding: Finding) -> None:
    """Add a case to the report."""
    told = ", ".join(f"{reason} {n}" for reason, n in finding.reasons.most_common(4))
    valid = 1.0 - finding.n_invalid / max(finding.n_judged, 1)
    quantiles = [finding.quantile_ms(share) for share in (0.5, 0.99, 1.0)]
    report.add(
        finding.name,
        f"{valid:.2%}",
        told,
        finding.n_unjournalled,
        *(f"{one:.0f}" for one in quantiles),
        f"{finding.recovery_seconds:.2f}",
    )
    print(
        f"{finding.name}: {valid:.2%} valid, back in {finding.recovery_seconds:.2f} s", flush=True
    )
    for fault, count in Counter(finding.faults).most_common(5):
        print(f"{finding.name}: {count} x {fault}", flush=True)
    report.figures[finding.name] = {
        "judged": finding.n_judged,
        "invalid": finding.n_invalid,
        "reasons": dict(finding.reasons),
        "not_journalled": finding.n_unjournalled,
        "in_time": finding.n_in_time / max(len(finding.exchanges), 1),
        "p50_p99_max_ms": quantiles,
        "recovery_seconds": finding.recovery_seconds,
    }


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=30_000)
    parser.add_argument("--requests", type=int, default=1000, help="a case, beside the others")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--quick", action="store_true", help="one case of each group, few requests")
    given = parser.parse_args()
    if given.quick:
        given.requests = min(given.requests, 60)
    return given


def main() -> int:
    """Run the study and return its exit code."""
    given = parse()
    cases, left_out = choose_cases(given)
    if not cases:
        print(f"expected a case whose name holds {given.only!r}, was none")
        return 2
    report = Report(
        name="study-faults",
        title=f"What {len(cases)} faults did to {given.requests} requests each",
        seed=given.seed,
        columns=("fault", "valid", "answered by, or why not", "not journalled",
                 "p50 ms", "p99 ms", "max ms", "recovery s"),
    )  # fmt: skip
    findings = []
    with tempfile.TemporaryDirectory(prefix="bellwether-faults-") as folder:
        template = Path(folder) / "home"
        known = make_home(template)
        for case in track(cases, "cases"):
            finding = run_case(case, template, known, given)
            findings.append(replace(finding))
            tell(report, finding)
    for name in left_out:
        print(f"{name}: left out, for it needs root and mount")
    n_judged = sum(one.n_judged for one in findings)
    n_valid = n_judged - sum(one.n_invalid for one in findings)
    n_asked = sum(len(one.exchanges) for one in findings)
    in_time = sum(one.n_in_time for one in findings) / max(n_asked, 1)
    slowest = max(one.recovery_seconds for one in findings)
    mixed = sum("mixed" in fault for one in findings for fault in one.faults)
    dark = [one.name for one in findings if any("did not show" in text for text in one.faults)]
    report.figures |= {
        "n_cases": len(cases), "n_requests": n_asked, "n_judged": n_judged, "in_time": in_time,
        "slowest_recovery_seconds": slowest, "left_out": left_out,
    }  # fmt: skip
    return report.close(
        n_valid / n_judged,
        exact_interval(n_valid, n_judged),
        BAR,
        at_most=False,
        also={
            "no answer is mixed": mixed == 0,
            f"every fault showed (else: {', '.join(dark) or 'none'})": not dark,
            f"all is well again after each (slowest {slowest:.1f} s)": bool(np.isfinite(slowest)),
            f"{in_time:.2%} within {BUDGET_SECONDS + MORE_SECONDS:g} s, "
            f"at least {IN_TIME_SHARE:.0%}": in_time >= IN_TIME_SHARE,
        },
    )


if __name__ == "__main__":
    sys.exit(main())
