import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.bars import COLUMNS, Bars
from bellwether.clock import FixedClock
from bellwether.hashing import canonical_json, digest_bytes
from bellwether.registry import Bundle, make_bundle, make_rules_bundle, pack_bundle
from bellwether.rules import REASONS, Signal, rule_signals
from bellwether.service import (
    Direction,
    FallbackReason,
    LadderOptions,
    OptionOutOfRange,
    Prediction,
    PredictOptions,
    Rung,
    SourceKind,
    predict,
    predict_columns,
)

MakeModel = Callable[..., Bundle]
Home = Any  # the class lives in conftest, which is no module
DAY = np.timedelta64(1, "D")


def check_valid(prediction: Prediction) -> None:
    """Check what every answer owes its caller, whoever gave it."""
    told = json.loads(canonical_json(prediction.to_json()))
    assert told["prediction_id"] == prediction.prediction_id
    assert prediction.reasons
    assert prediction.source.kind in SourceKind
    assert (prediction.fallback_reason is None) == (prediction.rung is Rung.CHAMPION)
    if prediction.source.kind is SourceKind.NONE:
        assert (prediction.direction, prediction.confidence) == (Direction.HOLD, 0.0)
        assert prediction.rung is Rung.HOLD
        return
    assert 50.0 <= prediction.confidence <= 95.0
    assert prediction.probability_up is not None
    assert 0.0 <= prediction.probability_up <= 1.0
    assert prediction.interval_return is not None
    assert prediction.interval_return.low <= prediction.interval_return.high
    assert (prediction.target is None) == (prediction.direction is Direction.HOLD)


def test_a_promoted_model_answers_with_everything_the_contract_names(
    home: Home, make_model: MakeModel
) -> None:
    bundle = make_model(trained_at=home.now - 10 * DAY)
    home.promote(bundle)
    found = home.predict()
    check_valid(found)
    assert (found.symbol, found.interval, found.horizon_bars) == ("WORLD", "1d", 1)
    assert found.as_of == home.bars.closed_at[-1]
    assert (found.direction, found.probability_up) == (Direction.BUY, 0.55)
    assert (found.expected_return, found.confidence) == (0.002, 80.0)
    interval = found.interval_return
    assert (interval.low, interval.high, interval.coverage) == (-0.02, 0.024, 0.9)
    assert found.price == home.bars.close[-1]
    assert found.target > found.price > found.stop
    assert (found.past_hits.n_hits, found.past_hits.rate) == (57, 0.57)
    source = found.source
    assert (source.kind, source.model_id, source.age_days) == (SourceKind.MODEL, "champion", 10.0)
    assert source.bundle_digest == bundle.digest
    assert source.version == bundle.manifest.bellwether_version
    assert (found.rung, found.fallback_reason, found.steps) == (Rung.CHAMPION, None, ())


def test_without_a_promoted_model_the_rules_answer_and_say_so(home: Home) -> None:
    found = home.predict()
    check_valid(found)
    assert (found.rung, found.source.kind) == (Rung.RULES, SourceKind.RULES)
    assert found.fallback_reason is FallbackReason.NO_MODEL_PROMOTED
    assert "no model has proven itself" in found.reasons[0]


@pytest.mark.parametrize("n_bars", [60, 61, 120, 359, 360, 361, 600])
def test_the_rules_say_what_they_say_in_batch(home: Home, n_bars: int) -> None:
    bars = home.bars[:n_bars]
    ports = replace(home.ports, clock=FixedClock(bars.closed_at[-1]))
    found = predict(bars, ports=ports, calendar=home.calendar)
    check_valid(found)
    batch = rule_signals(bars.matrix)
    signal = Signal(batch.direction[-1])
    assert found.direction.value == signal.name
    assert found.probability_up == [0.47, 0.52, 0.56][signal + 1]
    assert found.confidence == pytest.approx(batch.confidence[-1], abs=1e-9)
    assert REASONS[int(batch.reason[-1])] in " ".join(found.reasons)
    if signal:
        assert found.target == pytest.approx(bars.close[-1] * (1 + batch.target_frac[-1]))
        assert found.stop == pytest.approx(bars.close[-1] * (1 + batch.stop_frac[-1]))


@pytest.mark.parametrize(
    ("probability", "direction"),
    [(0.5001, Direction.BUY), (0.4999, Direction.SELL), (0.5, Direction.HOLD)],
)
def test_a_model_says_buy_above_one_half_and_sell_below(
    home: Home, make_model: MakeModel, probability: float, direction: Direction
) -> None:
    home.promote(make_model(probability_up=(probability,)))
    found = home.predict()
    check_valid(found)
    assert found.direction is direction
    if direction is Direction.SELL:
        assert found.target < found.price < found.stop


def test_regime_and_its_confirmation_are_in_every_answer_on_sound_bars(
    home: Home, make_model: MakeModel
) -> None:
    batch = rule_signals(home.bars.matrix)
    by_rules = home.predict().regime
    home.promote(make_model())
    by_model = home.predict().regime
    assert by_rules == by_model
    assert by_model.is_confirmed == (batch.regime[-1] == batch.regime_confirmed[-1])


# --- what can be wrong with a model -------------------------------------------------------


def flip_a_byte(home: Home) -> None:
    content = bytearray(home.path().read_bytes())
    content[len(content) // 2] ^= 1
    home.path().write_bytes(content)


def cut(home: Home) -> None:
    home.path().write_bytes(home.path().read_bytes()[:-50])


def put_a_folder_in_its_place(home: Home) -> None:
    home.path().unlink()
    home.path().mkdir()


def make_too_new(home: Home) -> None:
    with zipfile.ZipFile(home.path()) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = {**json.loads(parts["manifest.json"]), "format_version": 99}
    parts["manifest.json"] = canonical_json(content).encode()
    parts["manifest.sha256"] = digest_bytes(parts["manifest.json"]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    home.path().write_bytes(packed.getvalue())


def swap_for_another(home: Home) -> None:
    home.path().write_bytes(pack_bundle(make_rules_bundle()))


FILE_FAULTS: dict[str, tuple[Callable[[Home], None], FallbackReason]] = {
    "deleted": (lambda home: home.path().unlink(), FallbackReason.BUNDLE_MISSING),
    "a flipped byte": (flip_a_byte, FallbackReason.BUNDLE_CORRUPT),
    "cut": (cut, FallbackReason.BUNDLE_CORRUPT),
    "emptied": (lambda home: home.path().write_bytes(b""), FallbackReason.BUNDLE_CORRUPT),
    "a folder": (put_a_folder_in_its_place, FallbackReason.BUNDLE_CORRUPT),
    "another bundle": (swap_for_another, FallbackReason.BUNDLE_CORRUPT),
    "too new": (make_too_new, FallbackReason.BUNDLE_TOO_NEW),
}


@pytest.mark.parametrize("fault", FILE_FAULTS)
@pytest.mark.parametrize("has_previous", [True, False])
@pytest.mark.parametrize("loaded_before", [True, False])
def test_a_damaged_file_steps_down_with_its_reason(
    home: Home, make_model: MakeModel, fault: str, has_previous: bool, loaded_before: bool
) -> None:
    if has_previous:
        home.promote(make_model("older", probability_up=(0.3,)))
    home.promote(make_model())
    if loaded_before:
        assert home.predict().rung is Rung.CHAMPION
    damage, reason = FILE_FAULTS[fault]
    damage(home)
    found = home.predict()
    check_valid(found)
    assert found.fallback_reason is reason
    if has_previous:
        assert (found.rung, found.source.model_id) == (Rung.PREVIOUS, "older")
        assert found.direction is Direction.SELL
    else:
        assert (found.rung, found.source.kind) == (Rung.RULES, SourceKind.RULES)


NAN, INF = float("nan"), float("inf")
OUTPUT_FAULTS: list[tuple[dict[str, tuple[float, ...]], FallbackReason]] = [
    ({"probability_up": (NAN,)}, FallbackReason.OUTPUT_NOT_FINITE),
    ({"probability_up": (1.2,)}, FallbackReason.OUTPUT_OUT_OF_RANGE),
    ({"probability_up": (-0.1,)}, FallbackReason.OUTPUT_OUT_OF_RANGE),
    ({"expected_return": (INF,)}, FallbackReason.OUTPUT_NOT_FINITE),
    ({"expected_return": (-1.5,)}, FallbackReason.OUTPUT_OUT_OF_RANGE),
    ({"confidence": (NAN,)}, FallbackReason.OUTPUT_NOT_FINITE),
    ({"confidence": (96.0,)}, FallbackReason.OUTPUT_OUT_OF_RANGE),
    ({"confidence": (49.0,)}, FallbackReason.OUTPUT_OUT_OF_RANGE),
    ({"quantiles": (-0.02, 0.0, NAN, 0.01, 0.02)}, FallbackReason.OUTPUT_NOT_FINITE),
    ({"quantiles": (-0.02, 0.0, -0.01, 0.01, 0.02)}, FallbackReason.OUTPUT_OUT_OF_RANGE),
    ({"quantiles": (-2.0, 0.0, 0.0, 0.01, 0.02)}, FallbackReason.OUTPUT_OUT_OF_RANGE),
    ({"quantiles": (-0.2, 0.0, 0.0, 0.01, 20.0)}, FallbackReason.OUTPUT_OUT_OF_RANGE),
    ({"volatility": (-0.1,)}, FallbackReason.OUTPUT_OUT_OF_RANGE),
    ({"score": (NAN,)}, FallbackReason.OUTPUT_NOT_FINITE),
    ({"member_forecasts": (0.1, NAN)}, FallbackReason.OUTPUT_NOT_FINITE),
    ({"features": (0.1, INF, 0.0)}, FallbackReason.OUTPUT_NOT_FINITE),
    ({"quantiles": ()}, FallbackReason.INFERENCE_FAILED),
    ({"confidence": (55.0,)}, FallbackReason.LOW_CONFIDENCE),
]


@pytest.mark.parametrize(("says", "reason"), OUTPUT_FAULTS)
def test_an_answer_no_model_may_give_steps_down_with_its_reason(
    home: Home,
    make_model: MakeModel,
    says: dict[str, tuple[float, ...]],
    reason: FallbackReason,
) -> None:
    home.promote(make_model(**says))
    found = home.predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.RULES, reason)
    assert found.steps[0].detail


def test_a_model_that_raises_while_computing_steps_down(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    scale = 2e6 / home.bars.close[-1]
    home.bars = replace(
        home.bars, **{name: getattr(home.bars, name) * scale for name in COLUMNS[:4]}
    )
    found = home.predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.RULES, FallbackReason.INFERENCE_FAILED)


def test_a_model_whose_own_check_refuses_the_bars_holds(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model(ok=False))
    found = home.predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.DATA_CONTRACT_BROKEN)


def test_a_model_that_needs_more_bars_steps_down(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    home.bars = home.bars[-79:]
    found = home.predict()
    assert (found.rung, found.fallback_reason) == (Rung.RULES, FallbackReason.TOO_FEW_BARS)


@pytest.mark.parametrize(("age_days", "rung"), [(180, Rung.CHAMPION), (181, Rung.RULES)])
def test_a_model_past_its_age_steps_down(
    home: Home, make_model: MakeModel, age_days: int, rung: Rung
) -> None:
    home.promote(make_model(trained_at=home.now - age_days * DAY))
    found = home.predict()
    check_valid(found)
    assert found.rung is rung


def test_an_unsure_model_holds_where_that_is_asked_for(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model(confidence=(55.0,)))
    found = home.predict(PredictOptions(ladder=LadderOptions(when_unsure="hold")))
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.LOW_CONFIDENCE)


def test_models_that_are_switched_off_are_not_asked(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    found = home.predict(PredictOptions(models_enabled=False))
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.RULES, FallbackReason.MODELS_DISABLED)


def test_a_model_for_another_horizon_is_not_asked(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model(horizon_bars=5))
    assert home.predict().fallback_reason is FallbackReason.NO_MODEL_PROMOTED
    found = home.predict(PredictOptions(horizon_bars=5))
    assert (found.rung, found.horizon_bars) == (Rung.CHAMPION, 5)
    assert "the next 5 bars" in " ".join(found.reasons)


def test_a_previous_champion_serves_where_the_champion_was_retired(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model("older"), make_model())
    home.ports.registry.retire("champion", reason="too old")
    found = home.predict()
    assert (found.rung, found.fallback_reason) == (Rung.PREVIOUS, FallbackReason.NO_MODEL_PROMOTED)


# --- what can be wrong with everything else -----------------------------------------------


class Broken:
    """Stands for any port, and fails whatever it is asked."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def load(self, *_: object) -> object:
        raise self._error

    def serving_symbol(self, *_: object) -> object:
        raise self._error

    def now(self) -> object:
        raise self._error


ERRORS = [OSError("no disk"), RuntimeError("?"), MemoryError(), RecursionError(), KeyError("x")]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_a_registry_that_fails_means_rules(home: Home, error: Exception) -> None:
    found = home.with_ports(registry=Broken(error)).predict()
    check_valid(found)
    assert found.fallback_reason is FallbackReason.REGISTRY_UNAVAILABLE
    assert found.rung is Rung.RULES


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_a_store_that_fails_means_rules(
    home: Home, make_model: MakeModel, error: Exception
) -> None:
    home.promote(make_model())
    found = home.with_ports(bundles=Broken(error)).predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.RULES, FallbackReason.LOAD_FAILED)


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_rules_that_fail_too_mean_hold(home: Home, error: Exception) -> None:
    found = home.with_ports(rules=Broken(error)).predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.RULES_FAILED)


def test_a_model_answers_even_where_the_rules_fail(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    found = home.with_ports(rules=Broken(RuntimeError("?"))).predict()
    assert (found.rung, found.direction) == (Rung.CHAMPION, Direction.BUY)
    assert (found.regime, found.target, found.stop) == (None, None, None)


def test_a_clock_that_fails_means_hold(home: Home) -> None:
    found = home.with_ports(clock=Broken(RuntimeError("?"))).predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.SERVICE_FAILED)


def test_the_rules_outlive_their_file(rules_file: Home) -> None:
    first = rules_file.predict()
    (rules_file.folder / "rules.bundle").write_bytes(b"damaged")
    again = rules_file.predict()
    assert first.rung is again.rung is Rung.RULES
    assert first.direction is again.direction


class Contrary:
    """Stands for rules whose graph says something else than the real one."""

    def __init__(self, home: Home, **says: float) -> None:
        self._loaded = home.ports.rules.load()
        self._says = says
        self.manifest = self._loaded.manifest
        self.digest = self._loaded.digest
        self.state_digest = self._loaded.state_digest

    def load(self) -> "Contrary":
        return self

    def run(self, windows: FloatArray) -> dict[str, Any]:
        changed = {name: np.array([value]) for name, value in self._says.items()}
        return {**self._loaded.run(windows), **changed}


def test_rules_whose_own_check_refuses_the_bars_hold(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    found = home.with_ports(rules=Contrary(home, ok=False)).predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.DATA_CONTRACT_BROKEN)


@pytest.mark.parametrize(
    "says",
    [
        {"direction": 2.0},
        {"confidence": 99.0},
        {"confidence": NAN},
        {"target_frac": 1.5},
        {"stop_frac": -1.5},
        {"atr_frac": -0.1},
        {"regime": 77.0},
        {"regime_confirmed": -1.0},
        {"reason": 77.0},
    ],
)
def test_rules_that_say_what_no_rule_says_hold(home: Home, says: dict[str, float]) -> None:
    found = home.with_ports(rules=Contrary(home, **says)).predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.RULES_FAILED)


def test_a_regime_that_is_not_confirmed_is_told_as_such(home: Home) -> None:
    found = home.with_ports(rules=Contrary(home, regime=3.0, regime_confirmed=0.0)).predict()
    assert found.reasons[-1] == "The market is volatile, not confirmed yet (ranging was)."
    assert not found.regime.is_confirmed


@pytest.mark.parametrize("metrics", [{}, {"hits_by_confidence": []}])
def test_a_model_whose_past_hits_were_not_measured_answers_all_the_same(
    home: Home, sound_bundle: Bundle, metrics: dict[str, object]
) -> None:
    manifest = replace(sound_bundle.manifest, metrics=metrics)
    home.promote(make_bundle(manifest, sound_bundle.graph))
    found = home.predict()
    assert (found.rung, found.past_hits) == (Rung.CHAMPION, None)


def test_rules_that_answer_nonsense_mean_hold(home: Home) -> None:
    sound = make_rules_bundle()
    for values in ([2.0, 2.0, 2.0], [-1.0, -1.0, -1.0]):
        manifest = replace(sound.manifest, state={"probability_by_signal": values})
        bundle = make_bundle(manifest, sound.graph)
        found = home.with_ports(rules=type(home.ports.rules)(bundle)).predict()
        check_valid(found)
        assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.RULES_FAILED)


# --- what can be wrong with bars ----------------------------------------------------------


@pytest.mark.parametrize("n_bars", [0, 1, 59])
def test_fewer_than_60_bars_hold_with_confidence_zero(
    home: Home, make_model: MakeModel, n_bars: int
) -> None:
    home.promote(make_model())
    home.bars = home.bars[len(home.bars) - n_bars :]
    found = home.predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.INSUFFICIENT_DATA)
    assert "insufficient data" in found.reasons[0]
    assert (found.as_of is None) == (n_bars == 0)


@pytest.mark.parametrize(
    ("n_sessions", "rung", "reason"),
    [(7, Rung.CHAMPION, None), (8, Rung.HOLD, FallbackReason.EXPIRED_DATA)],
)
def test_bars_that_are_expired_hold_even_with_a_champion(
    home: Home, make_model: MakeModel, n_sessions: int, rung: Rung, reason: FallbackReason | None
) -> None:
    home.promote(make_model())
    late = FixedClock(home.bars.closed_at[-1] + n_sessions * DAY)
    found = home.with_ports(clock=late).predict()
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (rung, reason)


def test_without_a_calendar_age_is_not_held_against_bars(home: Home) -> None:
    late = replace(home.ports, clock=FixedClock(home.bars.closed_at[-1] + 5000 * DAY))
    assert predict(home.bars, ports=late, calendar=None).rung is Rung.RULES


def test_a_bar_that_has_not_closed_holds(home: Home) -> None:
    early = FixedClock(home.bars.closed_at[-1] - np.timedelta64(1, "h"))
    found = home.with_ports(clock=early).predict()
    check_valid(found)
    assert found.fallback_reason is FallbackReason.BAR_NOT_CLOSED


def without_rows(bars: Bars, rows: list[int]) -> Bars:
    kept = np.delete(np.arange(len(bars)), rows)
    columns = {name: getattr(bars, name)[kept] for name in (*COLUMNS, "adjustment")}
    return replace(bars, closed_at=bars.closed_at[kept], **columns)


def test_a_gap_at_the_end_holds_and_an_earlier_one_does_not(home: Home) -> None:
    whole = home.bars
    home.bars = without_rows(whole, [-2])
    assert home.predict().fallback_reason is FallbackReason.GAP_AT_THE_END
    home.bars = without_rows(whole, [-3])
    assert home.predict().rung is Rung.RULES


def test_bars_with_a_fifth_missing_are_poor_and_hold(home: Home) -> None:
    home.bars = without_rows(home.bars, list(range(3, 595, 4)))
    found = home.predict()
    check_valid(found)
    assert found.fallback_reason is FallbackReason.POOR_DATA


def columns_of(bars: Bars) -> dict[str, Any]:
    return {name: getattr(bars, name).copy() for name in ("closed_at", *COLUMNS)}


def ask_columns(home: Home, columns: dict[str, Any]) -> Prediction:
    return predict_columns(columns, symbol="WORLD", ports=home.ports, calendar=home.calendar)


def test_sound_columns_are_answered_as_bars_are(home: Home) -> None:
    found = ask_columns(home, columns_of(home.bars))
    assert found == home.predict()


@pytest.mark.parametrize(
    ("column", "row", "value"),
    [
        ("close", -1, NAN),
        ("close", 0, INF),
        ("open", 5, -1.0),
        ("low", -1, 0.0),
        ("high", -1, 1e-6),
        ("volume", 3, -1.0),
        ("closed_at", 3, np.datetime64("1999-01-01T00:00", "us")),
        ("closed_at", 3, np.datetime64("NaT")),
    ],
)
def test_columns_that_break_the_data_contract_hold(
    home: Home, make_model: MakeModel, column: str, row: int, value: object
) -> None:
    home.promote(make_model())
    columns = columns_of(home.bars)
    columns[column][row] = value
    found = ask_columns(home, columns)
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.DATA_CONTRACT_BROKEN)
    assert column in found.steps[0].detail or "close" in found.steps[0].detail


def test_columns_of_unequal_length_hold(home: Home) -> None:
    columns = columns_of(home.bars)
    columns["volume"] = columns["volume"][:-1]
    assert ask_columns(home, columns).fallback_reason is FallbackReason.DATA_CONTRACT_BROKEN


def test_an_adjustment_that_makes_prices_overflow_holds(home: Home) -> None:
    columns = columns_of(home.bars)
    columns["adjustment"] = np.full(len(home.bars), 1e308)
    with np.errstate(over="ignore"):
        found = ask_columns(home, columns)
    check_valid(found)
    assert (found.rung, found.fallback_reason) == (Rung.HOLD, FallbackReason.DATA_CONTRACT_BROKEN)


# --- identity -----------------------------------------------------------------------------


def test_the_same_question_has_the_same_answer_and_id(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    assert home.predict() == home.predict()


def test_the_id_follows_bars_bundle_reason_and_horizon(home: Home, make_model: MakeModel) -> None:
    ids = [home.predict().prediction_id]
    home.promote(make_model())
    ids.append(home.predict().prediction_id)
    ids.append(home.predict(PredictOptions(models_enabled=False)).prediction_id)
    ids.append(home.predict(PredictOptions(horizon_bars=5)).prediction_id)
    home.bars = home.bars[:-1]
    ids.append(home.predict().prediction_id)
    assert len(set(ids)) == len(ids)


def test_the_age_of_a_model_is_no_part_of_the_id(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    later = home.with_ports(clock=FixedClock(home.now + DAY)).predict()
    assert later.source.age_days > home.predict().source.age_days
    assert later.prediction_id == home.predict().prediction_id


def test_a_horizon_below_one_bar_is_refused() -> None:
    with pytest.raises(OptionOutOfRange):
        PredictOptions(horizon_bars=0)


def test_options_have_a_digest_of_their_own() -> None:
    assert PredictOptions().digest == PredictOptions().digest
    assert PredictOptions().digest != PredictOptions(models_enabled=False).digest


# --- any damage at all --------------------------------------------------------------------


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_happens_to_a_file_the_answer_is_valid_and_names_its_source(
    home: Home, sound_bundle: Bundle, data: st.DataObject
) -> None:
    if not home.records:
        home.promote(sound_bundle)
    content = bytearray(pack_bundle(sound_bundle))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    home.path().write_bytes(content[: data.draw(st.integers(0, len(content)))])
    os.utime(home.path(), ns=(1, data.draw(st.integers(1, 2**60))))
    found = home.predict()
    check_valid(found)
    if found.source.kind is SourceKind.MODEL:
        assert (found.direction, found.probability_up) == (Direction.BUY, 0.55)
    else:
        assert found.fallback_reason in (
            FallbackReason.BUNDLE_CORRUPT,
            FallbackReason.BUNDLE_TOO_NEW,
        )


@pytest.fixture(scope="module")
def sound_bundle(make_model: MakeModel) -> Bundle:
    return make_model()
