"""What a use case can be asked that cannot be."""

from collections.abc import Sequence

from bellwether.errors import ServiceError, SettingsError
from bellwether.service._journal_trouble import JournalTrouble


class OptionOutOfRange(ServiceError):
    """An option of a use case is out of its range.

    Parameters
    ----------
    option : str
        Name of the option.
    expected : str
        What it may be.
    was : object
        What it is.
    """

    http_status = 422

    def __init__(self, option: str, expected: str, was: object) -> None:
        self.option = option
        super().__init__(f"{option} to be {expected}", repr(was), f"set {option} within that range")


class UnfitPrediction(ServiceError):
    """A prediction would carry a number that no caller could use.

    Parameters
    ----------
    field : str
        The part of the prediction.
    expected : str
        What it may be.
    was : object
        What it is.
    """

    http_status = 500

    def __init__(self, field: str, expected: str, was: object) -> None:
        self.field = field
        super().__init__(
            f"{field} of a prediction to be {expected}",
            repr(was),
            "report this: a rung of the ladder let it pass",
        )


class UnknownPlan(SettingsError):
    """No training plan has that name.

    Parameters
    ----------
    name : str
    known : sequence of str
    """

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__("a known plan", repr(name), f"choose from {', '.join(known)}")


class UnreadableBudget(ServiceError):
    """A time budget is not written as a number and a unit.

    Parameters
    ----------
    text : str
        What was given.
    """

    http_status = 422

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            "a time above zero such as 90s, 2m or 1.5h", repr(text), "write a number and s, m or h"
        )


class HistoryTooShort(ServiceError):
    """There is less history than a verdict can sensibly rest on.

    Parameters
    ----------
    symbol : str
    n_bars : int
        Bars there are.
    days : float
        Days they span.
    least_bars : int
        Bars that are asked for.
    """

    exit_code = 5
    http_status = 422

    def __init__(self, symbol: str, n_bars: int, days: float, least_bars: int) -> None:
        self.symbol = symbol
        self.n_bars = n_bars
        self.days = days
        super().__init__(
            f"at least {least_bars} bars over 2 years of {symbol}",
            f"{n_bars} bars over {days / 365.25:.1f} years",
            "add history, or allow less with --short-history (a verdict will take longer)",
        )


class JournalUnavailable(ServiceError):
    """The journal's memory cannot be opened, read or written.

    Parameters
    ----------
    place : str
        Where it is kept, without any password.
    why : str
    trouble : JournalTrouble, default UNAVAILABLE
    """

    http_status = 503

    def __init__(
        self, place: str, why: str, trouble: JournalTrouble = JournalTrouble.UNAVAILABLE
    ) -> None:
        self.place = place
        self.trouble = trouble
        super().__init__(
            f"a readable and writable journal at {place}",
            why,
            "check that the place exists, has room and may be written; nothing was recorded",
        )


class JournalTampered(ServiceError):
    """The journal was changed by something other than appending to it.

    Parameters
    ----------
    place : str
        Where it is kept, without any password.
    number : int
        First record, from 1, that is not what was appended.
    was : str
    """

    http_status = 500

    def __init__(self, place: str, number: int, was: str) -> None:
        self.place = place
        self.number = number
        super().__init__(
            f"an unbroken chain of records in {place}",
            f"{was} at record {number}",
            "restore the journal from a copy; its records from there on prove nothing",
        )


class UnknownPrediction(ServiceError):
    """No prediction with that id is in the journal.

    Parameters
    ----------
    prediction_id : str
    """

    http_status = 404

    def __init__(self, prediction_id: str) -> None:
        self.prediction_id = prediction_id
        super().__init__(
            "the id of a prediction in the journal",
            repr(prediction_id[:120]),
            "copy the whole id from the answer, or look it up in the list of predictions",
        )


class WindowMismatch(ServiceError):
    """Bars or a state to be stored are not those that a prediction was computed from.

    Parameters
    ----------
    prediction_id : str
    was : str
        What was given in their place.
    """

    http_status = 422

    def __init__(self, prediction_id: str, was: str) -> None:
        self.prediction_id = prediction_id
        super().__init__(
            f"what prediction {prediction_id[:12]} was computed from",
            was,
            "store the bars and the state that the answer was computed from, or none",
        )


class ModelNotJudged(ServiceError):
    """A model has no verdict, or no model has one.

    Parameters
    ----------
    model_id : str or None
        None where any judged model would do.
    """

    http_status = 404

    def __init__(self, model_id: str | None) -> None:
        self.model_id = model_id
        super().__init__(
            "a judged model" if model_id is None else f"a verdict on {model_id!r}",
            "none",
            "train it, the gate will judge: bellwether train FILE",
        )


class NoChampion(ServiceError):
    """A market has no champion that could go.

    Parameters
    ----------
    market : str
    """

    http_status = 404

    def __init__(self, market: str) -> None:
        self.market = market
        super().__init__(
            f"a champion of {market}",
            "none",
            "see who serves where: bellwether models, or GET /v1/models",
        )


class TrialsForgotten(ServiceError):
    """A result is there whose trial the trial log does not hold.

    Parameters
    ----------
    what : str
        The result, as a clause.
    """

    http_status = 409

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            "a trial log that remembers every look at these models",
            f"one that does not: {what}",
            "bring trials.jsonl and trials.jsonl.head back from a copy, or begin in a new home: "
            "what is tried here next would be counted as if it were the first",
        )
