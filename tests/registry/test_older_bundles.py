"""Bundles written by older versions load, reproduce their golden answers and serve."""

from pathlib import Path

import numpy as np

from bellwether.bars import noise_world
from bellwether.registry import open_bundle

STORED = Path(__file__).parents[1] / "data" / "bundles"


def test_a_bundle_of_before_variances_were_mixed_answers_as_it_did() -> None:
    name = "model-without-variance-weight.bundle"
    loaded = open_bundle((STORED / name).read_bytes(), name)
    bars = noise_world(5, 400).bars.matrix[-loaded.manifest.lookback_bars :]

    answer = loaded.run(bars[None])

    assert "variance_weight" not in loaded.manifest.state
    assert "reach" not in answer
    assert answer["ok"].all()
    state = {key: np.asarray(value) for key, value in loaded.manifest.state.items()}
    centre = state["drift"][0] + state["drift"][1] * answer["score"][0]
    np.testing.assert_allclose(
        answer["quantiles"][0],
        answer["volatility"][0] * (centre + state["interval_offsets"]),
        rtol=1e-12,
    )
