"""Everything over HTTP that rests on stored bars, put together."""

from bellwether.answering import Answerer
from bellwether.http._answers import Answers
from bellwether.http._by_symbol import SymbolRoutes
from bellwether.http._data import DataRoutes
from bellwether.http._imports import ImportRoutes
from bellwether.http._keeping import Keeper
from bellwether.http._markets import Markets
from bellwether.http._metrics import Metrics
from bellwether.http._operations import Operation
from bellwether.http._options import HttpOptions
from bellwether.http._ports import HttpPorts

# Of the time budget, the part that the store may take; the rest is for whoever answers.
_STORE_FRAC = 0.5


class StoredRoutes:
    """Predictions by symbol, snapshots and imports; none where there is no store of bars.

    Parameters
    ----------
    ports : HttpPorts
    options : HttpOptions
    answerer : Answerer
    keeper : Keeper or None
    metrics : Metrics
    """

    def __init__(
        self,
        ports: HttpPorts,
        options: HttpOptions,
        *,
        answerer: Answerer,
        keeper: Keeper | None,
        metrics: Metrics,
    ) -> None:
        self.operations: tuple[Operation, ...] = ()
        self._answers: Answers | None = None
        if ports.bars is None:
            return
        patience = _STORE_FRAC * options.time_budget_seconds
        answers = self._answers = Answers(
            markets=Markets(ports.bars, options.symbols_in_memory, patience),
            answerer=answerer,
            keeper=keeper,
            clock=ports.predict.clock,
            options=options,
            metrics=metrics,
        )
        self.operations = (
            *SymbolRoutes(answers, options).operations,
            *DataRoutes(ports.bars).operations,
        )
        if ports.reader is not None:
            imports = ImportRoutes(
                store=ports.bars,
                reader=ports.reader,
                clock=ports.predict.clock,
                options=options,
                changed=answers.forget,
                resting=ports.resting,
            )
            self.operations += imports.operations

    def forget(self) -> None:
        """Compute every answer anew: who serves has changed."""
        if self._answers is not None:
            self._answers.forget()

    def close(self) -> None:
        """Let go of threads and computations."""
        if self._answers is not None:
            self._answers.close()
