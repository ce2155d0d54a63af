"""ModelRecord: what the registry knows of one model."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from bellwether.registry._errors import BadModelId
from bellwether.registry._stages import Stage

_MODEL_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


def check_model_id(model_id: str) -> None:
    """Refuse an id that could not be a file name everywhere.

    Parameters
    ----------
    model_id : str

    Raises
    ------
    BadModelId
        If the id holds anything but lower-case letters, digits, dots, dashes and underscores,
        starts with a sign, or has more than 100 characters.

    Examples
    --------
    >>> check_model_id("sp500-1d-h1-2018")
    >>> check_model_id("../secrets")
    Traceback (most recent call last):
    ...
    bellwether.registry._errors.BadModelId: expected a model id of up to 100 lower-case letters,
    digits, dots, dashes and underscores, was '../secrets'; choose another name for the model
    """
    if not _MODEL_ID.fullmatch(model_id):
        raise BadModelId(model_id)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class MarketKey:
    """What a champion is champion of; there is at most one for each key.

    Parameters
    ----------
    universe : str
        Name of the set of symbols.
    interval : str
        Length of a bar ("1d").
    horizon_bars : int
        How far ahead the forecast looks.

    Examples
    --------
    >>> str(MarketKey(universe="sp500", interval="1d", horizon_bars=5))
    'sp500, 1d bars, 5 ahead'
    """

    universe: str
    interval: str
    horizon_bars: int

    def __str__(self) -> str:
        return f"{self.universe}, {self.interval} bars, {self.horizon_bars} ahead"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One model: its identity, its stage and the verdict on it.

    Parameters
    ----------
    model_id : str
    market : MarketKey
    symbols : tuple of str
        Symbols of the universe.
    bundle_digest : str
        Digest of the bundle; a file with another digest is not this model.
    pipeline_digest, snapshot_digest : str
        What was trained, and on which bars.
    bellwether_version : str
        Version that trained it.
    trained_at : numpy.datetime64
        Close of the last bar it was trained on, UTC.
    registered_at, changed_at : numpy.datetime64
        Instants of its registration and of its last move, UTC.
    stage : Stage
    verdict : mapping or None
        The gate's verdict as JSON data, once there is one.
    metrics : mapping of str to float
        Figures worth listing.

    Raises
    ------
    BadModelId
        If the id cannot be a file name.
    """

    model_id: str
    market: MarketKey
    symbols: tuple[str, ...]
    bundle_digest: str
    pipeline_digest: str
    snapshot_digest: str
    bellwether_version: str
    trained_at: np.datetime64
    registered_at: np.datetime64
    changed_at: np.datetime64
    stage: Stage = Stage.CANDIDATE
    verdict: Mapping[str, object] | None = None
    metrics: Mapping[str, object]

    def __post_init__(self) -> None:
        check_model_id(self.model_id)

    @property
    def is_renewal(self) -> bool:
        """Whether its verdict is on an earlier fit of the same pipeline."""
        return self.verdict is not None and self.verdict.get("snapshot") != self.snapshot_digest

    def after(self, move: "Move") -> Self:
        """Return the record after a move, with the move's verdict if it has one."""
        verdict = self.verdict if move.verdict is None else move.verdict
        return replace(self, stage=move.after, changed_at=move.at, verdict=verdict)

    def same_model(self, other: "ModelRecord") -> bool:
        """Whether both records are of one model, whatever its stage."""
        return (self.model_id, self.market, self.bundle_digest) == (
            other.model_id,
            other.market,
            other.bundle_digest,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One entry of the registry's history: a model came in, or changed its stage.

    Parameters
    ----------
    model_id : str
    before : Stage or None
        None for a registration.
    after : Stage
    at : numpy.datetime64
        UTC instant.
    reason : str
        Why, in words.
    verdict : mapping or None
        The verdict that allowed it, for a promotion.
    """

    model_id: str
    before: Stage | None
    after: Stage
    at: np.datetime64
    reason: str
    verdict: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The models that may answer for a market, best first.

    Parameters
    ----------
    champion, previous : ModelRecord or None
    """

    champion: ModelRecord | None = None
    previous: ModelRecord | None = None


def find_serving(
    records: Sequence[ModelRecord], symbol: str, interval: str, horizon_bars: int
) -> Serving:
    """Return the models that may answer for a symbol.

    Parameters
    ----------
    records : sequence of ModelRecord
        Any; those in other stages than CHAMPION and PREVIOUS are passed over.
    symbol, interval : str
    horizon_bars : int

    Returns
    -------
    serving : Serving
        Of the universes that hold the symbol, the one with a champion comes first, then the
        one with the fewest symbols (a model made for this market), then the first by name.
    """
    fits: dict[MarketKey, dict[Stage, ModelRecord]] = {}
    for record in records:
        key = record.market
        if symbol in record.symbols and (key.interval, key.horizon_bars) == (
            interval,
            horizon_bars,
        ):
            fits.setdefault(key, {})[record.stage] = record
    ranked = sorted(
        (Stage.CHAMPION not in stages, min(len(r.symbols) for r in stages.values()), key)
        for key, stages in fits.items()
        if stages.keys() & {Stage.CHAMPION, Stage.PREVIOUS}
    )
    if not ranked:
        return Serving()
    stages = fits[ranked[0][2]]
    return Serving(champion=stages.get(Stage.CHAMPION), previous=stages.get(Stage.PREVIOUS))
