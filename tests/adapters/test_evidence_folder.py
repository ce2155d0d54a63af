import resource
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import EvidenceFolder
from bellwether.trials import TrialCount
from bellwether.validation import Evidence, MalformedEvidence, judge


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    draw = np.random.default_rng(3)
    n_bars = 700
    closed_at = np.datetime64("2020-01-01", "us") + np.arange(n_bars) * np.timedelta64(1, "D")
    moves = draw.normal(0.0, 0.01, (n_bars, 2))
    close = np.asarray(100.0 * np.cumprod(1.0 + moves, axis=0), dtype=np.float64)
    returns = np.concatenate([np.full((1, 2), np.nan), close[1:] / close[:-1] - 1.0])
    forecast = draw.standard_normal((n_bars, 2))
    forecast[:50] = np.nan
    return Evidence(
        name="tiny",
        pipeline="p",
        snapshot="s",
        closed_at=closed_at,
        close=close,
        returns=returns,
        forecast=forecast,
        direction=np.sign(forecast),
        rule_direction=np.ones((n_bars, 2)),
        target=returns / 0.01,
        out_of_sample_from=200,
        warm_from=60,
        trials=TrialCount(n_pipelines=3, n_looks=2),
        fold_spans=((closed_at[190], closed_at[199]),),
        leaks=("column 0 knows too much",),
        leaks_probed=True,
        probability_up=np.full((n_bars, 2), 0.5),
    )


def only_file(folder: Path) -> Path:
    [path] = folder.iterdir()
    return path


def test_what_was_put_is_got_and_gets_the_same_verdict(evidence: Evidence, tmp_path: Path) -> None:
    assert EvidenceFolder(tmp_path / "new").put(evidence) == evidence.digest
    found = EvidenceFolder(tmp_path / "new").get(evidence.digest)
    assert found.digest == evidence.digest
    assert judge(found) == judge(evidence)
    for name, array in evidence.to_arrays().items():
        np.testing.assert_array_equal(found.to_arrays()[name], array)


def test_putting_it_again_changes_nothing(evidence: Evidence, tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path)
    folder.put(evidence)
    before = only_file(tmp_path).read_bytes()
    folder.put(evidence)
    assert only_file(tmp_path).read_bytes() == before


def test_evidence_that_was_never_kept_is_named(tmp_path: Path) -> None:
    with pytest.raises(MalformedEvidence, match="evidence abcdefabcdef"):
        EvidenceFolder(tmp_path).get("abcdef" * 10)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_damaged_evidence_is_refused(evidence: Evidence, tmp_path: Path, place: float) -> None:
    folder = EvidenceFolder(tmp_path)
    folder.put(evidence)
    content = bytearray(only_file(tmp_path).read_bytes())
    content[int(place * len(content))] ^= 0xFF
    only_file(tmp_path).write_bytes(content)
    with pytest.raises(MalformedEvidence):
        folder.get(evidence.digest)


def test_a_file_where_the_folder_should_be_is_an_error_at_once(
    evidence: Evidence, tmp_path: Path
) -> None:
    (tmp_path / "evidence").write_text("here")
    with pytest.raises(OSError, match=r"exists|Not a directory"):
        EvidenceFolder(tmp_path / "evidence").put(evidence)


def test_a_full_disk_leaves_nothing_half_written(evidence: Evidence, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            EvidenceFolder(tmp_path).put(evidence)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())
