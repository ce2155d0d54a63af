"""Whether a browser gives the service's answers, on real bars that no model ever saw.

Families are fitted to the S&P 500 (the nets at the contract's size, with few epochs) and exported,
as in `study-parity`, and so are ensembles of them, and trees on the 158 factors of Qlib. Random
windows of the CC0 panel then go two ways: through the service's ladder here, and through the
client's in a real Chromium, in its worker.
What the two say is compared number by number and word by word; of the first windows both are asked
why too, and what each feature did to the answer is compared with the rest. Also measured: the time
until a bundle is ready, the engine's start and the golden answers included, that of an answer, and
that of one which tells why.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from _report import Report, parse_arguments
from bellwether.arrays import FloatArray, TimeArray
from bellwether.clock import FixedClock
from bellwether.features import alpha158
from bellwether.registry import (
    LoadedBundle,
    MarketKey,
    ModelRecord,
    Registry,
    Serving,
    Stage,
    make_rules_bundle,
    open_bundle,
    pack_bundle,
)
from bellwether.service import (
    LadderOptions,
    Prediction,
    PredictOptions,
    PredictPorts,
    Question,
    predict_many,
)
from bellwether.sources import sample_market
from study_parity import FAMILIES, draw_windows, fit_families, pack, state_of

BAR = 1e-6
SYMBOL, RULES = "sp500", "rules.bundle"
WIDE_FAMILIES: dict[str, dict[str, int]] = {"gradient_boosting": {}}
CLIENT = Path(__file__).parent.parent / "web" / "client"
PATIENCE_SECONDS = 3600
_COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """Windows of bars, the same for every bundle.

    Parameters
    ----------
    windows : float64 array of shape (n_windows, n_bars, 5)
    closed_at : datetime64[us] array of shape (n_bars,)
        Made up: a window's own times say nothing to a graph.
    n_explained : int
        Of how many windows, the first ones, it is asked why.
    """

    windows: FloatArray
    closed_at: TimeArray
    n_explained: int

    @property
    def now(self) -> np.datetime64:
        """When everything is asked: right at the last close."""
        last: np.datetime64 = self.closed_at[-1]
        return last


class OneBundle:
    """One bundle and the rules, in the places of registry, bundles and rules."""

    def __init__(self, content: bytes | None, rules: bytes) -> None:
        self._model = None if content is None else open_bundle(content, "model")
        self._rules = open_bundle(rules, "rules")

    def serving_symbol(self, _symbol: str, interval: str, horizon_bars: int) -> Serving:
        """Return the bundle as everybody's champion."""
        if self._model is None:
            return Serving()
        manifest = self._model.manifest
        at = cast("np.datetime64", manifest.trained_at)
        champion = ModelRecord(
            model_id=manifest.model_id,
            market=MarketKey(universe="parity", interval=interval, horizon_bars=horizon_bars),
            symbols=manifest.symbols,
            bundle_digest=self._model.digest,
            pipeline_digest="p",
            snapshot_digest="s",
            stage=Stage.CHAMPION,
            trained_at=at,
            registered_at=at,
            changed_at=at,
            bellwether_version=manifest.bellwether_version,
            metrics={},
            verdict=None,
        )
        return Serving(champion=champion)

    def load(self, record: ModelRecord | None = None) -> LoadedBundle:
        """Return the model, or the rules where no model is named."""
        return self._rules if record is None or self._model is None else self._model

    def put(self, _bundle: object) -> str:
        """Keep nothing."""
        raise NotImplementedError


def draw(folder: Path, counts: tuple[int, int, int], seed: int) -> Asked:
    """Return random windows of the panel: so many, of which so many are explained, so many bars."""
    n_windows, n_explained, n_bars = counts
    drawn = draw_windows(folder, n_windows, seed)
    windows = np.stack([history[last - n_bars + 1 : last + 1] for history, last in drawn])
    days = np.busday_offset(np.datetime64("2019-01-01"), np.arange(n_bars), roll="forward")
    closed_at = np.add(days.astype("datetime64[us]"), np.timedelta64(21, "h"))
    return Asked(windows=windows, closed_at=closed_at, n_explained=n_explained)


def answer_here(asked: Asked, content: bytes | None, rules: bytes) -> tuple[Prediction, ...]:
    """Return the service's answers."""
    shelf = OneBundle(content, rules)
    ports = PredictPorts(
        registry=cast("Registry", shelf), bundles=shelf, rules=shelf, clock=FixedClock(asked.now)
    )
    ladder = LadderOptions(least_confidence=0.0, most_age_days=1e9)
    questions = [
        Question(
            symbol=SYMBOL,
            interval="1d",
            horizon_bars=1,
            columns={"closed_at": asked.closed_at, **dict(zip(_COLUMNS, window.T, strict=True))},
            calendar=None,
            why_seconds=PATIENCE_SECONDS if place < asked.n_explained else None,
        )
        for place, window in enumerate(asked.windows)
    ]
    return predict_many(questions, ports=ports, options=PredictOptions(ladder=ladder))


def answer_in_browser(
    asked: Asked, bundles: Mapping[str, bytes | None], rules: bytes, folder: Path
) -> dict[str, Any]:
    """Return the browser's answers by bundle, as the tool of the client's package gives them."""
    (folder / "windows.bin").write_bytes(np.ascontiguousarray(asked.windows).tobytes())
    (folder / RULES).write_bytes(rules)
    listed = []
    for place, (name, content) in enumerate(bundles.items()):
        if content is None:
            listed.append({"name": str(place), "file": None, "digest": None})
            continue
        file = f"{place}.bundle"
        (folder / file).write_bytes(content)
        digest = open_bundle(content, name).digest
        listed.append({"name": str(place), "file": file, "digest": digest})
    told = {
        "symbol": SYMBOL,
        "n_bars": asked.windows.shape[1],
        "n_windows": len(asked.windows),
        "n_explained": asked.n_explained,
        "closed_at": asked.closed_at.view(np.int64).tolist(),
        "now": int(asked.now.astype(np.int64)),
        "bundles": listed,
        "rules": RULES,
    }
    (folder / "windows.json").write_text(json.dumps(told), encoding="ascii")
    command = [_find("node"), str(CLIENT / "build" / "parity.js"), str(folder)]
    subprocess.run(command, check=True, timeout=PATIENCE_SECONDS)
    return {
        name: json.loads((folder / f"answers-{place}.json").read_bytes())
        for place, name in enumerate(bundles)
    }


def compare(here: Sequence[Prediction], there: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return how far two lists of answers are apart.

    Returns
    -------
    figures : dict
        `difference`: the largest in probability; `numbers`: in any other number, relative above
        one; `n_otherwise`: answers of another source, direction, reason, id or word, or that the
        browser did not compute itself.
    """
    difference = numbers = 0.0
    n_otherwise = 0
    for ours, told in zip(here, there, strict=True):
        mine, theirs = (_by_feature(one) for one in (ours.to_json(), told["prediction"]))
        both = mine["probability_up"], theirs["probability_up"]
        if None in both:
            n_otherwise += both[0] is not both[1]
        else:
            difference = max(difference, abs(float(str(both[0])) - both[1]))
        gap, is_same = _gap(mine, theirs)
        numbers = max(numbers, gap)
        if not (is_same and told["by"] == "page" and not told["detours"]):
            n_otherwise += 1
            print(f"expected {ours.reasons}, was {theirs['reasons']}, {theirs['steps']}"[:500])
    return {"difference": difference, "numbers": numbers, "n_otherwise": n_otherwise}


def _by_feature(prediction: dict[str, Any]) -> dict[str, Any]:
    """Return a prediction with its contributions by name: of equal ones either may come first."""
    told = sorted(prediction["contributions"], key=lambda one: str(one["feature"]))
    return {**prediction, "contributions": told}


def _gap(mine: Any, theirs: Any) -> tuple[float, bool]:
    """Return the largest difference between numbers, and whether all else is the same."""
    if isinstance(mine, dict):
        if not isinstance(theirs, dict) or list(mine) != list(theirs):
            return 0.0, False
        pairs = [(mine[name], theirs[name]) for name in mine]
    elif isinstance(mine, list):
        if not isinstance(theirs, list) or len(mine) != len(theirs):
            return 0.0, False
        pairs = list(zip(mine, theirs, strict=True))
    elif isinstance(mine, int | float) and isinstance(theirs, int | float):
        return abs(mine - theirs) / max(1.0, abs(mine)), True
    else:
        return 0.0, mine == theirs
    found = [_gap(one, other) for one, other in pairs]
    return max((gap for gap, _ in found), default=0.0), all(same for _, same in found)


def build_client() -> None:
    """Build the client and the tool that drives the browser.

    Raises
    ------
    FileNotFoundError
        If npm is not on PATH.
    subprocess.CalledProcessError
        If the build fails.
    """
    npm = _find("npm")
    if not (CLIENT / "node_modules").is_dir():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=CLIENT, check=True)
    for script in ("build", "build:tools"):
        subprocess.run([npm, "run", "--silent", script], cwd=CLIENT, check=True)


def _find(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(f"expected {program} on PATH, was none; install Node.js 20")
    return found


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=7, windows=1000, explained=25, bars=400)
    folder = Path(os.environ.get("BELLWETHER_MARKET_DATA", "../shared/data")) / "us_daily_cc0"
    if not folder.is_dir():
        print(f"expected the CC0 panel at {folder}, was nothing; set BELLWETHER_MARKET_DATA")
        return 2
    report = Report(
        name="study-browser-parity",
        title=f"Browser against service, {arguments.windows} windows of the CC0 panel",
        seed=arguments.seed,
        columns=(
            "bundle",
            "largest |difference| in probability",
            "in any other number",
            "otherwise",
            "ms until ready",
            "ms an answer (median)",
            "ms with why (median)",
        ),
    )
    build_client()
    trained = fit_families(sample_market(SYMBOL).bars, arguments.seed, {**FAMILIES, "logistic": {}})
    line_ups: dict[str, tuple[str, ...]] = {name: (name,) for name in trained.models}
    line_ups["ensemble"] = tuple(FAMILIES)
    bundles: dict[str, bytes | None] = {
        name: pack(trained, names, state_of(trained, names)) for name, names in line_ups.items()
    }
    # Qlib's 158 factors and their trees, in one file from raw bars to the answer.
    wide = fit_families(sample_market(SYMBOL).bars, arguments.seed, WIDE_FAMILIES, alpha158())
    for name in wide.models:
        bundles[f"{name}, alpha158"] = pack(wide, (name,), state_of(wide, (name,)))
    bundles["rules"] = None  # no model: the rules answer
    rules = pack_bundle(make_rules_bundle(np.array([0.47, 0.5, 0.54])))
    n_explained = min(arguments.explained, arguments.windows // 2)
    counts = arguments.windows, n_explained, arguments.bars
    asked = draw(folder, counts, arguments.seed)
    with tempfile.TemporaryDirectory() as place:
        there = answer_in_browser(asked, bundles, rules, Path(place))
    figures = {
        name: {
            **compare(answer_here(asked, content, rules), there[name]["told"]),
            "ready_ms": there[name]["loadMilliseconds"],
            "answer_ms": float(np.median(there[name]["predictMilliseconds"])),
            "why_ms": float(np.median(there[name]["explainMilliseconds"])),
        }
        for name, content in bundles.items()
    }
    for name, one in figures.items():
        report.add(
            name,
            f"{one['difference']:.2e}",
            f"{one['numbers']:.2e}",
            int(one["n_otherwise"]),
            one["ready_ms"],
            one["answer_ms"],
            one["why_ms"],
        )
    report.figures = dict(figures)
    worst = max(one["difference"] for one in figures.values())
    numbers = max(one["numbers"] for one in figures.values())
    of_rules = max(figures["rules"]["difference"], figures["rules"]["numbers"])
    n_otherwise = sum(int(one["n_otherwise"]) for one in figures.values())
    also = {
        f"any other number differs by {numbers:.2e}, at most {BAR:g}": numbers <= BAR,
        f"the rules' numbers differ by {of_rules:.2e}, at most 1e-15": of_rules <= 1e-15,
        f"{n_otherwise} answers with another source, direction, reason or word": n_otherwise == 0,
    }
    return report.close(worst, (0.0, worst), BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
