"""Accounting: settled paper forecasts as bets of a model, of its members and of the rules."""

from bellwether.monitor import SettledBet
from bellwether.watch._paper import RULES, PaperForecast, PaperOutcome


def settled_bet(forecast: PaperForecast, outcome: PaperOutcome, model_id: str) -> SettledBet | None:
    """Return what an account of a model takes from a settled forecast.

    Parameters
    ----------
    forecast : PaperForecast
    outcome : PaperOutcome
        Of the same forecast.
    model_id : str

    Returns
    -------
    bet : SettledBet or None
        None where nothing can be compared: the outcome was given up, or the model or the rules
        said nothing.

    Notes
    -----
    Knows: what both sources said at the bar, and what became of it.
    A member of an ensemble says up above a probability of one half and down below it.
    """
    model, rules = forecast.voice(model_id), forecast.voice(RULES)
    if outcome.realized_return is None or model is None or rules is None:
        return None
    members = {
        name: (chance > 0.5) - (chance < 0.5) for name, chance in sorted(model.members.items())
    }
    return SettledBet(
        symbol=forecast.symbol,
        outcome=outcome.realized_return,
        volatility=forecast.volatility,
        rules=rules.direction,
        model=model.direction,
        members=members,
    )
