import fcntl
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import BundleFolder, RulesFile, read_bundle, write_bundle
from bellwether.adapters._atomic_file import _open_unfinished, write_atomically
from bellwether.registry import (
    BadModelId,
    Bundle,
    BundleCorrupt,
    BundleMissing,
    BundleUnreadable,
    MarketKey,
    ModelRecord,
    make_rules_bundle,
    open_bundle,
    pack_bundle,
)

AT = np.datetime64("2019-01-02T12:00", "us")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return make_rules_bundle()


@pytest.fixture(scope="module")
def calibrated() -> Bundle:
    return make_rules_bundle(np.array([0.4, 0.5, 0.6]))


def record_of(bundle: Bundle) -> ModelRecord:
    return ModelRecord(
        model_id=bundle.manifest.model_id,
        market=MarketKey(universe="any", interval="1d", horizon_bars=1),
        symbols=("A",),
        bundle_digest=bundle.digest,
        pipeline_digest="p",
        snapshot_digest="s",
        bellwether_version="0",
        trained_at=AT,
        registered_at=AT,
        changed_at=AT,
        metrics={},
    )


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def with_file_limit(n_bytes: int, work: Callable[[], object]) -> None:
    """Run something with a disk that is full after so many bytes a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        work()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_written_bundle_is_read_back(tmp_path: Path, bundle: Bundle) -> None:
    folder = BundleFolder(tmp_path / "new")
    assert folder.put(bundle) == bundle.digest
    loaded = folder.load(record_of(bundle))
    assert (loaded.digest, loaded.manifest) == (bundle.digest, bundle.manifest)
    assert files_in(tmp_path / "new") == ["rules.bundle"]


def test_an_opened_bundle_stays_in_memory_while_its_file_is_untouched(
    tmp_path: Path, bundle: Bundle, calibrated: Bundle
) -> None:
    folder = BundleFolder(tmp_path)
    folder.put(bundle)
    first = folder.load(record_of(bundle))
    assert folder.load(record_of(bundle)) is first
    folder.put(calibrated)
    assert folder.load(record_of(calibrated)) is not first


def test_no_more_than_eight_bundles_are_kept(tmp_path: Path, bundle: Bundle) -> None:
    folder = BundleFolder(tmp_path)
    for place in range(10):
        manifest = replace(bundle.manifest, model_id=f"m{place}")
        numbered = replace(bundle, manifest=manifest)
        folder.put(numbered)
        folder.load(record_of(numbered))
    assert len(folder._opened) == 8


def test_a_file_damaged_after_loading_is_noticed(tmp_path: Path, bundle: Bundle) -> None:
    folder = BundleFolder(tmp_path)
    folder.put(bundle)
    folder.load(record_of(bundle))
    content = bytearray(folder.path("rules").read_bytes())
    content[len(content) // 2] ^= 1
    folder.path("rules").write_bytes(content)
    with pytest.raises(BundleCorrupt):
        folder.load(record_of(bundle))


def test_what_is_wrong_with_a_file_is_looked_for_once_until_the_file_changes(
    tmp_path: Path, bundle: Bundle
) -> None:
    folder = BundleFolder(tmp_path)
    record = record_of(bundle)
    folder.put(bundle)
    whole = folder.get_packed(record.model_id)
    folder.path(record.model_id).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BundleCorrupt) as first:
        folder.load(record)
    with pytest.raises(BundleCorrupt) as second:
        folder.load(record)
    assert second.value is first.value
    folder.put_packed(record.model_id, whole)
    assert folder.load(record).digest == bundle.digest


def test_a_missing_file_a_folder_in_its_place_and_a_missing_folder_are_told_apart(
    tmp_path: Path, bundle: Bundle
) -> None:
    with pytest.raises(BundleMissing):
        BundleFolder(tmp_path).load(record_of(bundle))
    with pytest.raises(BundleMissing):
        BundleFolder(tmp_path / "nowhere").load(record_of(bundle))
    (tmp_path / "rules.bundle").mkdir()
    with pytest.raises(BundleCorrupt):
        BundleFolder(tmp_path).load(record_of(bundle))


def test_a_file_that_the_system_does_not_let_be_read_is_not_called_corrupt(
    tmp_path: Path, bundle: Bundle
) -> None:
    (tmp_path / "rules.bundle").symlink_to("rules.bundle")
    with pytest.raises(BundleUnreadable, match="symbolic links"):
        BundleFolder(tmp_path).load(record_of(bundle))


def test_an_empty_file_is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "x.bundle").touch()
    with pytest.raises(BundleCorrupt):
        read_bundle(tmp_path / "x.bundle")


def test_an_id_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModelId):
        BundleFolder(tmp_path).path("../up")


def test_a_full_disk_leaves_the_old_bundle_and_nothing_else(
    tmp_path: Path, bundle: Bundle, calibrated: Bundle
) -> None:
    folder = BundleFolder(tmp_path)
    folder.put(bundle)
    with pytest.raises(OSError, match="large"):
        with_file_limit(4096, lambda: folder.put(calibrated))
    assert files_in(tmp_path) == ["rules.bundle"]
    assert folder.load(record_of(bundle)).digest == bundle.digest


def test_a_file_where_the_folder_should_be_is_an_error_that_changes_nothing(
    tmp_path: Path, bundle: Bundle
) -> None:
    (tmp_path / "folder").write_text("mine")
    with pytest.raises(OSError, match="folder"):
        BundleFolder(tmp_path / "folder").put(bundle)
    assert (tmp_path / "folder").read_text() == "mine"


WRITER = """
import sys
from pathlib import Path
from bellwether.adapters._atomic_file import _open_unfinished, write_atomically
path, turn = Path(sys.argv[1]), 0
while True:
    write_atomically(path, (b"%d," % turn) * 200_000)
    turn += 1
    if turn == 3:
        print("writing", flush=True)
"""


def test_a_killed_writer_leaves_a_whole_file_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    path = tmp_path / "x.bundle"
    for delay_bytes in (0, 7, 70):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            for _ in range(delay_bytes):
                os.stat(path)  # noqa: PTH116 - passes a few microseconds without sleeping
            process.send_signal(signal.SIGKILL)
        content = path.read_bytes()
        number, _, _ = content.partition(b",")
        assert content == (number + b",") * 200_000
        write_atomically(tmp_path / "other", b"")
        assert files_in(tmp_path) == ["other", "x.bundle"]


def test_the_unfinished_file_of_a_living_writer_is_left_alone(tmp_path: Path) -> None:
    unfinished, descriptor = _open_unfinished(tmp_path / "x")
    write_atomically(tmp_path / "y", b"y")
    assert unfinished.exists()
    os.close(descriptor)
    write_atomically(tmp_path / "z", b"z")
    assert files_in(tmp_path) == ["y", "z"]


def test_a_writer_whose_new_file_was_swept_away_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    swept: list[Path] = []

    def sweep_first(descriptor: int, operation: int) -> None:
        if not swept:
            swept.extend(tmp_path.glob(".x.*"))
            swept[0].unlink()
        lock(descriptor, operation)

    monkeypatch.setattr("fcntl.flock", sweep_first)
    write_atomically(tmp_path / "x", b"whole")
    assert (tmp_path / "x").read_bytes() == b"whole"
    assert files_in(tmp_path) == ["x"]


def test_a_file_beyond_all_measure_is_not_even_read(
    tmp_path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path / "x.bundle", bundle)
    monkeypatch.setattr("bellwether.adapters._bundle_folder._LARGEST_BYTES", 1000)
    with pytest.raises(BundleCorrupt, match="larger"):
        read_bundle(tmp_path / "x.bundle")


def test_the_rules_file_is_made_on_first_use_and_read_on_the_next(
    tmp_path: Path, bundle: Bundle
) -> None:
    path = tmp_path / "home" / "rules.bundle"
    made = RulesFile(path).load()
    before = path.stat().st_mtime_ns
    read = RulesFile(path).load()
    assert made.digest == read.digest == bundle.digest
    assert path.stat().st_mtime_ns == before


def test_the_rules_are_loaded_once_a_process(tmp_path: Path) -> None:
    rules = RulesFile(tmp_path / "rules.bundle")
    assert rules.load() is rules.load()


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "folder", "no folder"])
def test_damaged_rules_are_rebuilt_from_code(tmp_path: Path, bundle: Bundle, damage: str) -> None:
    path = tmp_path / "rules.bundle"
    content = bytearray(pack_bundle(bundle))
    if damage == "cut":
        path.write_bytes(content[:-100])
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "empty":
        path.touch()
    elif damage == "folder":
        path.mkdir()
    else:
        (tmp_path / "file").touch()
        path = tmp_path / "file" / "rules.bundle"
    assert RulesFile(path).load().digest == bundle.digest
    if damage in ("cut", "flipped", "empty"):
        assert read_bundle(path).digest == bundle.digest


def test_the_rules_serve_from_memory_on_a_full_disk(tmp_path: Path, bundle: Bundle) -> None:
    rules = RulesFile(tmp_path / "rules.bundle")
    with_file_limit(1000, rules.load)
    assert rules.load().digest == bundle.digest
    assert files_in(tmp_path) == []


def test_rules_of_another_version_are_made_anew(tmp_path: Path, bundle: Bundle) -> None:
    path = tmp_path / "rules.bundle"
    for other in (
        replace(bundle.manifest, bellwether_version="0.0.0-older"),
        replace(bundle.manifest, pipeline_digest="other rules"),
    ):
        write_bundle(path, replace(bundle, manifest=other))
        assert RulesFile(path).load().digest == bundle.digest
        assert read_bundle(path).digest == bundle.digest


def test_another_calibration_of_the_rules_serves_at_once_and_stays(
    tmp_path: Path, calibrated: Bundle
) -> None:
    rules = RulesFile(tmp_path / "rules.bundle")
    rules.load()
    rules.put(calibrated)
    assert rules.load().digest == calibrated.digest
    assert RulesFile(tmp_path / "rules.bundle").load().digest == calibrated.digest


def test_a_calibration_that_cannot_be_written_changes_nothing(
    tmp_path: Path, bundle: Bundle, calibrated: Bundle
) -> None:
    rules = RulesFile(tmp_path / "rules.bundle")
    rules.load()
    with pytest.raises(OSError, match="large"):
        with_file_limit(4096, lambda: rules.put(calibrated))
    assert rules.load().digest == bundle.digest
    assert open_bundle((tmp_path / "rules.bundle").read_bytes(), "rules").digest == bundle.digest
