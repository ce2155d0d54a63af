"""How rows divide, in words and bars: what is not kept is said to be missing."""

from bellwether.cards import BALANCE_NOTE, balance_rows, tell_balance
from bellwether.cards._balance import draw_balance
from bellwether.validation import Balance


def part(n_rows: int, share_up: float, **regimes: float) -> Balance:
    return Balance(
        n_rows=n_rows, share_up=share_up, share_still=0.01, share_by_regime=dict(regimes)
    )


LEARNED = part(2000, 0.55, ranging=0.6, trending_up=0.3, volatile=0.1)
JUDGED = part(1000, 0.51, ranging=0.55, trending_up=0.2, volatile=0.25)
BOTH = {"training": LEARNED, "out_of_sample": JUDGED}


def test_the_market_that_differs_most_is_named() -> None:
    assert tell_balance(BOTH) == (
        "Of 2,000 rows that it first learned from 55.0% rose, of 1,000 that it was judged on "
        "51.0%. Volatile markets were 10% of the ones and 25% of the others."
    )
    assert tell_balance({"training": LEARNED, "out_of_sample": LEARNED}).endswith(
        "Both saw much the same kinds of market."
    )


def test_rises_falls_and_stills_add_up_and_so_do_regimes() -> None:
    rows = balance_rows(BOTH)
    names = [name for name, *_ in rows]
    assert names == ["Rose", "Fell", "Unchanged", "Ranging", "Trending up", "Volatile"]
    for column in (1, 2):
        assert abs(sum(float(row[column]) for row in rows[:3]) - 1.0) < 1e-12
        assert abs(sum(float(row[column]) for row in rows[3:]) - 1.0) < 1e-12


def test_rows_that_are_none_neither_rose_nor_fell() -> None:
    nothing = Balance(n_rows=0, share_up=0.0, share_still=0.0, share_by_regime={})
    rows = balance_rows({"training": nothing, "out_of_sample": JUDGED})
    assert [learned for _, learned, _ in rows] == [0.0] * 6


def test_a_bundle_that_keeps_nothing_of_it_says_so() -> None:
    assert balance_rows({"training": LEARNED}) == []
    page = str(draw_balance({}))
    assert "How the rows divide is not kept in this bundle." in page
    assert "<table" not in page


def test_the_section_writes_every_share_beside_its_bar() -> None:
    page = str(draw_balance({**BOTH, "training": part(2000, 0.55, **{"<b>": 1.0})}))
    assert "&lt;b&gt;" in page
    assert 'style="width:55.00%"' in page
    assert ">55.0%<" in page
    assert "<caption>Shares of the rows</caption>" in page
    assert BALANCE_NOTE.rpartition(". ")[2] in page
