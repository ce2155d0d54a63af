"""Features from the command line: listed, shown, read, exported."""

from pathlib import Path

import pytest
from tests.command_line import Call

from bellwether.bars import noise_world
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
        (("show", "none.py"), 4, "nothing at none.py"),
        (("show", "core15", "--html", "page.html"), 2, "name a file"),
        (("show", "core15", "none.csv"), 3, "no such file"),
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


def write_bars(path: Path, n_bars: int = 500) -> Path:
    bars = noise_world(4, n_bars).bars
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    rows = [
        ",".join([str(day), *(f"{column[place]:.6f}" for column in columns)])
        for place, day in enumerate(bars.closed_at.astype("datetime64[D]"))
    ]
    path.write_text("\n".join(["date,open,high,low,close,volume", *rows]), encoding="utf-8")
    return path


def test_a_catalogue_in_python_is_shown_and_never_run(call: Call, tmp_path: Path) -> None:
    text = 'name = "mine"\nversion = "1"\n_n = 20\ncalm = std(close / ref(close, 1), _n)\n'
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    told = call("features", "show", "mine.py", "--json").json
    assert told["features"][0]["definition"] == "std(close / ref(close, 1), 20)"
    (tmp_path / "mine.py").write_text(f"{text}print(1)\n", encoding="utf-8")
    answer = call("features", "show", "mine.py")
    assert answer.code == 4
    assert "a catalogue is read, never run" in " ".join(answer.err.split())


def test_features_are_looked_at_on_bars_and_the_look_is_counted(call: Call, tmp_path: Path) -> None:
    write_bars(tmp_path / "X.csv")
    shown = call("features", "show", "core15", "X.csv", "--horizon", "5", "--html", "page.html")
    assert shown.code == 0
    for words in ("IC, next bar", "IC, 5 bars", "would by chance alone", "Counted as a look"):
        assert words in " ".join(shown.out.split())
    assert max(map(len, shown.out.splitlines())) <= 80
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    told = call("features", "show", "core15", "X.csv", "--horizon", "5", "--json").json
    assert [one["horizon_bars"] for one in told["luck"]] == [1, 5]
    assert told["features"][0]["shape"]["quantiles"]["0.5"] is not None
    ledger = call("ledger", "show", "--json").json
    assert [one["kind"] for one in ledger["entries"]] == ["look"]


def test_without_outcomes_nothing_is_counted_or_made(call: Call, tmp_path: Path) -> None:
    write_bars(tmp_path / "X.csv")
    shown = call("features", "show", "core15", "X.csv", "--without-outcomes")
    assert "nothing was counted" in " ".join(shown.out.split())
    assert [one.name for one in tmp_path.iterdir()] == ["X.csv"]
