"""Families that were trained elsewhere are judged on nothing that they have seen."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from bellwether.bars import Panel, edge_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.samples import Samples, TooLittleHistory, build_samples
from bellwether.validation import (
    FamilyPlan,
    InlineFitRunner,
    MemberForecasts,
    TrainingPlan,
    WalkForward,
    gather_forecasts,
    plan_fits,
    score_forecasts,
)


@pytest.fixture(scope="module")
def samples() -> Samples:
    bars = edge_world(5, 900, information_coefficient=0.3).bars
    return build_samples(Panel(bars=[bars]), core15(), LabelSpec())


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a linear graph over the 15 features."""
    weights = np.linspace(-1.0, 1.0, 15, dtype=np.float32)[:, None]
    made = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "own",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 15])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])],
        [numpy_helper.from_array(weights, "w")],
    )
    path = tmp_path_factory.mktemp("graph") / "own.onnx"
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def plan_until(graph: Path, until: np.datetime64) -> TrainingPlan:
    items = (
        FamilyPlan(family=f"onnx:{graph}@{until}", preset="own", n_refits=2),
        FamilyPlan(family="ridge", preset="demo", n_refits=2),
    )
    return TrainingPlan(name="mixed", families=items)


def forecast(samples: Samples, walk: WalkForward) -> MemberForecasts:
    runs = InlineFitRunner().run(samples, walk.tasks, lambda _task, _share: None)
    return gather_forecasts(samples, walk, {task.key: outcome for task, outcome in runs})


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7])
def test_nobody_is_judged_before_the_last_bar_a_member_has_seen(
    share: float, samples: Samples, graph: Path
) -> None:
    until = np.datetime64(samples.decided_at[int(share * len(samples))], "us")
    walk = plan_fits(samples, plan_until(graph, until))
    made = forecast(samples, walk)
    judged = samples.decided_at[made.out_of_sample]
    assert judged.min() > until
    first = samples.decided_on[made.out_of_sample].min()
    assert first == max(
        samples.decided_on[samples.decided_at > until].min(),
        plan_fits(samples, plan_until(graph, until).only(["ridge"])).folds["ridge"][0].test.min(),
    )
    assert not (made.warm & (samples.decided_at <= until)).any()
    assert np.isfinite(made.values[made.out_of_sample]).all()


def test_forecasts_without_warm_rows_can_be_scored(samples: Samples, graph: Path) -> None:
    until = np.datetime64(samples.decided_at[600], "us")
    made = forecast(samples, plan_fits(samples, plan_until(graph, until)))
    assert not made.warm.any()
    scored = score_forecasts(samples, made, 63)
    assert np.isfinite(scored.state.inputs()["member_weight"]).all()


def test_a_graph_that_has_seen_everything_is_refused(samples: Samples, graph: Path) -> None:
    with pytest.raises(TooLittleHistory, match="has seen"):
        plan_fits(samples, plan_until(graph, np.datetime64("2200-01-01")))


def test_the_end_of_its_training_is_part_of_a_fits_key(samples: Samples, graph: Path) -> None:
    untils = [np.datetime64(samples.decided_at[place], "us") for place in (10, 11)]
    keys = [
        {task.key for task in plan_fits(samples, plan_until(graph, one)).tasks} for one in untils
    ]
    assert len(keys[0] - keys[1]) == 3
