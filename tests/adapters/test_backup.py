"""A backup holds everything as of one moment, and comes back whole or not at all."""

import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import (
    UNFINISHED,
    BackupFailed,
    BackupUnusable,
    FileTrialLog,
    HomePlaces,
    HomeTaken,
    SqlJournal,
    SqlRegistry,
    back_up,
    restore_backup,
)
from bellwether.bars import Bars
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, ModelRecord, Stage
from bellwether.service import (
    Direction,
    JournalHead,
    JournalTampered,
    Prediction,
    Rung,
    Settlement,
    SettlementOutcome,
    Source,
    SourceKind,
    digest_state,
    digest_window,
)
from bellwether.trials import Trial

NOW = np.datetime64("2019-01-02T12:00", "us")
CLOCK = FixedClock(NOW)
STATE = {"calibration": (0.25, 1.5)}
MARKET = MarketKey(universe="wörld", interval="1d", horizon_bars=1)

# A process that trains and answers for ever: bundle, then model, then an answer by it.
WRITER = """
import sys
from pathlib import Path
import numpy as np
from bellwether.adapters import FileTrialLog, SqlJournal, SqlRegistry, write_atomically
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, ModelRecord
from bellwether.service import Direction, Prediction, Rung, Source, SourceKind
from bellwether.trials import Trial

home = Path(sys.argv[1])
now = np.datetime64("2019-01-02T12:00", "us")
registry = SqlRegistry(home / "registry.sqlite", FixedClock(now))
journal, trials = SqlJournal(home / "journal.sqlite"), FileTrialLog(home / "trials.jsonl")
for place in range(1_000_000):
    model_id = f"m{place}"
    trials.append(Trial(kind="fit", pipeline=model_id, snapshot="s", lineage=(), recorded_at="t"))
    write_atomically(home / "bundles" / f"{model_id}.bundle", b"b" * 5000)
    registry.register(ModelRecord(
        model_id=model_id, market=MarketKey(universe="world", interval="1d", horizon_bars=1),
        symbols=("A",), bundle_digest=model_id, pipeline_digest="p", snapshot_digest="s",
        bellwether_version="0", trained_at=now, registered_at=now, changed_at=now, metrics={},
    ))
    journal.append(Prediction(
        symbol="A", interval="1d", as_of=now + place, horizon_bars=1, direction=Direction.HOLD,
        probability_up=None, expected_return=None, interval_return=None, confidence=0.0,
        price=100.0, target=None, stop=None, regime=None, reasons=("r" * 500,),
        source=Source(kind=SourceKind.MODEL, model_id=model_id, bundle_digest="b"),
        rung=Rung.CHAMPION, fallback_reason=None, bars_digest="",
    ), now)
    print(place, flush=True)
"""
# A process that restores a backup, and stops for good after a number of renamings.
RESTORER = """
import os, signal, sys
from pathlib import Path
from bellwether.adapters import HomePlaces, restore_backup

file, home, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
count, rename = 0, Path.rename

def counted(self, target):
    global count
    if count == most:
        os.kill(os.getpid(), signal.SIGKILL)
    count += 1
    return rename(self, target)

Path.rename = counted
places = HomePlaces(home=home, registry=home / "registry.sqlite", journal=home / "journal.sqlite")
restore_backup(file, places, replace=True)
"""


def places_of(home: Path, url: str | None = None) -> HomePlaces:
    return HomePlaces(
        home=home,
        registry=url or home / "registry.sqlite",
        journal=url or home / "journal.sqlite",
    )


def answer(number: int, bars: Bars | None = None) -> Prediction:
    return Prediction(
        symbol="A" if bars is None else bars.symbol,
        interval="1d",
        as_of=NOW - np.timedelta64(number, "D"),
        horizon_bars=1,
        direction=Direction.BUY,
        probability_up=0.55,
        expected_return=0.001,
        interval_return=None,
        confidence=70.0,
        price=100.0,
        target=None,
        stop=None,
        regime=None,
        reasons=("because – “so”",),
        source=Source(
            kind=SourceKind.RULES, bundle_digest="b" * 64, state_digest=digest_state(STATE)
        ),
        rung=Rung.CHAMPION,
        fallback_reason=None,
        bars_digest="" if bars is None else digest_window(bars),
    )


def fill(places: HomePlaces, bars: Bars) -> JournalHead:
    """Put something of every kind into a home, and return the journal's head."""
    registry, journal = SqlRegistry(places.registry, CLOCK), SqlJournal(places.journal)
    for model_id in ("m1", "m2", "m3"):
        registry.register(
            ModelRecord(
                model_id=model_id,
                market=MARKET,
                symbols=("A", "Ä"),
                bundle_digest="b",
                pipeline_digest="p",
                snapshot_digest="s",
                bellwether_version="0",
                trained_at=NOW,
                registered_at=NOW,
                changed_at=NOW,
                metrics={"accuracy": 0.1 + 0.2},
            )
        )
    registry.retire("m2", reason="too old")
    for number in (0, 1, 2, 1):
        journal.append(answer(number), NOW)
    journal.append(answer(3, bars), NOW, bars, STATE)
    journal.settle(
        [
            Settlement(
                prediction_id=answer(0).prediction_id,
                closes_at=NOW,
                realized_return=0.01,
                outcome=SettlementOutcome.HIT,
                settled_at=NOW,
            )
        ]
    )
    head = journal.verify()
    registry.close()
    journal.close()
    home = places.home
    for name in ("bundles/m1.bundle", "evidence/e.npz", "bars/snapshots/x.bars", "rules.bundle"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(name.encode() * 100)
    (home / "keys.json").write_text("{}")
    (home / "keys.json").chmod(0o600)
    trials = FileTrialLog(home / "trials.jsonl")
    for number in range(3):
        trials.append(
            Trial(kind="fit", pipeline=f"p{number}", snapshot="s", lineage=(), recorded_at="t")
        )
    for name in ("work/fit.npz", "bundles/.m4.bundle.0.part", "registry.sqlite.before-schema-2"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(b"passing")
    with closing(sqlite3.connect(home / "other.sqlite")) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (17)")
        connection.commit()
    return head


def told_by(places: HomePlaces) -> dict[str, object]:
    """Return everything that a home tells through its ports, and its files."""
    registry, journal = SqlRegistry(places.registry, CLOCK), SqlJournal(places.journal)
    entries = journal.entries(limit=1000).entries
    windows = [journal.window(entry.prediction_id) for entry in entries]
    told: dict[str, object] = {
        "records": registry.records(),
        "history": registry.history(),
        "head": journal.verify(),
        "entries": entries,
        "windows": [bars and bars.digest for bars in windows],
        "state": journal.state(digest_state(STATE)),
        "trials": FileTrialLog(places.home / "trials.jsonl").entries(),
    }
    registry.close()
    journal.close()
    return told


def files_of(home: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(home).as_posix(): (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in sorted(home.rglob("*"))
        if path.is_file() and "sqlite" not in path.name
    }


@pytest.fixture
def bars(make_bars: Callable[[int, int], Bars]) -> Bars:
    return make_bars(60, 3)


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> HomePlaces:
    on_server = request.param == "postgresql"
    return places_of(
        tmp_path / "home", request.getfixturevalue("postgres_url") if on_server else None
    )


@pytest.fixture(scope="module")
def sound(
    tmp_path_factory: pytest.TempPathFactory, make_bars: Callable[[int, int], Bars]
) -> tuple[Path, HomePlaces]:
    """Return a backup, and what it was made of."""
    folder = tmp_path_factory.mktemp("sound")
    places = places_of(folder / "home")
    fill(places, make_bars(60, 3))
    back_up(folder / "backup.zip", places, CLOCK)
    return folder / "backup.zip", places


def test_what_comes_back_is_what_was_there(places: HomePlaces, bars: Bars, tmp_path: Path) -> None:
    head = fill(places, bars)
    before, files = told_by(places), files_of(places.home)
    manifest = back_up(tmp_path / "backup.zip", places, CLOCK)
    assert (manifest.journal_head, manifest.n_models) == (head, 3)
    assert manifest.without_bundle == ("m2", "m3")
    assert manifest.made_at == "2019-01-02T12:00:00.000000Z"
    restored = places_of(tmp_path / "deep" / "restored")
    assert restore_backup(tmp_path / "backup.zip", restored) == manifest
    assert told_by(restored) == before
    kept = {name: file for name, file in files.items() if "work" not in name and "part" not in name}
    assert files_of(restored.home) == kept
    with closing(sqlite3.connect(restored.home / "other.sqlite")) as connection:
        assert connection.execute("SELECT x FROM t").fetchall() == [(17,)]


def test_a_backup_of_either_kind_is_restored_into_either(
    places: HomePlaces, bars: Bars, tmp_path: Path, postgres: object, request: pytest.FixtureRequest
) -> None:
    """From a server it goes back into the same one, which must be empty by then."""
    fill(places, bars)
    before = told_by(places)
    back_up(tmp_path / "backup.zip", places, CLOCK)
    url = request.getfixturevalue("postgres_url")
    restored = places_of(tmp_path / "restored", url)
    if isinstance(places.registry, str):
        SqlJournal(url).append(answer(9), NOW)
        with pytest.raises(HomeTaken, match="other rows"):
            restore_backup(tmp_path / "backup.zip", restored)
        assert not restored.home.exists()
        return
    restore_backup(tmp_path / "backup.zip", restored)
    assert told_by(restored) == before
    assert not list(restored.home.glob("registry*"))
    registry = SqlRegistry(url, CLOCK)
    registry.register(replace(registry.get("m1"), model_id="m4", stage=Stage.CANDIDATE))
    assert [record.model_id for record in registry.records()] == ["m1", "m2", "m3", "m4"]
    registry.close()


def test_a_database_that_holds_the_very_rows_already_is_left_as_it_is(
    bars: Bars, tmp_path: Path, postgres_url: str
) -> None:
    places = places_of(tmp_path / "home", postgres_url)
    fill(places, bars)
    before = told_by(places)
    back_up(tmp_path / "backup.zip", places, CLOCK)
    restored = places_of(tmp_path / "restored", postgres_url)
    restore_backup(tmp_path / "backup.zip", restored)
    assert told_by(restored) == before


def test_a_home_without_anything_is_backed_up_too(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    manifest = back_up(tmp_path / "backup.zip", places_of(tmp_path / "home"), CLOCK)
    assert (manifest.n_models, manifest.journal_head) == (0, JournalHead())
    assert not list((tmp_path / "home").iterdir())
    restore_backup(tmp_path / "backup.zip", places_of(tmp_path / "restored"))


def test_a_backup_under_writing_is_of_one_moment_and_nothing_in_it_lacks_what_it_names(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-c", WRITER, str(home)]
    heads = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        for turn in range(3):
            manifest = back_up(tmp_path / f"{turn}.zip", places_of(home), CLOCK)
            assert manifest.without_bundle == ()
            heads.append(manifest.journal_head)
        process.send_signal(signal.SIGKILL)
        process.stdout.read()
    for turn, head in enumerate(heads):
        restored = places_of(tmp_path / f"restored{turn}")
        restore_backup(tmp_path / f"{turn}.zip", restored)
        journal, registry = SqlJournal(restored.journal), SqlRegistry(restored.registry, CLOCK)
        assert journal.verify(head) == head
        models = {record.model_id for record in registry.records()}
        answered = {
            dict(entry.prediction["source"])["model_id"]
            for entry in journal.entries(limit=1000).entries
        }
        assert answered <= models
        assert models <= {path.stem for path in (restored.home / "bundles").iterdir()}
        trials = FileTrialLog(restored.home / "trials.jsonl").entries()
        assert models <= {trial.pipeline for trial in trials}
        journal.close()
        registry.close()
    journal = SqlJournal(home / "journal.sqlite")
    for head in heads:
        assert journal.verify(head).number >= head.number > 0
    journal.close()


def test_only_its_owner_may_read_a_backup(sound: tuple[Path, HomePlaces]) -> None:
    assert sound[0].stat().st_mode & 0o777 == 0o600


def test_a_backup_replaces_an_earlier_one_of_its_name(
    sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    file, places = sound
    (tmp_path / "backup.zip").write_text("earlier")
    back_up(tmp_path / "backup.zip", places, CLOCK)
    assert (tmp_path / "backup.zip").read_bytes() == file.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["backup.zip"]


def test_a_journal_that_was_tampered_with_is_not_backed_up(bars: Bars, tmp_path: Path) -> None:
    places = places_of(tmp_path / "home")
    fill(places, bars)
    with closing(sqlite3.connect(tmp_path / "home" / "journal.sqlite")) as connection:
        connection.execute("UPDATE journal_records SET symbol = 'B' WHERE number = 2")
        connection.commit()
    with pytest.raises(JournalTampered):
        back_up(tmp_path / "backup.zip", places, CLOCK)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("name", ["home/backup.zip", "home/bundles/backup.zip", "folder"])
def test_a_place_where_no_backup_can_be_is_refused(name: str, bars: Bars, tmp_path: Path) -> None:
    places = places_of(tmp_path / "home")
    fill(places, bars)
    (tmp_path / "folder").mkdir()
    with pytest.raises(HomeTaken):
        back_up(tmp_path / name, places, CLOCK)


def restored_or_refused(file: Path, home: Path) -> str | None:
    """Return the part that a backup was refused for, or None; refused, nothing is there."""
    try:
        restore_backup(file, places_of(home))
    except BackupUnusable as error:
        assert not home.exists()
        assert not list(home.parent.glob(".staging*"))
        return error.part
    return None


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bit_changed_is_detected_or_changes_nothing(
    place: float,
    bit: int,
    sound: tuple[Path, HomePlaces],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file, original = sound
    folder = tmp_path_factory.mktemp("changed")
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    (folder / "backup.zip").write_bytes(content)
    if restored_or_refused(folder / "backup.zip", folder / "home") is None:
        assert told_by(places_of(folder / "home")) == told_by(original)
    shutil.rmtree(folder)


@pytest.mark.parametrize("place", range(1, 23))
def test_any_byte_of_the_archives_end_may_be_wrong(
    place: int, sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    content = bytearray(sound[0].read_bytes())
    content[-place] = 255 - content[-place]
    (tmp_path / "backup.zip").write_bytes(content)
    if restored_or_refused(tmp_path / "backup.zip", tmp_path / "home") is None:
        assert told_by(places_of(tmp_path / "home")) == told_by(sound[1])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_backup_that_was_cut_is_refused(
    share: float, sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    content = sound[0].read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[: int(share * len(content))])
    assert restored_or_refused(tmp_path / "cut.zip", tmp_path / "home") is not None


def rewritten(file: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write a backup anew with some of its parts changed, or left out, and sound as an archive."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                archive.writestr(name, content)
    return target


@pytest.mark.parametrize(
    "part", ["journal.sqlite", "registry.sqlite", "files/bundles/m1.bundle", "files/trials.jsonl"]
)
@pytest.mark.parametrize("left_out", [True, False])
def test_a_part_that_is_missing_or_another_is_named(
    part: str, left_out: bool, sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    file = rewritten(
        sound[0],
        tmp_path / "changed.zip",
        lambda name, content: (
            content if name != part else (None if left_out else content[:-1] + b"?")
        ),
    )
    assert restored_or_refused(file, tmp_path / "home") == part


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('"format":1', '"format":2', "manifest.json"),
        ('"format":1', '"format":"x"', "manifest.json"),
        ('"n_models":3', '"n_models":4', "registry.sqlite"),
        ('"journal_head":"', '"journal_head":"1', "journal.sqlite"),
        ("files/rules.bundle", "files/../rules.bundle", "'files/../rules.bundle'"),
        ("files/rules.bundle", "/etc/rules.bundle", "'/etc/rules.bundle'"),
        ("files/rules.bundle", "files//rules.bundle", "'files//rules.bundle'"),
        ("files/rules.bundle", "files/evidence", "'files/rules.bundle'"),
        ('{"', '["', "manifest.json"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    old: str, new: str, part: str, sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    def change(name: str, content: bytes) -> bytes:
        text = content.decode() if name == "manifest.json" else None
        if text is None:
            return content
        assert old in text
        return text.replace(old, new, 1).encode()

    file = rewritten(sound[0], tmp_path / "changed.zip", change)
    assert restored_or_refused(file, tmp_path / "home") == part


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no backup")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a", b"b")
    for name in ("text", "other.zip", "none"):
        assert restored_or_refused(tmp_path / name, tmp_path / "home") is not None


def test_a_home_that_holds_something_is_not_touched_without_leave(
    sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    file, original = sound
    home = tmp_path / "home"
    home.mkdir()
    (home / "here").write_text("first")
    with pytest.raises(HomeTaken, match="not empty"):
        restore_backup(file, places_of(home))
    assert files_of(home) == {"here": (b"first", 0o644)}
    restore_backup(file, places_of(home), replace=True)
    assert told_by(places_of(home)) == told_by(original)
    [aside] = home.glob(".replaced-*")
    assert (aside / "here").read_text() == "first"
    assert not (home / UNFINISHED).exists()
    manifest = back_up(tmp_path / "again.zip", places_of(home), CLOCK)
    assert not [part for part in manifest.parts if "replaced" in part.name]


def test_a_file_in_the_way_is_never_replaced(
    sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("first")
    for replaces in (False, True):
        with pytest.raises(HomeTaken, match="a file"):
            restore_backup(sound[0], places_of(tmp_path / "home"), replace=replaces)


def test_an_empty_home_keeps_its_folder(sound: tuple[Path, HomePlaces], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    before = home.stat().st_ino
    restore_backup(sound[0], places_of(home))
    assert (home.stat().st_ino, home.stat().st_mode & 0o777) == (before, 0o700)
    assert told_by(places_of(home)) == told_by(sound[1])


@pytest.mark.parametrize("most", [0, 1])
def test_a_restore_that_is_killed_leaves_a_home_that_was_not_there_away(
    most: int, sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-c", RESTORER, str(sound[0]), str(home), str(most)]
    ended = subprocess.run(command, check=False, timeout=60)
    if most:
        assert ended.returncode == 0
    else:
        assert ended.returncode == -signal.SIGKILL
        assert not home.exists()
        restore_backup(sound[0], places_of(home))
    assert told_by(places_of(home)) == told_by(sound[1])
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("most", range(0, 12, 2))
def test_a_restore_that_is_killed_over_another_home_is_done_again_and_not_opened_before(
    most: int, sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "here").write_text("first")
    command = [sys.executable, "-c", RESTORER, str(sound[0]), str(home), str(most)]
    ended = subprocess.run(command, check=False, timeout=60)
    assert (home / UNFINISHED).exists() == (ended.returncode == -signal.SIGKILL)
    restore_backup(sound[0], places_of(home), replace=True)
    assert told_by(places_of(home)) == told_by(sound[1])
    assert [path.read_text() for path in home.glob(".replaced-*/here")] == ["first"]
    assert not (home / UNFINISHED).exists()


@contextmanager
def largest_file(n_bytes: int) -> Iterator[None]:
    """Let no file grow beyond some bytes: a full disk for whoever writes more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("n_bytes", [0, 3_000, 8_000, 20_000, 30_000])
def test_a_full_disk_is_one_error_and_leaves_no_part_of_a_backup(
    n_bytes: int, sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    (tmp_path / "backup.zip").write_text("earlier")
    with largest_file(n_bytes), pytest.raises(BackupFailed):
        back_up(tmp_path / "backup.zip", sound[1], CLOCK)
    assert [path.name for path in tmp_path.iterdir()] == ["backup.zip"]
    assert (tmp_path / "backup.zip").read_text() == "earlier"


@pytest.mark.parametrize("n_bytes", [0, 3_000, 8_000, 20_000, 30_000])
def test_a_full_disk_is_one_error_and_leaves_no_part_of_a_home(
    n_bytes: int, sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    with largest_file(n_bytes), pytest.raises(BackupFailed):
        restore_backup(sound[0], places_of(tmp_path / "home"))
    assert not list(tmp_path.iterdir())


def test_what_a_killed_backup_left_is_swept_by_the_next(
    sound: tuple[Path, HomePlaces], tmp_path: Path
) -> None:
    left = tmp_path / ".staging-left.part"
    left.mkdir()
    (left / "journal.sqlite").write_text("half")
    back_up(tmp_path / "backup.zip", sound[1], CLOCK)
    assert [path.name for path in tmp_path.iterdir()] == ["backup.zip"]


def test_links_are_followed_once(bars: Bars, tmp_path: Path) -> None:
    places = places_of(tmp_path / "home")
    fill(places, bars)
    shutil.move(places.home / "bundles", tmp_path / "bundles")
    (places.home / "bundles").symlink_to(tmp_path / "bundles")
    (places.home / "bundles" / "loop").symlink_to(places.home)
    (places.home / "dangling").symlink_to("nowhere")
    manifest = back_up(tmp_path / "backup.zip", places, CLOCK)
    names = [part.name for part in manifest.parts]
    assert len(set(names)) == len(names)
    assert "files/bundles/m1.bundle" in names
    assert not [name for name in names if "loop" in name or "dangling" in name]
