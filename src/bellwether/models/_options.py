"""Options of the model families, with the presets that name sets of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import ClassVar, Literal, TypeAlias

from bellwether.hashing import digest_json
from bellwether.models._errors import UnusableOption

OptionValue: TypeAlias = bool | int | float | str | tuple[int, ...]
Loss: TypeAlias = Literal["squared", "huber", "t5"]
Keep: TypeAlias = Literal["best", "last"]

_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"loss": ("squared", "huber", "t5"), "keep": ("best", "last")}
)
_SWITCHES = frozenset({"tells_drift"})


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every family's options have in common: a range check and a digest."""

    FAMILY: ClassVar[str] = ""
    CAME_LATER: ClassVar[Mapping[str, OptionValue]] = MappingProxyType({})
    """Options of later versions, with the value that is as if there were none."""

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_option(field.name, getattr(self, field.name))

    @property
    def digest(self) -> str:
        """SHA-256 over the family's name and every option: part of a model's identity.

        An option that came later is left out where it changes nothing, so that models and trials
        of before keep theirs.
        """
        told = {
            name: value
            for name, value in asdict(self).items()
            if name not in self.CAME_LATER or self.CAME_LATER[name] != value
        }
        return digest_json({"family": self.FAMILY, **told})


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
    loss : {"squared", "huber", "t5"}
        What a miss costs; see `learned_target`.
    tells_drift : bool
        Whether the mean target of the training rows is part of the forecast; see `make_lessons`.
    keep : {"best", "last"}
        Whether the epoch of the lowest validation loss decides when to stop and which weights are
        kept, or all of `max_epochs` are trained and the last weights kept: a loss over a hundred
        or two rows whose noise is a hundred times the signal chooses at random.
    weight_decay_frac : float
        Share of every weight that is taken away at each step, from 0 up to but not 1.
    n_seeds : int
        Nets trained from different seeds, whose mean is the forecast.
    """

    CAME_LATER: ClassVar[Mapping[str, OptionValue]] = MappingProxyType(
        {
            "loss": "squared",
            "tells_drift": True,
            "keep": "best",
            "weight_decay_frac": 0.0,
            "n_seeds": 1,
        }
    )
    n_steps: int = 20
    dropout_frac: float = 0.2
    learning_rate: float = 1e-3
    batch_rows: int = 32
    max_epochs: int = 100
    patience_epochs: int = 10
    loss: Loss = "squared"
    tells_drift: bool = True
    keep: Keep = "best"
    weight_decay_frac: float = 0.0
    n_seeds: int = 1


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
    loss : {"squared", "huber", "t5"}
        What a miss costs; see `learned_target`.
    tells_drift : bool
        Whether the mean target of the training rows is part of the forecast; see `make_lessons`.
    keep : {"best", "last"}
        Whether the validation loss decides when to stop and which round is the last, or all of
        `max_trees` rounds are grown and kept.
    n_steps : int
        Bars whose features each tree may ask about, the row's own and those before it.
    n_seeds : int
        Trees grown side by side in each round, each from its own draw of rows and columns; their
        mean is the round's.
    least_leaf_rows : int
        Rows, by weight, that a leaf holds at least.
    leaf_penalty_rows : int
        Rows without any return that each leaf's mean is taken with: its shrinkage towards zero.

    Notes
    -----
    NaN: a split would know a way for it, but rows with one are never trained on nor asked about:
    all families share the rows on which every feature is known.
    """

    FAMILY: ClassVar[str] = "gradient_boosting"
    CAME_LATER: ClassVar[Mapping[str, OptionValue]] = MappingProxyType(
        {
            "loss": "squared",
            "tells_drift": True,
            "keep": "best",
            "n_steps": 1,
            "n_seeds": 1,
            "least_leaf_rows": 1,
            "leaf_penalty_rows": 1,
        }
    )
    max_trees: int = 200
    max_depth: int = 5
    learning_rate: float = 0.1
    row_frac: float = 0.8
    column_frac: float = 0.8
    patience_rounds: int = 10
    loss: Loss = "squared"
    tells_drift: bool = True
    keep: Keep = "best"
    n_steps: int = 1
    n_seeds: int = 1
    least_leaf_rows: int = 1
    leaf_penalty_rows: int = 1


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


@dataclass(frozen=True, kw_only=True)
class QuadraticOptions(LinearOptions):
    """Options of the quadratic form in recent features.

    Parameters
    ----------
    prior_information_coefficient : float
        As in `LinearOptions`, once for features and for products, and twice as much for one term
        alone. It is also the spread of the forecasts over the training rows.
    n_steps : int
        Bars whose features are seen; one k bars back is believed 1/(1 + k) as much.
    n_product_steps : int
        Bars whose features are multiplied with, and switched by, one another; at most `n_steps`.
    n_product_features : int
        Features that are multiplied; where there are more, those that went most with the target
        of the training rows.
    loss : {"squared", "huber", "t5"}
        What a miss costs; see `learned_target`.

    Notes
    -----
    NaN: none accepted; rows with one are not trained on, and a bundle's graph refuses them.
    """

    FAMILY: ClassVar[str] = "quadratic"
    prior_information_coefficient: float = 0.05
    n_steps: int = 5
    n_product_steps: int = 2
    n_product_features: int = 24
    loss: Loss = "t5"

    def __post_init__(self) -> None:
        LinearOptions.__post_init__(self)
        if self.n_product_steps > self.n_steps:
            raise UnusableOption("n_product_steps", "of at most n_steps", self.n_product_steps)


def _check_option(name: str, value: OptionValue) -> None:
    if name in _WORDS:
        if value not in _WORDS[name]:
            raise UnusableOption(name, f"one of {', '.join(_WORDS[name])}", value)
    elif name in _SWITCHES:
        if not isinstance(value, bool):
            raise UnusableOption(name, "that is true or false", value)
    elif isinstance(value, str):
        raise UnusableOption(name, "that is a number", value)
    else:
        _check_number(name, value)


def _check_number(name: str, value: float | tuple[int, ...]) -> None:
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
    if name in {"dropout_frac", "weight_decay_frac"}:
        if not 0.0 <= value < 1.0:
            raise UnusableOption(name, "from 0 up to but not 1", value)
    elif not 0.0 < value <= 1.0:
        raise UnusableOption(name, "above 0 up to 1", value)
