"""What a tick found that a person may have to know."""

from collections.abc import Iterable, Sequence

from bellwether.monitor import instant_text
from bellwether.watch._alert_values import Finding
from bellwether.watch._asking import AskedPaper
from bellwether.watch._health import ModelWatch
from bellwether.watch._options import WatchOptions
from bellwether.watch._settling import SettledPaper
from bellwether.watch._telling import alarm_of, explain
from bellwether.watch._watch_notes import InputsChecked

MOST_NAMED = 10


def find_findings(
    watches: Iterable[ModelWatch],
    inputs: Iterable[InputsChecked],
    asked: AskedPaper,
    settled: SettledPaper,
    options: WatchOptions,
) -> tuple[Finding, ...]:
    """Return everything that is not well, channel by channel.

    Parameters
    ----------
    watches : iterable of ModelWatch
        Of the models that are watched now.
    inputs : iterable of InputsChecked
    asked : AskedPaper
    settled : SettledPaper
    options : WatchOptions
    """
    return (
        *(_of_model(one, options) for one in watches if one.condition != "ok" or not one.answers),
        *(_of_inputs(one) for one in inputs if one.drifted),
        *_of_silence(asked),
        *_of_bars(settled),
    )


def _of_model(watch: ModelWatch, options: WatchOptions) -> Finding:
    # A model that the rules are better than for now is no false alarm's matter: it is told.
    condition = "amber" if watch.condition == "ok" else watch.condition
    return Finding(
        subject=watch.model_id,
        channel="performance",
        condition=condition,
        words=explain(watch, options),
        facts=alarm_of(watch, options),
    )


def _of_inputs(check: InputsChecked) -> Finding:
    named = ", ".join(check.drifted[:MOST_NAMED])
    return Finding(
        subject=check.model_id,
        channel="inputs",
        condition="amber",
        words=f"not as in training: {named}; a challenger is asked for, the model goes on",
        facts={
            "done": "a challenger is asked for",
            "drifted": list(check.drifted),
            "features": [dict(one) for one in check.features],
            "checked_at": check.at,
        },
    )


def _of_silence(asked: AskedPaper) -> list[Finding]:
    """Return a finding for each source and reason, not for each of thousands of symbols."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in asked.silent:
        groups.setdefault((one.who, one.reason), []).append((one.symbol, one.words))
    return [
        Finding(
            subject=f"{who}: {reason}",
            channel="data",
            condition="amber",
            words=f"{who} could not be heard about {_name(found)}: {found[0][1]}",
            facts={"n_symbols": len(found), "symbols": [symbol for symbol, _ in found[:50]]},
        )
        for (who, reason), found in sorted(groups.items())
    ]


def _of_bars(settled: SettledPaper) -> list[Finding]:
    found = []
    if settled.late:
        oldest = min(one.closes_at for one in settled.late)
        named = _name([(one.symbol, "") for one in settled.late])
        found.append(
            Finding(
                subject="late bars",
                channel="data",
                condition="amber",
                words=f"no bars of {named} since the session that closed at {oldest}",
                facts={
                    "n_symbols": len(settled.late),
                    "oldest": instant_text(oldest),
                    "n_forecasts": sum(one.n_forecasts for one in settled.late),
                },
            )
        )
    if settled.given_up:
        named = _name([(one.symbol, one.words) for one in settled.given_up])
        found.append(
            Finding(
                subject="missing bars",
                channel="data",
                condition="amber",
                words=f"forecasts about {named} count for nobody: {settled.given_up[0].words}",
                facts={"n_forecasts": len(settled.given_up)},
            )
        )
    if settled.n_revised:
        named = _name([(one.symbol, "") for one in settled.revised])
        found.append(
            Finding(
                subject="revised bars",
                channel="data",
                condition="amber",
                words=f"bars of {named} were revised after they were settled; the first stands",
                facts={"n_outcomes": settled.n_revised},
            )
        )
    return found


def _name(found: Sequence[tuple[str, str]]) -> str:
    symbols = sorted({symbol for symbol, _ in found})
    more = f" and {len(symbols) - MOST_NAMED} more" if len(symbols) > MOST_NAMED else ""
    return ", ".join(symbols[:MOST_NAMED]) + more
