from typing import Any

import numpy as np
import pytest

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, noise_world
from bellwether.models import QUANTILES, EnsembleState, bundle_lookback_bars
from bellwether.registry import LoadedBundle, check_model_id
from bellwether.samples import build_samples
from bellwether.service import Candidate, TrainingResult
from bellwether.service._candidates import golden_bars, make_model_id
from bellwether.validation._past_intervals import find_reach

Desk = Any  # the class lives in conftest, which is no module


def load(edge_desk: tuple[Desk, TrainingResult], candidate: Candidate) -> LoadedBundle:
    loaded: LoadedBundle = edge_desk[0].bundles.load(candidate.record)
    return loaded


def last_windows(bars: Bars, lookback_bars: int, n_windows: int) -> FloatArray:
    stops = len(bars) - np.arange(n_windows)
    return np.stack([bars.matrix[stop - lookback_bars : stop] for stop in stops])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_graph_says_what_the_state_says_of_the_same_forecasts(
    edge_desk: tuple[Desk, TrainingResult], edge_bars: Bars, number: int
) -> None:
    candidate = edge_desk[1].candidates[number]
    loaded = load(edge_desk, candidate)
    windows = last_windows(edge_bars, loaded.manifest.lookback_bars, 200)
    answer = loaded.run(windows)
    state = candidate.scored.state
    said = state.forecast(answer["member_forecasts"], answer["volatility"], 1, answer["reach"])
    np.testing.assert_allclose(answer["confidence"], said.confidence, atol=1e-9)
    assert len(np.unique(said.confidence)) > 20
    np.testing.assert_allclose(answer["probability_up"], said.probability_up, atol=1e-12)
    np.testing.assert_allclose(answer["expected_return"], said.expected_return, atol=1e-12)
    np.testing.assert_allclose(answer["quantiles"], said.quantiles, atol=1e-12)
    np.testing.assert_allclose(answer["score"], said.score, atol=1e-12)


def test_intervals_of_graph_and_walk_forward_reach_as_far(
    edge_desk: tuple[Desk, TrainingResult], edge_bars: Bars
) -> None:
    request, candidate = edge_desk[1].request, edge_desk[1].candidates[0]
    samples = build_samples(request.panel, request.feature_set, request.label)
    loaded = load(edge_desk, candidate)
    answer = loaded.run(last_windows(edge_bars, loaded.manifest.lookback_bars, 50))
    rows = len(samples) - 1 - np.arange(50)
    reach = find_reach(samples, rows, candidate.scored.state)
    assert reach is not None
    np.testing.assert_allclose(answer["reach"], reach, rtol=1e-9)
    assert np.ptp(reach) > 0.05


def test_the_volatility_of_graph_and_samples_is_one(
    edge_desk: tuple[Desk, TrainingResult], edge_bars: Bars
) -> None:
    request = edge_desk[1].request
    samples = build_samples(request.panel, request.feature_set, request.label)
    loaded = load(edge_desk, edge_desk[1].candidates[0])
    answer = loaded.run(last_windows(edge_bars, loaded.manifest.lookback_bars, 20))
    np.testing.assert_allclose(answer["volatility"], samples.volatility[::-1][:20], rtol=1e-9)


def test_the_manifest_says_what_was_trained_and_judged(
    edge_desk: tuple[Desk, TrainingResult], edge_bars: Bars
) -> None:
    request = edge_desk[1].request
    for candidate in edge_desk[1].candidates:
        manifest = load(edge_desk, candidate).manifest
        assert manifest.model_id == candidate.record.model_id
        assert manifest.families == candidate.members
        assert manifest.trained_at == edge_bars.closed_at[-1]
        assert manifest.pipeline_digest == candidate.verdict.pipeline
        assert manifest.snapshot_digest == request.panel.digest
        assert manifest.verdict == candidate.verdict.to_json()
        assert manifest.lookback_bars == bundle_lookback_bars(request.feature_set, 1)
        own = {**request.plan.only(candidate.members).to_json()}
        del own["name"]
        assert manifest.plan == own
        content = {"members": list(candidate.members), **manifest.state}
        renamed = {key.removeprefix("member_"): value for key, value in content.items()}
        state = EnsembleState.from_dict(renamed)
        assert state.digest == candidate.scored.state.digest
        hits = manifest.metrics["hits_by_confidence"]
        assert isinstance(hits, list)
        assert sum(one["n_settled"] for one in hits) == sum(
            bucket.n_settled for bucket in candidate.scored.hits_by_confidence
        )
        assert manifest.metrics["quantiles"] == list(QUANTILES)


def test_the_record_repeats_the_manifest(edge_desk: tuple[Desk, TrainingResult]) -> None:
    for candidate in edge_desk[1].candidates:
        loaded = load(edge_desk, candidate)
        manifest, record = loaded.manifest, candidate.record
        assert record.bundle_digest == loaded.digest
        assert record.trained_at == manifest.trained_at
        assert (record.market.universe, record.market.interval) == ("world", "1d")
        assert record.bellwether_version == manifest.bellwether_version


def test_an_id_names_market_and_pipeline_and_is_a_file_name_everywhere() -> None:
    digest = "0123456789abcdef"
    assert make_model_id("world", "ridge", digest) == "world-ridge-0123456789"
    for universe in ("S&P 500", "ä", "../etc", "x" * 200, "A+B", "-"):
        check_model_id(make_model_id(universe, "gradient_boosting", digest))


def test_golden_windows_are_real_and_reach_from_the_first_to_the_last_bar() -> None:
    bars = noise_world(1, 300).bars
    windows = golden_bars(Panel(bars=[bars]), 120)
    assert windows.shape == (4, 120, 5)
    np.testing.assert_array_equal(windows[0], bars.matrix[:120])
    np.testing.assert_array_equal(windows[-1], bars.matrix[-120:])
