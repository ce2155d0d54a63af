"""Quarantine: models that the inference process keeps dying of are left alone for a while."""

from dataclasses import dataclass, field

RECENT_SECONDS = 600.0
MOST_SECONDS = 3600.0


@dataclass(slots=True)
class _Case:
    model_id: str
    died_at: list[float] = field(default_factory=list)
    until: float = float("-inf")
    seconds: float = 0.0


class Quarantine:
    """Counts deaths by the bundle that was at work.

    Parameters
    ----------
    deaths : int
        So many within ten minutes are too many.
    seconds : float
        How long a bundle is avoided the first time; each time after it twice as long, up to an
        hour. When it is over, one more death is one too many, until it has kept well as long.
    """

    __slots__ = ("_cases", "_deaths", "_seconds")

    def __init__(self, deaths: int, seconds: float) -> None:
        self._deaths = deaths
        self._seconds = seconds
        self._cases: dict[str, _Case] = {}

    def note_death(self, bundle_digest: str, model_id: str, now: float) -> bool:
        """Count a death; whether the bundle is to be avoided from now on."""
        case = self._cases.setdefault(bundle_digest, _Case(model_id))
        on_trial = case.seconds > 0.0 and now < case.until + case.seconds
        recent = [at for at in case.died_at if now - at < RECENT_SECONDS]
        case.died_at = [*recent, now]
        if not on_trial and len(case.died_at) < self._deaths:
            return False
        longer = case.seconds * 2.0 if on_trial else self._seconds
        case.seconds = min(longer, max(MOST_SECONDS, self._seconds))
        case.until = now + case.seconds
        case.died_at = []
        return True

    def find_avoided(self, now: float) -> dict[str, str]:
        """Return why a bundle is avoided, by its digest."""
        return {
            digest: f"the inference process died of {case.model_id} again and again; "
            f"it is not asked for {case.seconds:g} s"
            for digest, case in self._cases.items()
            if now < case.until
        }
