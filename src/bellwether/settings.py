"""Settings: closed, typed, and read in one order - flag, environment, file, default."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic import ValidationError as PydanticError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bellwether.errors import SettingsError

ENVIRONMENT_PREFIX = "BELLWETHER_"
SETTINGS_FILE = "bellwether.toml"


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
        env_prefix=ENVIRONMENT_PREFIX, extra="forbid", frozen=True, validate_default=True
    )

    home: Path = Field(Path(".bellwether"), description="folder of models, ledger and work")
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
    workers: int = Field(
        default_factory=lambda: max(1, min(os.cpu_count() or 1, 8)),
        ge=1,
        le=256,
        description="training processes",
    )

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
        if key.startswith(ENVIRONMENT_PREFIX)
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
        return Settings(**{**from_file, **from_environment, **given})
    except PydanticError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UnusableSetting(
            f"a usable value for {name!r} ({first['msg']})",
            f"{first['input']!r}",
            "correct the flag, the environment variable or the file",
        ) from error


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnusableSetting(
            f"a readable TOML file at {path}", f"{error}", "correct or remove the file"
        ) from error
