"""What the sources say about some cases, each source heard about all of its own at once."""

from collections.abc import Iterator, Sequence

from bellwether.service import Fault, Heard, PredictPorts, hear_model, hear_rules
from bellwether.watch._cases import Case
from bellwether.watch._paper import RULES, Voice
from bellwether.watch._ports import WatchPorts


def hear_voices(
    cases: Sequence[Case], ports: WatchPorts
) -> Iterator[tuple[int, str, Voice | Fault]]:
    """Yield what each source says about each case, or why it says nothing.

    Parameters
    ----------
    cases : sequence of Case
    ports : WatchPorts

    Yields
    ------
    place, who, said : int, str, Voice or Fault
        Which case, and which source; the rules first, then the models by id.
    """
    by_horizon: dict[int, list[int]] = {}
    by_model: dict[str, list[int]] = {}
    records = {}
    for place, case in enumerate(cases):
        by_horizon.setdefault(case.market.horizon_bars, []).append(place)
        for record in case.records:
            records[record.model_id] = record
            by_model.setdefault(record.model_id, []).append(place)
    for horizon_bars, places in sorted(by_horizon.items()):
        heard = hear_rules([cases[place].bars for place in places], horizon_bars, ports.rules)
        yield from _match(RULES, places, heard)
    predicting = PredictPorts(
        registry=ports.registry, bundles=ports.bundles, rules=ports.rules, clock=ports.clock
    )
    for model_id, places in sorted(by_model.items()):
        asked = [cases[place].bars for place in places]
        yield from _match(model_id, places, hear_model(asked, records[model_id], predicting))


def _match(
    who: str, places: Sequence[int], heard: Sequence[Heard | Fault]
) -> Iterator[tuple[int, str, Voice | Fault]]:
    for place, said in zip(places, heard, strict=True):
        yield place, who, said if isinstance(said, Fault) else _write(who, said)


def _write(who: str, said: Heard) -> Voice:
    answer = said.answer
    return Voice(
        who=who,
        bundle_digest=answer.source.bundle_digest or "",
        direction=answer.direction.sign,
        probability_up=answer.probability_up,
        expected_return=answer.expected_return,
        confidence=answer.confidence,
        members=said.members,
    )
