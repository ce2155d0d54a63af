"""The facts that go with an alarm: how strong it is, how often it is false, what was done."""

from typing import Any


def alarm_facts(
    *,
    e_value: float | None = None,
    effective_sample_size: float | None = None,
    done: str = "",
    bars_a_year: float = 252.0,
    **more: Any,
) -> dict[str, Any]:
    """Return the facts of an alarm under the names that every notice uses.

    Parameters
    ----------
    e_value : float, optional
        Evidence of a detector, whose threshold is the wanted average run length in bars.
    effective_sample_size : float, optional
        As many independent outcomes would say as much.
    done : str
        What was done about it, such as "the rules answer".
    bars_a_year : float, default 252
    **more : JSON values
        Whatever else is worth telling.

    Returns
    -------
    facts : dict
        What was not given is not in it. `false_alarms_a_year` is an upper bound: a threshold at
        this e-value would be reached by a sound model no oftener.

    Examples
    --------
    >>> alarm_facts(e_value=1260.0, done="the rules answer")["false_alarms_a_year"]
    0.2
    """
    facts: dict[str, Any] = {"done": done} if done else {}
    if e_value is not None:
        facts["e_value"] = e_value
        facts["false_alarms_a_year"] = bars_a_year / max(e_value, 1.0)
    if effective_sample_size is not None:
        facts["effective_sample_size"] = effective_sample_size
    return facts | more
