import os
import pwd
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import BundleFolder
from bellwether.bars import Bars, Panel, SessionCalendar, edge_world, noise_world
from bellwether.bootstrap import HomeUnusable, Workspace, open_workspace
from bellwether.clock import FixedClock
from bellwether.errors import BellwetherError
from bellwether.monitor import Standing
from bellwether.registry import RegistryUnavailable, Stage
from bellwether.samples import TooLittleHistory
from bellwether.service import HistoryTooShort, Prediction, SourceKind, TrainingResult
from bellwether.validation import Decision, FamilyPlan, FitTask, TrainingPlan, judge
from bellwether.watch import Checkpoint

PLAN = TrainingPlan(
    name="tiny",
    families=tuple(
        FamilyPlan(family=name, preset="demo", n_refits=2)
        for name in ("ridge", "gradient_boosting")
    ),
)


@pytest.fixture(scope="module")
def edge() -> Bars:
    return edge_world(11, 2520, information_coefficient=0.2).bars


def open_at(home: Path, bars: Bars, **settings: object) -> Workspace:
    clock = FixedClock(bars.closed_at[-1] + np.timedelta64(1, "h"))
    return open_workspace({"home": home, "workers": 2, **settings}, clock=clock)


def train_at(home: Path, bars: Bars, **settings: object) -> TrainingResult:
    workspace = open_at(home, bars, **settings)
    return workspace.train(workspace.request(Panel(bars=[bars]), plan=PLAN))


def predict_at(home: Path, bars: Bars, **settings: object) -> Prediction:
    later = bars.closed_at[-1] + np.arange(1, 9) * np.timedelta64(1, "D")
    calendar = SessionCalendar(name="days", closes_at=np.concatenate([bars.closed_at, later]))
    return open_at(home, bars, **settings).predict(bars, calendar)


def content_of(home: Path) -> dict[str, bytes]:
    """Return every file that a rerun may not change; SQLite's are read through their ports."""
    files = (path for path in home.rglob("*") if path.is_file())
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in files
        if not path.name.startswith(("registry.sqlite", "journal.sqlite"))
    }


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, edge: Bars) -> tuple[Path, TrainingResult]:
    """Return a home in which the edge was learned, and what came of it."""
    home = tmp_path_factory.mktemp("home") / "new" / "home"
    return home, train_at(home, edge)


def test_an_edge_that_was_learned_serves_as_the_model(
    trained: tuple[Path, TrainingResult], edge: Bars
) -> None:
    home, result = trained
    assert result.verdict.decision is Decision.PROMOTE
    said = predict_at(home, edge, confidence_threshold=50)
    assert said.source.kind is SourceKind.MODEL
    assert result.champion is not None
    assert said.source.model_id == result.champion.model_id
    assert said.fallback_reason is None
    assert said.probability_up is not None
    assert said.past_hits is not None


def test_noise_is_refused_and_the_rules_answer_and_say_why(tmp_path: Path) -> None:
    bars = noise_world(5, 1600).bars
    result = train_at(tmp_path, bars)
    assert result.verdict.decision is Decision.REFUSE
    said = predict_at(tmp_path, bars)
    assert said.source.kind is SourceKind.RULES
    assert said.fallback_reason is not None


def test_a_second_identical_run_changes_no_file_and_makes_no_move(
    trained: tuple[Path, TrainingResult], edge: Bars
) -> None:
    home, first = trained
    files, history = content_of(home), open_at(home, edge).registry.history()
    second = train_at(home, edge)
    assert content_of(home) == files
    assert open_at(home, edge).registry.history() == history
    assert second.champion == first.champion
    assert [c.verdict for c in second.candidates] == [c.verdict for c in first.candidates]


def test_evidence_on_disk_gets_the_same_verdict(
    trained: tuple[Path, TrainingResult], edge: Bars
) -> None:
    home, result = trained
    workspace = open_at(home, edge)
    for candidate in result.candidates:
        kept = workspace.evidence.get(candidate.verdict.evidence_digest)
        assert judge(kept, workspace.gate) == candidate.verdict


def test_what_is_said_before_training_counts_the_looks_of_this_run(
    tmp_path: Path, trained: tuple[Path, TrainingResult], edge: Bars
) -> None:
    home, result = trained
    for place in (tmp_path / "fresh", home):
        workspace = open_at(place, edge)
        said = workspace.plan_evidence(workspace.request(Panel(bars=[edge]), plan=PLAN))
        assert result.verdict.skill is not None
        assert said.alpha == result.verdict.skill.alpha
        assert said.n_needed_bars == result.verdict.n_needed


def test_a_watcher_sees_every_fit_of_every_process(tmp_path: Path) -> None:
    class Watcher:
        def __init__(self) -> None:
            self.shares: dict[str, float] = {}
            self.judged = 0

        def planned(self, tasks: list[FitTask]) -> None:
            self.shares = {task.key: 0.0 for task in tasks}

        def tuned(self, n_done: int, n_total: int) -> None:
            raise AssertionError(f"nothing is tuned by this plan, was {n_done} of {n_total}")

        def fitting(self, task: FitTask, share: float) -> None:
            self.shares[task.key] = share

        def judging(self) -> None:
            self.judged += 1
            assert set(self.shares.values()) == {1.0}

    bars, watcher = noise_world(1, 700).bars, Watcher()
    workspace = open_at(tmp_path, bars)
    workspace.train(workspace.request(Panel(bars=[bars]), plan=PLAN), watcher)  # type: ignore[arg-type]
    assert (len(watcher.shares), watcher.judged) == (6, 1)


@pytest.mark.parametrize("n_bars", [40, 100, 300])
def test_short_histories_need_leave_and_then_enough_rows(tmp_path: Path, n_bars: int) -> None:
    bars = noise_world(1, n_bars).bars
    workspace = open_at(tmp_path, bars)
    panel, nets = Panel(bars=[bars]), (FamilyPlan(family="lstm", preset="demo", n_refits=1),)
    with pytest.raises(HistoryTooShort, match=f"{n_bars} bars"):
        workspace.request(panel)
    plan = TrainingPlan(name="net", families=nets)
    request = workspace.request(panel, plan=plan, short_history=True)
    with pytest.raises(TooLittleHistory, match="lstm"):
        workspace.train(request)
    assert not workspace.trials.entries()
    assert not (tmp_path / "rules.bundle").exists()


def test_settings_reach_the_request(tmp_path: Path, edge: Bars) -> None:
    workspace = open_at(
        tmp_path,
        edge,
        horizon_bars=5,
        cost_bps=2.0,
        promotion_gate="both",
        promotion_panel="market_neutral",
        promotion_level=0.02,
        information_coefficient_worth_finding=0.2,
    )
    request = workspace.request(Panel(bars=[edge]), budget_seconds=1.0)
    assert request.universe == edge.symbol
    assert request.label.horizon_bars == 5
    assert (request.cost_bps, request.ic_worth_finding) == (2.0, 0.2)
    assert (request.gate.binding, request.gate.level) == ("both", 0.02)
    assert request.gate.panel == "market_neutral"
    assert request.plan.name == "cheap"


def test_a_home_that_is_a_file_is_refused(tmp_path: Path, edge: Bars) -> None:
    place = tmp_path / "home"
    place.write_text("here first")
    for home in (place, place / "below"):
        with pytest.raises(HomeUnusable, match="--home") as caught:
            open_at(home, edge)
        assert str(home) in caught.value.expected
    assert place.read_text() == "here first"


@contextmanager
def only_reading(home: Path) -> Iterator[Path]:
    """Be somebody who may read a copy of a home but not write it: root becomes nobody."""
    folder = Path(tempfile.mkdtemp(prefix="bellwether-"))
    copy = shutil.copytree(home, folder / "home", dirs_exist_ok=True)
    is_root = os.geteuid() == 0
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if is_root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield copy
    finally:
        if is_root:
            os.seteuid(0)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_a_home_that_may_only_be_read_predicts_and_does_not_train(
    tmp_path: Path, trained: tuple[Path, TrainingResult], edge: Bars
) -> None:
    home, result = trained
    predict_at(tmp_path, edge)  # nobody might not be allowed to read what it loads
    with only_reading(home) as copy:
        files = sorted(copy.rglob("*"))
        said = predict_at(copy, edge, confidence_threshold=50)
        assert result.champion is not None
        assert said.source.model_id == result.champion.model_id
        with pytest.raises(HomeUnusable, match="denied"):
            train_at(copy, edge)
        assert sorted(copy.rglob("*")) == files


def test_an_empty_home_that_may_only_be_read_answers_by_the_rules(
    tmp_path: Path, edge: Bars
) -> None:
    predict_at(tmp_path / "own", edge)  # nobody might not be allowed to read what it loads
    (tmp_path / "empty").mkdir()
    with only_reading(tmp_path / "empty") as home:
        said = predict_at(home, edge)
        assert said.source.kind is SourceKind.RULES
        with pytest.raises(HomeUnusable, match="denied"):
            open_at(home / "deeper", edge)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_registry_and_journal_are_where_the_database_setting_says(
    kind: str, tmp_path: Path, edge: Bars, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere/both.sqlite"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    home = tmp_path / "home"
    said = predict_at(home, edge, database=url)
    workspace = open_at(home, edge, database=url)
    assert workspace.journal.get(said.prediction_id).number == 1
    assert not workspace.registry.records()
    assert not list(home.glob("*.sqlite"))
    workspace.journal.close()
    workspace.registry.close()


def test_a_database_that_is_gone_does_not_take_the_answer_along(tmp_path: Path, edge: Bars) -> None:
    url = "postgresql://user@/none?host=/nowhere"
    said = predict_at(tmp_path, edge, database=url)
    assert said.source.kind is SourceKind.RULES
    with pytest.raises(RegistryUnavailable):
        _ = open_at(tmp_path, edge, database=url).registry


@contextmanager
def largest_file(n_bytes: int) -> Iterator[None]:
    """Let no file grow beyond some bytes: a full disk for whoever writes more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_without_room_for_a_byte_is_refused_and_left_empty(
    tmp_path: Path, edge: Bars
) -> None:
    with largest_file(0), pytest.raises(HomeUnusable, match="too large"):
        open_at(tmp_path, edge)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("n_bytes", [1_000, 6_000, 30_000, 60_000, 120_000])
def test_a_disk_that_fills_up_stops_training_with_one_error_and_nothing_half_written(
    tmp_path: Path, trained: tuple[Path, TrainingResult], edge: Bars, n_bytes: int
) -> None:
    """The fits are remembered, so that each size fails at another step after them."""
    home, result = trained
    shutil.copytree(home / "work", tmp_path / "work")
    with largest_file(n_bytes), pytest.raises(BellwetherError, match="expected"):
        train_at(tmp_path, edge)
    assert not list(tmp_path.rglob("*.part"))
    workspace = open_at(tmp_path, edge)
    workspace.trials.entries()
    for record in workspace.registry.records():
        assert record.stage in (Stage.CANDIDATE, Stage.REFUSED)
        BundleFolder(tmp_path / "bundles").load(record)
    again = train_at(tmp_path, edge)
    assert [c.verdict for c in again.candidates] == [c.verdict for c in result.candidates]
    assert content_of(tmp_path).keys() == content_of(home).keys()
    bundles = {name: part for name, part in content_of(home).items() if "bundle" in name}
    assert {name: content_of(tmp_path)[name] for name in bundles} == bundles


def test_somebody_who_stops_watching_is_no_fault_of_the_folder(
    tmp_path: Path, trained: tuple[Path, TrainingResult], edge: Bars
) -> None:
    class Gone:
        def planned(self, tasks: list[FitTask]) -> None:
            raise BrokenPipeError(f"{len(tasks)} fits")

    workspace = open_at(tmp_path, edge)
    with pytest.raises(BrokenPipeError):
        workspace.train(workspace.request(Panel(bars=[edge]), plan=PLAN), Gone())  # type: ignore[arg-type]


def test_a_home_tells_what_is_thought_of_its_models(tmp_path: Path, edge: Bars) -> None:
    workspace = open_at(tmp_path, edge)
    assert workspace.standings is not None
    assert workspace.standings.find("m-1") is None
    red = Standing(model_id="m-1", condition="red", accuracy=0.47, fallback_accuracy=0.51)
    kept = Checkpoint(name="standing/m-1", number=1, content=red.to_json())
    workspace.checkpoints.save([kept])
    assert workspace.standings.find("m-1") == red
    assert open_at(tmp_path, edge).standings.find("m-1") == red  # type: ignore[union-attr]
