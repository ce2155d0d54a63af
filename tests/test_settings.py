from pathlib import Path

import pytest

from bellwether.settings import UnknownSetting, UnusableSetting, load_settings


def test_settings_have_the_defaults_of_the_contract(tmp_path: Path) -> None:
    settings = load_settings(environment={})
    assert settings.cost_bps == 5.0
    assert settings.confidence_threshold == 60.0
    assert settings.promotion_gate == "evidence"
    assert settings.model_max_age_days == 180


def test_a_flag_beats_the_environment_and_the_environment_beats_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text("cost_bps = 1.0\nhorizon_bars = 2\nconfidence_threshold = 55\n")
    settings = load_settings(
        {"cost_bps": 3.0},
        file=file,
        environment={"BELLWETHER_COST_BPS": "2.0", "BELLWETHER_HORIZON_BARS": "5"},
    )
    assert (settings.cost_bps, settings.horizon_bars) == (3.0, 5)
    assert settings.confidence_threshold == 55


def test_a_flag_that_is_none_was_not_set() -> None:
    assert load_settings({"cost_bps": None}, environment={}).cost_bps == 5.0


def test_an_unknown_key_names_the_nearest_one(tmp_path: Path) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text("cost_bp = 1.0\n")
    with pytest.raises(UnknownSetting, match="did you mean 'cost_bps'"):
        load_settings(file=file, environment={})


def test_an_unknown_environment_variable_is_refused() -> None:
    with pytest.raises(UnknownSetting, match="the environment"):
        load_settings(environment={"BELLWETHER_HOMES": "x"})


def test_a_value_out_of_range_is_refused_by_name() -> None:
    with pytest.raises(UnusableSetting, match="confidence_threshold"):
        load_settings({"confidence_threshold": 40}, environment={})


@pytest.mark.parametrize("content", [b"cost_bps = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_bytes(content)
    with pytest.raises(UnusableSetting, match="TOML"):
        load_settings(file=file, environment={})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UnusableSetting, match="TOML"):
        load_settings(file=tmp_path / "none.toml", environment={})


HIDDEN = "hunter2-and-more"


def test_the_database_is_a_url_whose_password_is_not_told() -> None:
    url = f"postgresql://user:{HIDDEN}@host/name"
    settings = load_settings(environment={"BELLWETHER_DATABASE": url})
    assert settings.database is not None
    assert settings.database.get_secret_value() == url
    assert HIDDEN not in f"{settings!r}{settings}{settings.model_dump()}"


@pytest.mark.parametrize("url", [f"mysql://user:{HIDDEN}@host/name", HIDDEN, ""])
def test_a_url_of_no_known_database_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UnusableSetting, match="sqlite:///FILE or postgresql://") as caught:
        load_settings(environment={"BELLWETHER_DATABASE": url})
    assert "'database'" in caught.value.expected
    assert HIDDEN not in f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"


def test_receivers_are_named_in_a_table_or_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text(f'[alert_receivers]\ndesk = "https://host/{HIDDEN}?a=b"\n')
    from_file = load_settings(file=file, environment={})
    text = f"desk=https://host/{HIDDEN}?a=b  phone=tgram://{HIDDEN}"
    settings = load_settings(environment={"BELLWETHER_ALERT_RECEIVERS": text})
    assert [*settings.alert_receivers] == ["desk", "phone"]
    assert settings.alert_receivers["desk"] == from_file.alert_receivers["desk"]
    assert HIDDEN not in f"{settings!r}{settings}{settings.model_dump()}{from_file!r}"


@pytest.mark.parametrize(
    "text",
    [
        f"https://host/{HIDDEN}", f"log=https://host/{HIDDEN}", f"Desk=https://host/{HIDDEN}",
        f"desk={HIDDEN}", f"{HIDDEN}!=x://y", f"desk = https://host/{HIDDEN}",
    ],
)  # fmt: skip
def test_receivers_that_are_none_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UnusableSetting, match="alert_receivers") as caught:
        load_settings(environment={"BELLWETHER_ALERT_RECEIVERS": text})
    assert HIDDEN not in f"{caught.value}{caught.value.__cause__}"


def test_an_address_that_is_no_text_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text(f'[alert_receivers]\ndesk = ["{HIDDEN}"]\n')
    with pytest.raises(UnusableSetting, match="alert_receivers") as caught:
        load_settings(file=file, environment={})
    assert HIDDEN not in f"{caught.value}"


def test_providers_have_keys_and_addresses_in_tables_or_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text(f'[provider_keys]\ntiingo = "{HIDDEN}"\n')
    from_file = load_settings(file=file, environment={})
    given = {
        "BELLWETHER_PROVIDER_KEYS": f"tiingo={HIDDEN} alpaca=ID:{HIDDEN}",
        "BELLWETHER_PROVIDER_URLS": f"house=https://host/{{symbol}}?a={HIDDEN}",
    }
    settings = load_settings(environment=given)
    assert [*settings.provider_keys, *settings.provider_urls] == ["tiingo", "alpaca", "house"]
    assert settings.provider_keys["tiingo"] == from_file.provider_keys["tiingo"]
    assert HIDDEN not in f"{settings!r}{settings}{settings.model_dump()}{from_file!r}"


@pytest.mark.parametrize("text", [f"{HIDDEN}", f"Tiingo={HIDDEN}", "tiingo=", f"a.b={HIDDEN}"])
def test_provider_keys_that_are_none_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UnusableSetting, match="provider_keys") as caught:
        load_settings(environment={"BELLWETHER_PROVIDER_KEYS": text})
    assert HIDDEN not in f"{caught.value}{caught.value.__cause__}"


def test_lists_and_tables_are_read_from_the_real_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BELLWETHER_SERVE_NAMES", "a.example, b.example")
    monkeypatch.setenv("BELLWETHER_ALERT_RECEIVERS", "desk=https://host/x")
    settings = load_settings()
    assert settings.serve_names == ("a.example", "b.example")
    assert [*settings.alert_receivers] == ["desk"]


def test_the_key_of_a_client_is_no_setting() -> None:
    load_settings(environment={"BELLWETHER_API_KEY": "swordfish"})
