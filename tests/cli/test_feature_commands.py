"""Features from the command line: listed, shown, read, exported."""

from pathlib import Path

import pytest
from tests.command_line import Call

from bellwether.cli._feature_commands import WHAT
from bellwether.features import CATALOGUES, alpha158, read_catalogue


@pytest.fixture(autouse=True)
def narrow_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def test_every_catalogue_is_listed_with_what_it_is(call: Call, tmp_path: Path) -> None:
    assert set(WHAT) == set(CATALOGUES)
    shown = call("features", "list").out
    for name in (*CATALOGUES, "7bce228d84df", "158", "265"):
        assert name in shown
    assert max(map(len, shown.splitlines())) <= 80
    told = call("features", "list", "--json").json["catalogues"]
    assert [one["name"] for one in told] == list(CATALOGUES)
    assert told[3]["digest"] == alpha158().digest
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_is_shown_with_definition_and_lookback_of_each_feature(call: Call) -> None:
    shown = call("features", "show", "alpha158").out
    assert "158 features, 61 bars back" in shown
    assert "QTLU5    quantile(close, 5, 0.8) / close" in shown
    assert alpha158().digest in shown
    told = call("features", "show", "alpha158", "--json").json
    assert told["n_features"] == 158
    assert told["features"][13]["name"] == "ROC5"
    assert told["features"][13]["definition"] == "ref(close, 5) / close"
    assert told["features"][13]["lookback_bars"] == 6


def test_a_catalogue_begins_one_of_ones_own(call: Call, tmp_path: Path) -> None:
    text = call("features", "show", "core15", "--toml").out.replace("core15", "mine")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    told = call("features", "show", "mine.toml", "--json").json
    assert (told["name"], told["n_features"]) == ("mine", 15)
    assert told["digest"] == read_catalogue(text).digest


def test_an_expression_of_qlib_is_read(call: Call) -> None:
    assert "ref(close, 5) / close" in call("features", "read", "Ref($close, 5)/$close").out
    told = call("features", "read", "Ref($close, 5)/$close", "--json").json
    assert (told["definition"], told["lookback_bars"]) == ("ref(close, 5) / close", 6)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("show", "alpha185"), 4, "technical35, alpha158"),
        (("show", "none.toml"), 4, "nothing at none.toml"),
        (("show", "core15", "--toml", "--json"), 2, "--toml"),
        (("read", "Ref($close, -5)"), 4, "a look ahead"),
    ],
)
def test_what_cannot_be_shown_is_told_with_a_remedy(
    arguments: tuple[str, ...], code: int, message: str, call: Call
) -> None:
    answer = call("features", *arguments)
    assert answer.code == code
    assert message in " ".join(answer.err.split())
    assert "What to do" in answer.err


def test_a_file_in_another_alphabet_is_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes('name = "ü"'.encode("latin-1"))
    answer = call("features", "show", "mine.toml")
    assert answer.code == 4
    assert "save the file as UTF-8" in answer.err
