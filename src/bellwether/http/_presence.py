"""Whether this process takes questions, and what it tells whoever watches over it."""

from bellwether.http._board import Board, Condition


class Presence:
    """How this process is, for its own readiness and for the board of its service.

    Parameters
    ----------
    board : Board or None
        Shared with the other workers; None where this process is the whole service.
    place : int
        This worker's place on it.

    Attributes
    ----------
    is_leaving : bool
        Whether it was asked to end.
    trouble : str or None
        Why questions should not be sent here, but for leaving.
    """

    __slots__ = ("_place", "board", "is_leaving", "trouble")

    def __init__(self, board: Board | None = None, place: int = 0) -> None:
        self.board = board
        self._place = place
        self.is_leaving = False
        self.trouble: str | None = None

    def beat(self, at: float) -> None:
        """Say on the board that this process runs.

        Parameters
        ----------
        at : float
            Now, on the machine's steady clock.
        """
        if self.board is None:
            return
        condition = Condition.READY if self.trouble is None else Condition.UNREADY
        self.board.write(self._place, Condition.LEAVING if self.is_leaving else condition, at)

    def find_trouble_elsewhere(self) -> str | None:
        """Return in words which other workers should not be asked, or None.

        Notes
        -----
        Whichever worker is asked gives the same answer. Workers that start or leave do not
        count: nobody reaches them.
        """
        if self.board is None:
            return None
        n_unready = self.board.count(Condition.UNREADY)
        return f"{n_unready} of {self.board.n_workers} workers not ready" if n_unready else None

    @property
    def n_workers(self) -> int:
        """How many processes should answer."""
        return 1 if self.board is None else self.board.n_workers

    @property
    def n_workers_ready(self) -> int:
        """How many processes answer."""
        if self.board is None:
            return int(self.trouble is None and not self.is_leaving)
        return self.board.count(Condition.READY)

    @property
    def n_restarts(self) -> int:
        """How often a worker had to be replaced."""
        return 0 if self.board is None else self.board.n_restarts
