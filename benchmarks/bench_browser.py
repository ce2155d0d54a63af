"""What the page costs in a real Chromium: until it can be used, until it can answer, an answer.

An ensemble of four families (the nets at the contract's size) is trained, promoted and served with
the defaults on loopback, with the built page. Then the overview is opened in browsers that
remember nothing; bars are dropped on the page What if in a browser that has been there before (with
a profile of its own, as a person's has, for three seconds a visit), timed from the start of its
engine until the ensemble's and the rules' bundles are fetched, checked and held to their golden
answers; and the last bar is edited again and again, each answer (both bundles, in the worker) timed
from question to answer. Script is weighed as it is sent with gzip, all of it together.
"""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _browser_home import SYMBOL, fill_browser_home
from _load import Request
from _report import Report, parse_arguments
from _servers import serving
from bellwether.bars import COLUMNS, Bars

BAR_READY_SECONDS, BAR_ANSWER_MS, BAR_INTERACTIVE_SECONDS, BAR_SCRIPT_KB = 1.5, 5.0, 2.0, 400.0
ROOT = Path(__file__).parent.parent
PAGE, CLIENT = ROOT / "web" / "dashboard", ROOT / "web" / "client"
STATIC = ROOT / "src" / "bellwether" / "dashboard" / "static"
N_BARS = 1200
PATIENCE_SECONDS = 1800


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=7, starts=7, edits=300)
    report = Report(
        name="bench-browser",
        title="The page in Chromium, with an ensemble of four families",
        seed=arguments.seed,
        columns=("what", "median", "least", "most"),
    )
    build_page()
    busy_before = how_busy()
    with tempfile.TemporaryDirectory(prefix="bench-browser-") as place:
        timing = measure(Path(place), arguments.seed, arguments.starts, arguments.edits)
    script = weigh_script(STATIC)
    found = {
        "overview interactive, nothing cached, s": in_seconds(timing["interactive"]),
        "ensemble ready, nothing cached, s": in_seconds([timing["firstReady"]]),
        "ensemble ready, from cache, s": in_seconds(timing["ready"]),
        "an answer, ms": timing["answers"],
        "script, gzip, kB": [sum(script.values())],
        "a second of work at the start and end took, s": [busy_before, how_busy()],
    }
    for what, values in found.items():
        report.add(what, statistics.median(values), min(values), max(values))
    report.figures = {what: statistics.median(values) for what, values in found.items()}
    report.figures["script by file, kB"] = script
    ready = found["ensemble ready, from cache, s"]
    answer = statistics.median(found["an answer, ms"])
    interactive = statistics.median(found["overview interactive, nothing cached, s"])
    busy = max(found["a second of work at the start and end took, s"])
    if busy > 1.2:
        print(f"others were at work meanwhile: a second of work took {busy:.2f} s; run it alone")
    return report.close(
        statistics.median(ready),
        (min(ready), max(ready)),
        BAR_READY_SECONDS,
        at_most=True,
        also={
            f"an answer {answer:.2f} ms, at most {BAR_ANSWER_MS:g}": answer <= BAR_ANSWER_MS,
            f"interactive {interactive:.2f} s, at most {BAR_INTERACTIVE_SECONDS:g}": interactive
            <= BAR_INTERACTIVE_SECONDS,
            f"script {sum(script.values()):.0f} kB, at most {BAR_SCRIPT_KB:g}": sum(script.values())
            <= BAR_SCRIPT_KB,
            "nothing went wrong in the page": not timing["complaints"],
            "the ensemble answered": timing["source"].startswith("Champion"),
        },
    )


def build_page() -> None:
    """Build the page where it is not current, and the tool that drives the browser.

    Raises
    ------
    FileNotFoundError
        If npm or node is not on PATH.
    subprocess.CalledProcessError
        If a build fails.
    """
    builder = ROOT / "web" / "packing" / "page_builder.py"
    subprocess.run([sys.executable, str(builder)], check=True)
    npm = _find("npm")
    for folder in (PAGE, CLIENT):
        if not (folder / "node_modules").is_dir():
            subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=folder, check=True)
    vite = [_find("node"), "node_modules/vite/bin/vite.js", "build", "--logLevel=warn"]
    subprocess.run([*vite, "--config=vite.tools.config.ts"], cwd=PAGE, check=True)


def measure(folder: Path, seed: int, n_starts: int, n_edits: int) -> Mapping[str, Any]:
    """Serve an ensemble, and return what the tool measured in the browser."""
    home, csv, out = folder / "home", folder / f"{SYMBOL}.csv", folder / "timing.json"
    imported = fill_browser_home(home, seed)
    csv.write_text(write_csv(imported.bars[-N_BARS:]), encoding="ascii")
    command = [sys.executable, "-m", "bellwether", "serve", "--port={port}"]
    first = Request(path="/v1/health/ready")
    environment = {"BELLWETHER_HOME": str(home), "BELLWETHER_MONITOR_BY_SERVICE": "false"}
    with serving("page", command, first, folder, environment) as server:
        url = f"http://127.0.0.1:{server.port}"
        tool = [_find("node"), str(PAGE / "build" / "timing.js"), url, str(csv), str(out)]
        counts = [str(n_starts), str(n_edits)]
        subprocess.run([*tool, *counts], check=True, timeout=PATIENCE_SECONDS)
    timing: Mapping[str, Any] = json.loads(out.read_bytes())
    for complaint in timing["complaints"]:
        print(f"the page complained: {complaint}")
    return timing


def write_csv(bars: Bars) -> str:
    """Return bars as a file that somebody might have: dates without a time."""
    rows = [
        ",".join([str(at)[:10], *(f"{value:.6g}" for value in values)])
        for at, *values in zip(
            bars.closed_at, *(getattr(bars, name) for name in COLUMNS), strict=True
        )
    ]
    return "\n".join(["Date,Open,High,Low,Close,Volume", *rows]) + "\n"


def weigh_script(folder: Path) -> dict[str, float]:
    """Return the kilobytes of each script of a built page as it is sent with gzip, workers too.

    Parameters
    ----------
    folder : pathlib.Path
        Scripts that are too short to be stored with gzip count as they are.
    """
    return {
        path.name: _sent_bytes(path) / 1e3
        for path in sorted(folder.rglob("*.js"))
        if path.is_file()
    }


def in_seconds(milliseconds: list[float]) -> list[float]:
    """Return times in seconds."""
    return [one / 1e3 for one in milliseconds]


def how_busy() -> float:
    """Return how long a second's work of one processor takes: more than one where others work."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < 1.0:
        pass
    return time.perf_counter() - wall


def _sent_bytes(path: Path) -> int:
    stored = path.with_name(f"{path.name}.gz")
    if stored.is_file():
        # What is stored must be what it says: sizes of something else would prove nothing.
        if gzip.decompress(stored.read_bytes()) != path.read_bytes():
            raise RuntimeError(f"{stored.name} holds something else than {path.name}")
        return stored.stat().st_size
    return path.stat().st_size


def _find(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(f"expected {program} on PATH, was none; install Node.js 20")
    return found


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
