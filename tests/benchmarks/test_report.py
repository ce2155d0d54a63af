"""The closing line, exit code and results file of every study and benchmark."""

import importlib.util
import json
import math
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from scipy.stats import binom

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "_report.py"
CLOSING = re.compile(
    r"^(?P<name>[\w-]+) (?P<figure>\S+) \[(?P<low>\S+), (?P<high>\S+)\]"
    r" bar (?P<bar>\S+) (?P<outcome>holds|falls short)$"
)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Return benchmarks/_report.py, keeping its results in a folder of this test."""
    spec = importlib.util.spec_from_file_location("_report_of_this_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, loaded)
    spec.loader.exec_module(loaded)
    monkeypatch.setattr(loaded, "RESULTS", tmp_path / "results")
    return loaded


def close(module: ModuleType, figure: float = 0.004, bar: float = 0.01, **options: Any) -> int:
    report = module.Report(name="noise", title="False promotions", seed=7, columns=("world", "n"))
    report.add("garch", 1234)
    report.figures["per_world"] = {"garch": figure}
    options = {"at_most": True, **options}
    code: int = report.close(figure, (0.001, 0.0092345678), bar, **options)
    return code


def runs(tmp_path: Path) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = json.loads(
        (tmp_path / "results" / "noise.json").read_text("utf-8")
    )
    return kept


def test_the_closing_line_is_the_last_one_and_has_its_form(
    module: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    close(module, 0.0041234567)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "noise 0.00412346 [0.001, 0.00923457] bar 0.01 holds"
    assert CLOSING.match(last)


@pytest.mark.parametrize(
    ("measured", "holds"),
    [
        ((0.004, 0.01, True), True),
        ((0.01, 0.01, True), True),
        ((0.011, 0.01, True), False),
        ((0.9, 0.8, False), True),
        ((0.8, 0.8, False), True),
        ((0.79, 0.8, False), False),
        ((math.nan, 0.01, True), False),
        ((math.nan, 0.01, False), False),
        ((math.inf, 0.01, True), False),
        ((-math.inf, 0.8, False), False),
    ],
)
def test_the_exit_code_is_zero_only_where_the_bar_holds(
    measured: tuple[float, float, bool],
    holds: bool,
    module: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    figure, bar, at_most = measured
    assert close(module, figure, bar, at_most=at_most) == (0 if holds else 1)
    said = CLOSING.match(capsys.readouterr().out.splitlines()[-1])
    assert said is not None
    assert said["outcome"] == ("holds" if holds else "falls short")


@pytest.mark.parametrize(("figure", "outcome"), [(0.004, "holds"), (0.02, "falls short")])
def test_the_outcome_is_kept_whatever_it_is(
    figure: float, outcome: str, module: ModuleType, tmp_path: Path
) -> None:
    close(module, figure)
    assert runs(tmp_path)[0]["outcome"] == outcome


@pytest.mark.parametrize(
    ("also", "holds"),
    [({}, True), ({"speed": True}, True), ({"speed": True, "size": False}, False)],
)
def test_every_further_bar_must_hold_too(
    also: dict[str, bool],
    holds: bool,
    module: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert close(module, also=also) == (0 if holds else 1)
    *before, last = capsys.readouterr().out.splitlines()
    assert last.endswith(" holds" if holds else " falls short")
    for name, kept in also.items():
        assert f"{name}: {'holds' if kept else 'falls short'}" in before


def test_the_table_is_printed_with_its_title_heads_and_rows(
    module: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    close(module)
    printed = capsys.readouterr().out
    for part in ("False promotions", "world", "garch", "1234"):
        assert part in printed


def test_cells_are_short(module: ModuleType) -> None:
    report = module.Report(name="noise", title="", seed=None, columns=("a", "b", "c"))
    report.add(0.123456, 12, "all")
    assert report.rows == [("0.1235", "12", "all")]


def test_every_run_is_kept_with_what_is_needed_to_repeat_it(
    module: ModuleType, tmp_path: Path
) -> None:
    close(module)
    [run] = runs(tmp_path)
    assert (run["figure"], run["interval"], run["bar"]) == (0.004, [0.001, 0.0092345678], 0.01)
    assert run["seed"] == 7
    assert run["figures"] == {"per_world": {"garch": 0.004}}
    assert run["table"] == [["world", "n"], ["garch", "1234"]]
    assert run["run_seconds"] >= 0.0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", run["finished_at"])
    assert set(run["machine"]) == {"processor", "cores", "system", "python"}
    assert {"bellwether", "numpy", "onnxruntime"} <= set(run["versions"])


def test_nothing_of_the_machine_but_its_kind_is_kept(module: ModuleType, tmp_path: Path) -> None:
    close(module)
    text = (tmp_path / "results" / "noise.json").read_text("utf-8")
    for part in (str(Path.home()), str(SCRIPT.parent), str(tmp_path)):
        assert part not in text


def test_runs_are_appended_and_earlier_ones_stay(module: ModuleType, tmp_path: Path) -> None:
    close(module, 0.004)
    first = runs(tmp_path)
    close(module, 0.02)
    close(module, 0.005)
    assert runs(tmp_path)[:1] == first
    assert [run["figure"] for run in runs(tmp_path)] == [0.004, 0.02, 0.005]


def test_nothing_half_written_is_left_behind(module: ModuleType, tmp_path: Path) -> None:
    close(module)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["noise.json"]


def test_a_damaged_results_file_is_not_overwritten(module: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "results" / "noise.json"
    path.parent.mkdir()
    path.write_text('[{"figure": 0.004}', encoding="utf-8")
    with pytest.raises(ValueError, match="delimiter"):
        close(module)
    assert path.read_text("utf-8") == '[{"figure": 0.004}'


def test_a_library_that_is_absent_is_said_to_be(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "LIBRARIES", ("no-library-of-this-name",))
    close(module)
    assert runs(tmp_path)[0]["versions"] == {"no-library-of-this-name": "not installed"}


@pytest.mark.parametrize(("n_hits", "n_runs"), [(0, 400), (3, 400), (200, 400), (400, 400), (1, 1)])
def test_the_interval_is_exact(n_hits: int, n_runs: int, module: ModuleType) -> None:
    low, high = module.exact_interval(n_hits, n_runs)
    assert 0.0 <= low <= n_hits / n_runs <= high <= 1.0
    if n_hits:
        assert binom.sf(n_hits - 1, n_runs, low) == pytest.approx(0.025, rel=1e-6)
    if n_hits < n_runs:
        assert binom.cdf(n_hits, n_runs, high) == pytest.approx(0.025, rel=1e-6)


def test_the_interval_of_no_hits_is_the_textbook_one(module: ModuleType) -> None:
    """Rule of three, exactly: 1 - (alpha/2)^(1/n)."""
    low, high = module.exact_interval(0, 400)
    assert low == 0.0
    assert high == pytest.approx(1.0 - 0.025 ** (1.0 / 400.0), rel=1e-12)


def test_a_plain_run_has_the_defaults_of_its_script(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["study_noise.py"])
    arguments = module.parse_arguments("Noise.", seed=20, n_worlds=400)
    assert (arguments.seed, arguments.n_worlds) == (20, 400)
    assert arguments.workers >= 1


def test_counts_are_flags(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "--n-worlds", "3", "--seed", "5", "--workers", "2"])
    arguments = module.parse_arguments("Noise.", seed=20, n_worlds=400)
    assert vars(arguments) == {"seed": 5, "workers": 2, "n_worlds": 3}


def test_an_unknown_flag_stops_the_run(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "--worlds", "3"])
    with pytest.raises(SystemExit) as stopped:
        module.parse_arguments("Noise.", seed=20, n_worlds=400)
    assert stopped.value.code == 2
    assert "--worlds" in capsys.readouterr().err
