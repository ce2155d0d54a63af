"""What each feature did to an answer: exact where it can be, and adding up wherever it cannot."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.steady import N_BARS, SOUND, steady_graph, steady_manifest, telling_bundle

from bellwether.arrays import FloatArray
from bellwether.bars import noise_world
from bellwether.registry import (
    CannotExplain,
    LoadedBundle,
    make_bundle,
    open_bundle,
    pack_bundle,
)
from bellwether.registry._occlusion import MOST_ROWS, WANTED_ROWS, draw_orders, mask_rows


@pytest.fixture(scope="module")
def loaded() -> LoadedBundle:
    return open_bundle(pack_bundle(telling_bundle()), "telling")


@pytest.fixture(scope="module")
def window() -> FloatArray:
    return noise_world(3, 300).bars.matrix[-N_BARS:]


def test_features_alone_and_in_pairs_get_exactly_their_part(
    loaded: LoadedBundle, window: FloatArray
) -> None:
    outputs = loaded.run(window[None])
    body, spread, trend = outputs["features"][0, 0].astype(np.float64)
    found = loaded.explain(window)
    assert found is not None
    assert found.value == outputs["probability_up"][0]
    assert found.baseline == 0.55
    together = 0.5 * spread * trend
    assert found.amounts == pytest.approx([body, together, together], abs=1e-12)


def test_the_same_question_has_the_same_explanation(
    loaded: LoadedBundle, window: FloatArray
) -> None:
    first, again = loaded.explain(window), loaded.explain(window)
    assert first is not None
    assert again is not None
    assert first.amounts.tobytes() == again.amounts.tobytes()


def test_whoever_has_no_time_left_gets_nothing(loaded: LoadedBundle, window: FloatArray) -> None:
    assert loaded.explain(window, lambda: True) is None


def test_a_graph_that_is_not_made_of_features_says_that_it_cannot_tell(
    window: FloatArray,
) -> None:
    bundle = make_bundle(steady_manifest("steady"), steady_graph(SOUND))
    steady = open_bundle(pack_bundle(bundle), "steady")
    with pytest.raises(CannotExplain, match="whose features is not masked"):
        steady.explain(window)


@given(n_features=st.integers(1, 200))
def test_every_order_shows_each_feature_once_and_so_does_its_reverse(n_features: int) -> None:
    orders = draw_orders(n_features)
    assert len(orders) >= 2
    assert len(orders) * n_features <= max(2 * n_features, WANTED_ROWS)
    for one, other in zip(orders[::2], orders[1::2], strict=True):
        assert sorted(one) == list(range(n_features))
        assert one.tolist() == other[::-1].tolist()


@given(n_features=st.integers(2, 30))
def test_masks_show_one_feature_more_at_each_step(n_features: int) -> None:
    orders = draw_orders(n_features)
    masks = mask_rows(orders)
    assert masks[0].sum() == 0
    assert masks[1].sum() == n_features
    steps = masks[2:].reshape(len(orders), n_features - 1, n_features)
    for order, shown in zip(orders, steps, strict=True):
        for place, row in enumerate(shown):
            assert set(np.flatnonzero(row)) == set(order[: place + 1].tolist())


def test_more_rows_than_cross_at_once_are_put_together(window: FloatArray) -> None:
    assert len(mask_rows(draw_orders(150))) > MOST_ROWS
