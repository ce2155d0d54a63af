"""The dialects of text that bars are written in, and what gives each away."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One way in which bars are written.

    Parameters
    ----------
    name : str
        What it is called.
    told_by : str
        What gives it away.
    made_of_it : str
        What its reading takes care of.
    example : str
        The first lines of such a file.
    names : tuple of frozenset of str
        Plain column names; a header that has all of one set is of this dialect.
    without_header : bool
        Whether the first line is a bar.
    opens : bool
        Whether its times of day are those at which the bars open.
    """

    name: str
    told_by: str
    made_of_it: str
    example: str
    names: tuple[frozenset[str], ...] = ()
    without_header: bool = False
    opens: bool = False


def _needs(*headers: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(header.split("|")) for header in headers)


# The more telling first: a header is of the first dialect whose names it has.
DIALECTS = (
    Dialect(
        name="yfinance",
        told_by="three rows of header: prices, tickers, and Date with nothing behind it",
        made_of_it="one table a ticker; the ticker names the bars",
        example=(
            "Price,Close,High,Low,Open,Volume\n"
            "Ticker,AAPL,AAPL,AAPL,AAPL,AAPL\n"
            "Date,,,,,\n"
            "2020-01-02,11.5,12.0,9.0,10.0,1000\n"
        ),
    ),
    Dialect(
        name="Stooq bulk",
        told_by="columns <TICKER> and <PER>",
        made_of_it="several symbols in one file; dates without dashes",
        example=(
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
            "AAPL.US,D,20200102,000000,10,12,9,11.5,1000,0\n"
        ),
        names=_needs("ticker|per|date|close"),
    ),
    Dialect(
        name="MetaTrader 5",
        told_by="columns <TICKVOL> and <SPREAD>",
        made_of_it=(
            "dates with dots, tabs; real volume where there is any, else ticks; times are openings "
            "on the broker's clock, whose zone is asked for"
        ),
        example=(
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
            "2020.01.02\t00:00:00\t10\t12\t9\t11.5\t1000\t0\t2\n"
        ),
        names=_needs("date|tickvol|spread"),
        opens=True,
    ),
    Dialect(
        name="MetaTrader 4",
        told_by="no header: a date with dots, a time, four prices, a volume",
        made_of_it="times are openings on the broker's clock, whose zone is asked for",
        example="2020.01.02,00:00,10,12,9,11.5,1000\n2020.01.03,00:00,11,13,10,12.5,1100\n",
        without_header=True,
        opens=True,
    ),
    Dialect(
        name="Binance klines",
        told_by="no header and twelve columns between two epochs, or columns open_time, close_time",
        made_of_it="epochs in milli- or microseconds, of the opening",
        example=(
            "1577923200000,10,12,9,11.5,1000,1578009599999,11500,42,500,5750,0\n"
            "1578009600000,11,13,10,12.5,1100,1578095999999,13750,43,500,6250,0\n"
        ),
        names=_needs("open time|close time|close"),
        without_header=True,
        opens=True,
    ),
    Dialect(
        name="CryptoDataDownload",
        told_by="its address in the first line, or columns unix and symbol",
        made_of_it=(
            "the first line is left out; epochs of the opening, seconds and milliseconds mixed; "
            "the first of its two volumes"
        ),
        example=(
            "https://www.CryptoDataDownload.com\n"
            "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n"
            "1577923200,2020-01-02 00:00:00,BTC/USD,10,12,9,11.5,1000,11500\n"
        ),
        names=_needs("unix|symbol|close", "unix timestamp|symbol|close"),
        opens=True,
    ),
    Dialect(
        name="Investing.com",
        told_by="columns Price and Change %",
        made_of_it=(
            "Price is the close; newest first; thousands separators; 63.82M; a dash for nothing"
        ),
        example=(
            '"Date","Price","Open","High","Low","Vol.","Change %"\n'
            '"Nov 27, 2020","11.50","10.00","12.00","9.00","63.82M","0.33%"\n'
        ),
        names=_needs("date|price|open|high|low|change %"),
    ),
    Dialect(
        name="Barchart",
        told_by="columns Last or Latest, and %Chg",
        made_of_it="the last line, which says when it was downloaded, is left out; N/A",
        example=(
            "Time,Open,High,Low,Last,Change,%Chg,Volume\n"
            "11/27/2020,10,12,9,11.5,0.5,+4.55%,1000\n"
            '"Downloaded from Barchart.com as of 11-28-2020 01:23pm CST"\n'
        ),
        names=_needs("open|high|low|last|%chg", "open|high|low|latest|%chg"),
    ),
    Dialect(
        name="Yahoo",
        told_by="a column Adj Close",
        made_of_it="the adjusted close gives the adjustment; raw prices are kept",
        example="Date,Open,High,Low,Close,Adj Close,Volume\n2020-01-02,10,12,9,11.5,5.75,1000\n",
        names=_needs("date|open|high|low|close|adj close"),
    ),
    Dialect(
        name="Quandl WIKI",
        told_by="columns Ex-Dividend, Split Ratio and Adj. Close",
        made_of_it="raw prices are kept beside the adjustment",
        example=(
            "Date,Open,High,Low,Close,Volume,Ex-Dividend,Split Ratio,"
            "Adj. Open,Adj. High,Adj. Low,Adj. Close,Adj. Volume\n"
            "2020-01-02,10,12,9,11.5,1000,0.0,1.0,5,6,4.5,5.75,2000\n"
        ),
        names=_needs("date|close|split ratio|adj. close"),
    ),
    Dialect(
        name="Alpha Vantage",
        told_by="a first column timestamp, before open, high, low and close",
        made_of_it="the adjusted close of its adjusted files; newest first",
        example="timestamp,open,high,low,close,volume\n2020-01-02,10,12,9,11.5,1000\n",
        names=_needs("timestamp|open|high|low|close|volume"),
    ),
    Dialect(
        name="TradingView",
        told_by="a column time, and no date",
        made_of_it="epochs or times with an offset, of the opening; indicators are left alone",
        example="time,open,high,low,close,Volume,RSI\n1577923200,10,12,9,11.5,1000,50\n",
        names=_needs("time|open|high|low|close"),
        opens=True,
    ),
    Dialect(
        name="Nasdaq",
        told_by="a column Close/Last",
        made_of_it="dollar signs before the prices",
        example="Date,Close/Last,Volume,Open,High,Low\n01/13/2020,$11.5,1000,$10,$12,$9\n",
        names=_needs("date|close/last|open|high|low"),
    ),
    Dialect(
        name="Dukascopy",
        told_by="a column Gmt time",
        made_of_it="times are openings, in UTC",
        example="Gmt time,Open,High,Low,Close,Volume\n02.01.2020 00:00:00.000,10,12,9,11.5,1000\n",
        names=_needs("gmt time|open|high|low|close"),
        opens=True,
    ),
    Dialect(
        name="NinjaTrader",
        told_by="no header, semicolons: 20200102 or 20200102 093100, four prices, a volume",
        made_of_it="times are closes on the clock it ran on, whose zone is asked for",
        example="20200102;10;12;9;11.5;1000\n20200103;11;13;10;12.5;1100\n",
        without_header=True,
    ),
    Dialect(
        name="Kraken",
        told_by="no header: an epoch in seconds, four prices, a volume, a number of trades",
        made_of_it="epochs of the opening",
        example="1577923200,10,12,9,11.5,1000,42\n1578009600,11,13,10,12.5,1100,43\n",
        without_header=True,
        opens=True,
    ),
    Dialect(
        name="without header",
        told_by="a first line that is a bar: a time, and four numbers that can be its prices",
        made_of_it="columns by their place; which is which is shown by the rows themselves",
        example="2020-01-02,10,12,9,11.5,1000\n2020-01-03,11,13,10,12.5,1100\n",
        without_header=True,
    ),
    Dialect(
        name="Stooq",
        told_by="a column OpenInt, or Stooq's Polish names",
        made_of_it="the open interest is left alone",
        example=(
            "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n2020-01-02,10,12,9,11.5,1000\n"
        ),
        names=_needs(
            "date|open|high|low|close|openint", "data|otwarcie|najwyzszy|najnizszy|zamkniecie"
        ),
    ),
)

LONG = Dialect(
    name="long",
    told_by="a column of symbols (Name, Symbol, Ticker) beside the prices",
    made_of_it="several symbols in one file, each read by its name",
    example=(
        "date,open,high,low,close,volume,Name\n"
        "2020-01-02,10,12,9,11.5,1000,AAL\n2020-01-02,20,22,19,21.5,50,AAPL\n"
    ),
)
PREFIXED = Dialect(
    name="prefixed",
    told_by="one word before every name: AAPL.Open, Candlestick.Close",
    made_of_it="the word is left out",
    example="Date,AAPL.Open,AAPL.High,AAPL.Low,AAPL.Close\n2020-01-02,10,12,9,11.5\n",
)
CLOSES = Dialect(
    name="closes",
    told_by="a date and a close, and no other number that could be a price",
    made_of_it="open, high and low are taken to be the close, and the report says so",
    example="Date,Close,Volume\n2020-01-02,11.5,1000\n2020-01-03,12.5,1100\n",
)
FRED = Dialect(
    name="FRED",
    told_by="a date and one column named like a ticker",
    made_of_it="a dot for nothing; open, high and low are taken to be the value",
    example="observation_date,SP500\n2020-01-01,.\n2020-01-02,11.5\n2020-01-03,12.5\n",
)
WIDE = Dialect(
    name="wide",
    told_by="a date, and columns named like tickers",
    made_of_it="a symbol a column, from its first value to its last",
    example="Date,AAPL,MSFT\n2020-01-02,11.5,\n2020-01-03,12.5,21.5\n",
)
PLAIN = Dialect(
    name="plain",
    told_by="names of columns alone, in English, German, French, Spanish, Italian or Polish",
    made_of_it="whatever is between commas, semicolons, tabs or bars",
    example="date,open,high,low,close,volume\n2020-01-02,10,12,9,11.5,1000\n",
)
ALL_DIALECTS = (*DIALECTS, LONG, PREFIXED, FRED, WIDE, CLOSES, PLAIN)


def name_dialect(plain_names: Iterable[str]) -> Dialect:
    """Return the dialect of a header, by its names in lower case and without decoration.

    Examples
    --------
    >>> name_dialect(["date", "open", "high", "low", "close", "adj close", "volume"]).name
    'Yahoo'
    >>> name_dialect(["date", "close"]).name
    'plain'
    """
    header = frozenset(plain_names)
    for dialect in DIALECTS:
        if any(names <= header for names in dialect.names):
            return dialect if dialect.name != "TradingView" or "date" not in header else PLAIN
    return PLAIN


def find_dialect(name: str) -> Dialect:
    """Return the dialect of that name."""
    return next(dialect for dialect in ALL_DIALECTS if dialect.name == name)


def describe_dialects() -> str:
    """Return the page of the reference that lists the dialects, in Markdown."""
    rows = [f"| {one.name} | {one.told_by} | {one.made_of_it} |" for one in ALL_DIALECTS]
    examples = [f"### {one.name}\n\n```\n{one.example}```" for one in ALL_DIALECTS]
    return "\n".join([_HEAD, *rows, _REST, "\n\n".join(examples), ""])


_HEAD = """\
# Dialects of text

`bellwether import`, `bellwether.read_bars` and everything else that takes a file of bars know
these dialects by what is in the file; nobody names one. The report of an import says which it was
(`layout`) and what decided how it was read, fact by fact.

Columns are known by their names in English, German, French, Spanish, Italian, Polish, Portuguese
and Dutch, in any order and case, with or without accents. Fields stand between commas, semicolons,
tabs or bars; lines end as they like; a byte order mark, UTF-16 and Windows' encodings of Western
and Central Europe are known. Lines before the header and footers are left out, and told. A header
that is not known is shown in the error; then name its columns: `--columns close=Settle`.

| dialect | told by | what is made of it |
| -- | -- | -- |"""

_REST = """
## What may mean two things

It is decided by evidence in the file, and the report says by which, or asked for by name; it is
never guessed. The option has the same name in Python (`read_bars(path, dates="day-first")`).

| what | evidence | option |
| -- | -- | -- |
| 03/04/2020 | a date that fits one order only; dots between the numbers; the order of the rows; \
even steps; weekdays; the header's language | `--dates day-first`, `month-first`, `year-first` |
| 01/02/17 | the years of a file are less than a century apart: 62 to 17 is 1962 to 2017 | - |
| 09:31 without a zone | an offset; the column's name (Gmt time); that times span New York's \
session, or that of the exchange named, in one zone only | `--zone America/New_York` |
| 1577923200000 | the number of digits, row by row | `--unit s`, `ms`, `us`, `ns` |
| 1,234 | a number with both marks; one whose comma sets no three digits apart; that all numbers \
from a thousand on have one; the header's language | `--decimals comma`, `point` |
| whether a time is that of the opening | the dialect; that the first bars of the days stand at \
the opening of the session | - |

Daily bars have dates: a time of day beside them is left out, and midnight or the opening in the
zone of the exchange is known as such. Times of openings become those of closes. Numbers may have
thousands set apart by commas, dots, blanks or apostrophes, a currency, and end in K, M, B or T;
`-`, `.`, `N/A`, `null` and the like stand for nothing, and their rows are refused with their lines.

## Examples
"""
