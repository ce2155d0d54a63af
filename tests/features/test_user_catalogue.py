"""Catalogues of one's own in TOML: read, checked, digested, written."""

import pytest

from bellwether import features as f
from bellwether.features import (
    CATALOGUES,
    FeatureSet,
    InvalidFeatureSet,
    UnreadableCatalogue,
    alpha158,
    read_catalogue,
    write_catalogue,
)

HEAD = 'name = "mine"\nversion = "1"\n[features]\n'


def test_a_catalogue_is_read_in_its_order_and_in_either_language() -> None:
    text = HEAD + 'momentum = "close / ref(close, 10) - 1"\nRSQR20 = "Rsquare($close, 20)"\n'
    features = read_catalogue(text)
    expected = (("momentum", f.close / f.ref(f.close, 10) - 1), ("RSQR20", f.r2(f.close, 20)))
    assert features == FeatureSet(name="mine", version="1", features=expected)
    assert features.lookback_bars == 20


def test_two_spellings_of_the_same_features_are_the_same_catalogue() -> None:
    one = read_catalogue(HEAD + 'a = "Mean($close,5)/$close"')
    other = read_catalogue(HEAD + "a = 'mean( close, 5 ) / (close)'")
    assert one.digest == other.digest


@pytest.mark.parametrize("name", CATALOGUES)
def test_what_is_written_is_read_back(name: str) -> None:
    text = write_catalogue(CATALOGUES[name]()).replace(f'"{name}"', '"mine"', 1)
    again = read_catalogue(text)
    assert again.features == CATALOGUES[name]().features
    assert again.version == CATALOGUES[name]().version


BROKEN = [
    ("name = ", "a catalogue in TOML", "quotes"),
    ('name = "mine"\n[features]\na = "close"', "the key version", "version"),
    ('nmae = "mine"\n' + HEAD + 'a = "close"', "'nmae'", "did you mean name"),
    ('lookback = 3\n' + HEAD + 'a = "close"', "'lookback'", "keys: name, version"),
    ('name = 3\nversion = "1"\n[features]\na = "close"', "a text as name", "mine"),
    ('name = "mine"\nversion = ""\n[features]\na = "close"', "a text as version", "mine"),
    ('name = "my own"\nversion = "1"\n[features]\na = "close"', "'my own'", "another"),
    ('name = "core15"\nversion = "1"\n[features]\na = "close"', "another name than", "another"),
    ('name = "mine"\nversion = "1"\nfeatures = "close"', r"table \[features\]", "features"),
    (HEAD + '"1st" = "close"', "the name of a feature", "another"),
    (HEAD + "a = 3", "an expression in quotes as a", "features"),
    (HEAD + "a.b = 'close'", "an expression in quotes as a", "features"),
    (HEAD + "a = 'mena(close, 3)'", r"\(a\), was 'mena'", "did you mean mean"),
    (HEAD + "a = 'Ref($close, -1)'", r"\(a\), was Ref\(\.\.\., -1\), a look ahead", "label"),
    (HEAD + "a = '1 + 2'", "looks at the bars as a", "use one of open"),
    (HEAD + "a = 'close'\na = 'open'", "a catalogue in TOML", "names"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), BROKEN, ids=[row[1] for row in BROKEN])
def test_a_broken_catalogue_is_refused_with_its_place_and_a_remedy(
    text: str, message: str, hint: str
) -> None:
    with pytest.raises(UnreadableCatalogue, match=message) as caught:
        read_catalogue(text)
    assert hint in caught.value.hint


def test_a_catalogue_without_features_is_refused() -> None:
    with pytest.raises(InvalidFeatureSet, match="at least one"):
        read_catalogue(HEAD)


def test_a_catalogue_has_so_many_features_and_no_more() -> None:
    with pytest.raises(UnreadableCatalogue, match="5001 lines"):
        read_catalogue(HEAD + "\n".join(f'a{i} = "close"' for i in range(5_001)))


def test_published_catalogues_are_texts_of_a_readable_size() -> None:
    assert len(write_catalogue(alpha158())) < 20_000
