"""Settings: closed, typed, and read in one order - flag, environment, file, default."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, PrivateAttr, SecretStr, ValidationInfo, field_validator
from pydantic import ValidationError as PydanticError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bellwether.errors import SettingsError

ENVIRONMENT_PREFIX = "BELLWETHER_"
SETTINGS_FILE = "bellwether.toml"
NOT_SETTINGS = frozenset({"BELLWETHER_API_KEY", "BELLWETHER_NO_PAGE"})
"""Variables with the prefix that are for the client of a service, or for a build, only."""
Origin: TypeAlias = Literal["default", "file", "environment", "argument"]
"""Where a setting's value may come from."""
_DATABASES = frozenset({"sqlite", "postgresql", "postgres"})
_SECRETS = frozenset(
    ("alert_receivers", "alert_signing_key", "database", "provider_keys", "provider_urls")
)
_RECEIVER_NAME = re.compile(r"(?!log\Z)[a-z0-9][a-z0-9_-]{0,39}")
_PROVIDER_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class UnknownSetting(SettingsError):
    """A setting has no such name.

    Parameters
    ----------
    name : str
        The name found.
    place : str
        Where it was found.
    known : sequence of str
        Every name there is.
    """

    def __init__(self, name: str, place: str, known: tuple[str, ...]) -> None:
        self.name = name
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(known)}"
        super().__init__("a known setting", f"{name!r} in {place}", hint)


class UnusableSetting(SettingsError):
    """A setting's value, or its file, cannot be used."""


class Settings(BaseSettings):
    """Everything a user may set, with the defaults of the contract.

    Each field is read from a flag, else from the environment variable of the same name with
    the prefix `BELLWETHER_`, else from `bellwether.toml` in the working directory, else it
    has the default below.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        extra="forbid",
        frozen=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(Path(".bellwether"), description="folder of models, ledger and work")
    database: SecretStr | None = Field(
        None, description="URL of registry and journal; without one, files in the home folder"
    )
    market_data: Path | None = Field(None, description="folder of real bars, for the tests only")
    calendar: str = Field("auto", description="exchange calendar of the bars, or auto")
    horizon_bars: int = Field(1, ge=1, le=60, description="bars ahead that are predicted")
    cost_bps: float = Field(5.0, ge=0, le=1000, description="cost a side, in basis points")
    promotion_gate: Literal["evidence", "contract", "both"] = Field(
        "evidence", description="which gate binds"
    )
    promotion_level: float = Field(
        0.01, gt=0, le=0.05, description="false promotions allowed, as a share"
    )
    promotion_panel: Literal["clustered", "market_neutral"] = Field(
        "clustered", description="whether symbols are judged by their returns or against the others"
    )
    information_coefficient_worth_finding: float = Field(
        0.10, gt=0, lt=1, description="skill below which a verdict is not waited for"
    )
    models_enabled: bool = Field(True, description="whether models may answer at all")
    confidence_threshold: float = Field(
        60.0, ge=50, le=95, description="below it the model's answer is not served"
    )
    low_confidence: Literal["rules", "hold"] = Field(
        "rules", description="what answers instead of an unconfident model"
    )
    model_max_age_days: int = Field(180, ge=1, description="older models do not serve")
    monitor_by_service: bool = Field(
        True, description="whether serve watches by itself; else cron does, or nobody"
    )
    retraining: bool = Field(True, description="whether challengers are made when they are due")
    retrain_check_days: float = Field(
        7.0, gt=0, le=3650, description="between two looks at whether a challenger is due"
    )
    retrain_drift_days: float = Field(
        30.0, gt=0, le=3650, description="between two challengers, where drift was found"
    )
    retrain_full_days: float = Field(
        91.0, gt=0, le=3650, description="after which everything is trained anew"
    )
    retrain_budget_seconds: float = Field(
        300.0, ge=1, le=604_800, description="time for a full retraining; it chooses a plan"
    )
    choose_by_regime: bool = Field(
        True, description="whether the previous champion answers first where it is better"
    )
    workers: int = Field(
        default_factory=lambda: max(1, min(os.cpu_count() or 1, 8)),
        ge=1,
        le=256,
        description="training processes",
    )
    serve_host: str = Field("127.0.0.1", min_length=1, description="address to listen at")
    serve_port: int = Field(8017, ge=0, le=65535, description="port to listen at; 0: a free one")
    serve_workers: int = Field(1, ge=1, le=64, description="processes that answer")
    serve_names: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="host names it is known as; on loopback its own, else any"
    )
    models_required: bool = Field(False, description="ready only while a model can answer")
    time_budget_seconds: float = Field(
        0.25, ge=0.01, le=60, description="within it every answer is given"
    )
    serve_in_process: bool = Field(
        False, description="models are computed by the serving process itself, unsupervised"
    )
    inference_memory_mib: int = Field(
        1024, ge=128, le=1 << 20, description="memory of the process that computes models"
    )
    most_requests: int = Field(512, ge=1, le=100_000, description="requests under way at once")
    most_body_bytes: int = Field(1 << 20, ge=1024, le=1 << 30, description="of one question")
    most_batch_bytes: int = Field(1 << 24, ge=1024, le=1 << 30, description="of a batch")
    most_batch_symbols: int = Field(1000, ge=1, le=100_000, description="questions in a batch")
    drain_seconds: float = Field(
        0.0, ge=0, le=600, description="accepts still, after readiness has turned 503"
    )
    grace_seconds: float = Field(
        10.0, ge=0, le=600, description="time to finish requests when asked to end"
    )
    access: Literal["auto", "keys", "open"] = Field(
        "auto", description="who needs a key; auto: all but this machine; open: nobody, to read"
    )
    requests_per_minute: float = Field(
        6000.0, gt=0, le=1e7, description="of one key, or of one address without"
    )
    requests_burst: int = Field(1000, ge=1, le=1_000_000, description="requests at once")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="pages that may ask from a browser"
    )
    signatures_required: bool = Field(
        False, description="whether a model serves only with a trusted signature"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="lines for programs or for people; auto: text on a terminal"
    )
    alert_receivers: Annotated[dict[str, SecretStr], NoDecode] = Field(
        {}, description="who is told of alerts: name=URL, of a webhook or as Apprise reads it"
    )
    alert_signing_key: SecretStr | None = Field(
        None, description="signs what webhooks are sent, so that they know who sends"
    )
    alert_cooling_hours: float = Field(
        72.0, ge=0, le=8760, description="well for so long, an alert is over"
    )
    alert_reminder_days: float = Field(
        7.0, ge=0, le=365, description="until nobody's alert is told again; 0: never"
    )
    monitor_interval_hours: float = Field(
        24.0, gt=0, le=8760, description="between two checks; half as long again is an alert"
    )
    drift_amber_bars: float = Field(
        252.0, ge=1, le=1e8, description="bars between two false amber alarms, at the least"
    )
    drift_red_bars: float = Field(
        1260.0, ge=1, le=1e8, description="bars between two false red alarms; not below amber's"
    )
    drift_reduction: Literal["posterior", "steps"] = Field(
        "posterior", description="a model under suspicion: by what is believed of it, or by .85"
    )
    drift_recovery_evidence: float = Field(
        20.0, gt=1, le=1e6, description="proof in the shadow at which a red model returns"
    )
    provider_keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        {}, description="keys of providers of bars: name=KEY, before those of the environment"
    )
    provider_urls: Annotated[dict[str, SecretStr], NoDecode] = Field(
        {}, description="where providers are asked, or templates of new ones: name=URL"
    )
    access_log: bool = Field(True, description="whether each request has its line in the log")
    dashboard_enabled: bool = Field(True, description="whether the page is served, at /")

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)

    def find_origin(self, name: str) -> Origin:
        """Return where a setting's value came from, as far as `load_settings` has read it."""
        return self._origins.get(name, "default")

    @classmethod
    def read(cls, places: Mapping[Origin, Mapping[str, object]]) -> Self:
        """Return settings of some places, the strongest last; they know where each came from."""
        merged: dict[str, Any] = {}
        for values in places.values():
            merged |= values
        found = cls(**merged)
        found._origins.update(
            {name: origin for origin, values in places.items() for name in values}
        )
        return found

    @field_validator("database")
    @classmethod
    def _check_kind(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse early what no adapter knows; the message never repeats the URL."""
        kind, found, _ = ("sqlite://" if value is None else value.get_secret_value()).partition(
            "://"
        )
        if not found or kind.partition("+")[0] not in _DATABASES:
            raise ValueError("sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME")
        return value

    @field_validator("alert_receivers", "provider_keys", "provider_urls", mode="before")
    @classmethod
    def _split_pairs(cls, value: object, info: ValidationInfo) -> object:
        """Take "desk=URL ops=URL" for a table; no message repeats a part of a value."""
        if isinstance(value, str):
            pairs = [pair.partition("=") for pair in value.split()]
            value = {name: rest for name, _, rest in pairs}
        are_receivers = info.field_name == "alert_receivers"
        names, mark = (_RECEIVER_NAME, "://") if are_receivers else (_PROVIDER_NAME, "")
        if not isinstance(value, dict) or not all(
            _is_named(*p, names, mark) for p in value.items()
        ):
            kind, but = ("URL", ", none of them log") if are_receivers else ("VALUE", "")
            raise ValueError(f"name={kind}, names of small letters, digits, - and _{but}")
        return value

    @field_validator("serve_names", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Take "a, b" for ["a", "b"]: the environment has no lists."""
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments (flags over file, merged by `load_settings`), then the environment."""
        return init_settings, env_settings


def load_settings(
    flags: Mapping[str, object] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings in their one order: flag, environment, file, default.

    Parameters
    ----------
    flags : mapping, optional
        What the caller set by hand; entries that are None were not set.
    file : path, optional
        TOML file; `bellwether.toml` of the working directory by default, where it exists.
    environment : mapping, optional
        Environment variables; the process's own by default.

    Returns
    -------
    settings : Settings

    Raises
    ------
    UnknownSetting
        If a flag, a variable with the prefix or a key of the file has no such setting.
    UnusableSetting
        If a value is out of range, or the file is no TOML.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    variables = os.environ if environment is None else environment
    from_environment = {
        key.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for key, value in variables.items()
        if key.startswith(ENVIRONMENT_PREFIX) and key not in NOT_SETTINGS
    }
    path = Path(SETTINGS_FILE) if file is None else file
    from_file = _read_file(path) if file is not None or path.is_file() else {}
    known = tuple(sorted(Settings.model_fields))
    places = ((given, "the flags"), (from_environment, "the environment"), (from_file, str(path)))
    for values, place in places:
        for name in values:
            if name not in known:
                raise UnknownSetting(name, place, known)
    try:
        return Settings.read(
            {"file": from_file, "environment": from_environment, "argument": given}
        )
    except PydanticError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UnusableSetting(
            f"a usable value for {name!r} ({first['msg']})",
            "something else, not repeated here"
            if first["loc"][0] in _SECRETS
            else f"{first['input']!r}",
            "correct the flag, the environment variable or the file",
        ) from error


def _is_named(name: object, value: object, names: re.Pattern[str], mark: str) -> bool:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    is_text = isinstance(text, str) and bool(text.strip()) and mark in text
    return is_text and isinstance(name, str) and names.fullmatch(name) is not None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnusableSetting(
            f"a readable TOML file at {path}", f"{error}", "correct or remove the file"
        ) from error
