"""Options of the model families, with the presets that name sets of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import ClassVar, TypeAlias

from bellwether.hashing import digest_json
from bellwether.models._errors import UnusableOption

OptionValue: TypeAlias = bool | int | float | tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every family's options have in common: a range check and a digest."""

    FAMILY: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_option(field.name, getattr(self, field.name))

    @property
    def digest(self) -> str:
        """SHA-256 over the family's name and every option: part of a model's identity."""
        return digest_json({"family": self.FAMILY, **asdict(self)})


@dataclass(frozen=True, kw_only=True)
class NetOptions(Options):
    """How a net is trained.

    Parameters
    ----------
    n_steps : int
        Bars in each window.
    dropout_frac : float
        Share of units silenced while training, from 0 up to but not 1.
    learning_rate : float
        Step size of Adam.
    batch_rows : int
        Rows in each minibatch.
    max_epochs : int
        Epochs after which training ends in any case.
    patience_epochs : int
        Epochs without a lower validation loss after which training ends.
    """

    n_steps: int = 20
    dropout_frac: float = 0.2
    learning_rate: float = 1e-3
    batch_rows: int = 32
    max_epochs: int = 100
    patience_epochs: int = 10


@dataclass(frozen=True, kw_only=True)
class LstmOptions(NetOptions):
    """Options of the recurrent net; see `NetOptions` for how it is trained.

    Parameters
    ----------
    units : tuple of int
        Size of each recurrent layer, the first to see the features first.
    dense_units : int
        Size of the dense layer before the head.
    """

    FAMILY: ClassVar[str] = "lstm"
    units: tuple[int, ...] = (128, 64, 32)
    dense_units: int = 16


@dataclass(frozen=True, kw_only=True)
class TransformerOptions(NetOptions):
    """Options of the attention net; see `NetOptions` for how it is trained.

    Parameters
    ----------
    n_heads : int
        Attention heads.
    key_units : int
        Size of each head's queries, keys and values.
    feed_forward_units : int
        Size of the inner layer of the feed-forward block.
    dense_units : int
        Size of the dense layer before the head.
    """

    FAMILY: ClassVar[str] = "transformer"
    n_heads: int = 4
    key_units: int = 32
    feed_forward_units: int = 128
    dense_units: int = 32


@dataclass(frozen=True, kw_only=True)
class BoostingOptions(Options):
    """Options of gradient-boosted trees.

    Parameters
    ----------
    max_trees : int
        Trees after which training ends in any case.
    max_depth : int
        Splits between a tree's root and its leaves.
    learning_rate : float
        Share of each tree's correction that is kept.
    row_frac, column_frac : float
        Share of rows and of features each tree sees, above 0 up to 1.
    patience_rounds : int
        Trees without a lower validation loss after which training ends.
    """

    FAMILY: ClassVar[str] = "gradient_boosting"
    max_trees: int = 200
    max_depth: int = 5
    learning_rate: float = 0.1
    row_frac: float = 0.8
    column_frac: float = 0.8
    patience_rounds: int = 10


@dataclass(frozen=True, kw_only=True)
class LinearOptions(Options):
    """Options of the linear floors.

    Parameters
    ----------
    prior_information_coefficient : float
        Correlation of forecast and outcome that is believed possible before looking, between
        0 and 1. It sets the ridge penalty; the smaller, the stronger the shrinkage.
    """

    prior_information_coefficient: float = 0.1


@dataclass(frozen=True, kw_only=True)
class RidgeOptions(LinearOptions):
    """Options of ridge regression; see `LinearOptions`."""

    FAMILY: ClassVar[str] = "ridge"


@dataclass(frozen=True, kw_only=True)
class LogisticOptions(LinearOptions):
    """Options of ridge-penalised logistic regression; see `LinearOptions`."""

    FAMILY: ClassVar[str] = "logistic"


def _check_option(name: str, value: OptionValue) -> None:
    if isinstance(value, tuple):
        if not value or min(value) < 1:
            raise UnusableOption(name, "of sizes of at least 1", value)
    elif name.endswith("_frac"):
        _check_share(name, value)
    elif isinstance(value, int):
        if value < 1:
            raise UnusableOption(name, "of at least 1", value)
    elif not 0.0 < value < 1.0:
        raise UnusableOption(name, "between 0 and 1", value)


def _check_share(name: str, value: float) -> None:
    if name == "dropout_frac":
        if not 0.0 <= value < 1.0:
            raise UnusableOption(name, "from 0 up to but not 1", value)
    elif not 0.0 < value <= 1.0:
        raise UnusableOption(name, "above 0 up to 1", value)


PRESETS: Mapping[str, Mapping[str, Options]] = MappingProxyType(
    {
        "gradient_boosting": {
            "contract": BoostingOptions(),
            "demo": BoostingOptions(max_trees=60, patience_rounds=5),
        },
        "logistic": {"contract": LogisticOptions(), "demo": LogisticOptions()},
        "lstm": {
            "contract": LstmOptions(),
            "demo": LstmOptions(
                learning_rate=2e-3, batch_rows=256, max_epochs=8, patience_epochs=2
            ),
        },
        "ridge": {"contract": RidgeOptions(), "demo": RidgeOptions()},
        "transformer": {
            "contract": TransformerOptions(),
            "demo": TransformerOptions(
                learning_rate=2e-3, batch_rows=256, max_epochs=8, patience_epochs=2
            ),
        },
    }
)
