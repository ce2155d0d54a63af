"""Twins of the files that vendors write, from a few bars of one market."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

N_BARS = 60


@dataclass(frozen=True)
class Bar:
    """One bar, as a vendor would have it."""

    day: np.datetime64
    open: float
    high: float
    low: float
    close: float
    volume: int

    @property
    def prices(self) -> tuple[float, float, float, float]:
        return self.open, self.high, self.low, self.close

    def date(self, form: str) -> str:
        return str(self.day.astype("datetime64[D]").astype(object).strftime(form))

    @property
    def seconds(self) -> int:
        return int(self.day.astype("datetime64[s]").astype(np.int64))


def market(n_bars: int = N_BARS, *, every_day: bool = False) -> tuple[Bar, ...]:
    """Return bars from 2020-01-02 on, of New York's sessions or of every day."""
    start, steps = np.datetime64("2020-01-02"), np.arange(n_bars + 5)
    days = start + steps if every_day else np.busday_offset(start, steps)
    closed = np.array(["2020-01-20", "2020-02-17", "2020-04-10"], dtype="datetime64[D]")
    days = days if every_day else np.setdiff1d(days, closed)
    random = np.random.default_rng(7)
    closes = np.round(1_200 * np.exp(np.cumsum(random.normal(0, 0.01, n_bars + 1))), 2)
    bars = []
    for place in range(n_bars):
        opened, close = float(closes[place]), float(closes[place + 1])
        high, low = round(max(opened, close) + 1.25, 2), round(min(opened, close) - 1.5, 2)
        bars.append(Bar(days[place], opened, high, low, close, 63_820_000 + 10_000 * place))
    return tuple(bars)


def lines(head: str, bars: tuple[Bar, ...], write: Callable[[Bar], str]) -> str:
    """Return a header and a line a bar."""
    rows = map(write, bars)
    return "\n".join([head, *rows] if head else rows) + "\n"


def comma(value: float, thousands: str = "") -> str:
    """Write a number as Germans do."""
    text = f"{value:,.2f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", thousands)


def plain(bar: Bar, separator: str = ",") -> str:
    return separator.join(str(value) for value in (*bar.prices, bar.volume))


def opening(bar: Bar) -> int:
    """Return when New York opened: at 14:30 UTC, and at 13:30 in summer."""
    is_summer = bar.day >= np.datetime64("2020-03-08")
    return bar.seconds + (13 if is_summer else 14) * 3600 + 1800


STOCKS, COINS = market(), market(every_day=True)

ENGLISH = "date,open,high,low,close,volume"
MT5 = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"
STOOQ = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>"
YFINANCE = "Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\nDate,,,,,"


def investing(bar: Bar, form: str) -> str:
    opened, high, low, close = (f"{price:,.2f}" for price in bar.prices)
    fields = (bar.date(form), close, opened, high, low, f"{bar.volume / 1e6:.2f}M", "-0.33%")
    return ",".join(f'"{field}"' for field in fields)


def french(bar: Bar) -> str:
    prices = ";".join(comma(price, "\u202f") for price in bar.prices)
    return f"{bar.date('%d/%m/%Y')};{prices};{bar.volume}"


def crypto_data(bar: Bar) -> str:
    # Milliseconds from February on, as in their files of 2020.
    epoch = bar.seconds if bar.seconds < 1_580_515_200 else bar.seconds * 1000
    written = bar.date("%Y-%m-%d %H:%M:%S")
    return f"{epoch},{written},BTC/USD,{plain(bar)},1.5"


def binance(bar: Bar, factor: int = 1000) -> str:
    end = (bar.seconds + 86_400) * factor - 1
    return f"{bar.seconds * factor},{plain(bar)},{end},1.5,42,0.5,0.7,0"


# Name of the twin: the dialect found, and the text; every one holds STOCKS.
TWINS: dict[str, tuple[str, str]] = {
    "plain": ("plain", lines(ENGLISH, STOCKS, lambda b: f"{b.day},{plain(b)}")),
    "semicolons": (
        "plain",
        lines(ENGLISH.replace(",", ";"), STOCKS, lambda b: f"{b.day};{plain(b, ';')}"),
    ),
    "Excel's first line": (
        "plain",
        "sep=;\n" + lines(ENGLISH.replace(",", ";"), STOCKS, lambda b: f"{b.day};{plain(b, ';')}"),
    ),
    "remarks": (
        "plain",
        "# of a vendor\n# 2020\n" + lines(ENGLISH, STOCKS, lambda b: f"{b.day},{plain(b)}"),
    ),
    "Yahoo": (
        "Yahoo",
        lines(
            "Date,Open,High,Low,Close,Adj Close,Volume",
            STOCKS,
            lambda b: f"{b.day},{b.open},{b.high},{b.low},{b.close},{b.close},{b.volume}",
        ),
    ),
    "yfinance": (
        "yfinance",
        lines(
            YFINANCE, STOCKS, lambda b: f"{b.day},{b.close},{b.high},{b.low},{b.open},{b.volume}"
        ),
    ),
    "Stooq": (
        "Stooq",
        lines(
            "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen",
            STOCKS,
            lambda b: f"{b.day},{plain(b)}",
        ),
    ),
    "Stooq of old": (
        "Stooq",
        lines("Date,Open,High,Low,Close,Volume,OpenInt", STOCKS, lambda b: f"{b.day},{plain(b)},0"),
    ),
    "Stooq bulk": (
        "Stooq bulk",
        lines(STOOQ, STOCKS, lambda b: f"AAPL.US,D,{b.date('%Y%m%d')},000000,{plain(b)},0"),
    ),
    "MetaTrader 5": (
        "MetaTrader 5",
        lines(MT5, STOCKS, lambda b: f"{b.date('%Y.%m.%d')}\t00:00:00\t{plain(b, chr(9))}\t0\t2"),
    ),
    "MetaTrader 4": (
        "MetaTrader 4",
        lines("", STOCKS, lambda b: f"{b.date('%Y.%m.%d')},00:00,{plain(b)}"),
    ),
    "Investing.com": (
        "Investing.com",
        "\ufeff"
        + lines(
            '"Date","Price","Open","High","Low","Vol.","Change %"',
            STOCKS[::-1],
            lambda b: investing(b, "%b %d, %Y"),
        ),
    ),
    "Investing.com, day-month-year": (
        "Investing.com",
        lines(
            '"Date","Price","Open","High","Low","Vol.","Change %"',
            STOCKS[::-1],
            lambda b: investing(b, "%d-%b-%y"),
        ),
    ),
    "Investing.com in German": (
        "Investing.com",
        lines(
            '"Datum";"Zuletzt";"Eröffn.";"Hoch";"Tief";"Vol.";"+/- %"',
            STOCKS[::-1],
            lambda b: ";".join(
                f'"{field}"'
                for field in (
                    b.date("%d.%m.%Y"),
                    comma(b.close, "."),
                    *(comma(price, ".") for price in (b.open, b.high, b.low)),
                    f"{comma(b.volume / 1e6)}M",
                    "-0,33%",
                )
            ),
        ),
    ),
    "Barchart": (
        "Barchart",
        lines(
            "Time,Open,High,Low,Last,Change,%Chg,Volume",
            STOCKS[::-1],
            lambda b: (
                f"{b.date('%m/%d/%Y')},{b.open},{b.high},{b.low},{b.close},0.5,+0.1%,{b.volume}"
            ),
        )
        + '"Downloaded from Barchart.com as of 04-01-2020 01:23pm CST"\n',
    ),
    "TradingView": (
        "TradingView",
        lines(
            "time,open,high,low,close,Volume,RSI",
            STOCKS,
            lambda b: f"{opening(b)},{plain(b)},50",
        ),
    ),
    "Alpha Vantage": (
        "Alpha Vantage",
        lines(
            "timestamp,open,high,low,close,volume", STOCKS[::-1], lambda b: f"{b.day},{plain(b)}"
        ),
    ),
    "Nasdaq": (
        "Nasdaq",
        lines(
            "Date,Close/Last,Volume,Open,High,Low",
            STOCKS[::-1],
            lambda b: f"{b.date('%m/%d/%Y')},${b.close},{b.volume},${b.open},${b.high},${b.low}",
        ),
    ),
    "long": ("long", lines(f"{ENGLISH},Name", STOCKS, lambda b: f"{b.day},{plain(b)},AAPL")),
    "NinjaTrader": (
        "NinjaTrader",
        lines("", STOCKS, lambda b: f"{b.date('%Y%m%d')};{plain(b, ';')}"),
    ),
    "without header": ("without header", lines("", STOCKS, lambda b: f"{b.day},{plain(b)}")),
    "quantmod": (
        "prefixed",
        lines(
            '"","AAPL.Open","AAPL.High","AAPL.Low","AAPL.Close","AAPL.Volume"',
            STOCKS,
            lambda b: f'"{b.day}",{plain(b)}',
        ),
    ),
    "German": (
        "plain",
        lines(
            "Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke;Volumen",
            STOCKS[::-1],
            lambda b: (
                f"{b.date('%d.%m.%Y')};{';'.join(comma(p, '.') for p in b.prices)};{b.volume};7"
            ),
        ),
    ),
    "French": (
        "plain",
        lines("Date;Ouverture;Plus haut;Plus bas;Clôture;Volume", STOCKS, french),
    ),
    "Spanish": (
        "plain",
        lines(
            "Fecha;Apertura;Máximo;Mínimo;Cierre;Volumen",
            STOCKS,
            lambda b: f"{b.date('%d/%m/%y')};{';'.join(map(comma, b.prices))};{b.volume}",
        ),
    ),
    "Polish": (
        "plain",
        lines(
            "Data;Kurs otwarcia;Kurs max;Kurs min;Kurs zamknięcia;Wolumen",
            STOCKS,
            lambda b: f"{b.day};{';'.join(map(comma, b.prices))};{b.volume}",
        ),
    ),
    "two-digit years": (
        "plain",
        lines(ENGLISH, STOCKS, lambda b: f"{b.date('%m/%d/%y')},{plain(b)}"),
    ),
    "months by name": (
        "plain",
        lines(ENGLISH, STOCKS, lambda b: f"{b.date('%d %B %Y')},{plain(b)}"),
    ),
}

# The same of COINS.
COIN_TWINS: dict[str, tuple[str, str]] = {
    "Binance klines": ("Binance klines", lines("", COINS, binance)),
    "Binance in microseconds": (
        "Binance klines",
        lines("", COINS, lambda b: binance(b, 1_000_000)),
    ),
    "Binance with header": (
        "Binance klines",
        lines(
            "open_time,open,high,low,close,volume,close_time,quote_volume,count,a,b,ignore",
            COINS,
            binance,
        ),
    ),
    "CryptoDataDownload": (
        "CryptoDataDownload",
        "https://www.CryptoDataDownload.com\n"
        + lines(
            "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD", COINS[::-1], crypto_data
        ),
    ),
    "Kraken": ("Kraken", lines("", COINS, lambda b: f"{b.seconds},{plain(b)},42")),
    "nanoseconds": (
        "Alpha Vantage",
        lines(
            "timestamp,open,high,low,close,volume",
            COINS,
            lambda b: f"{b.seconds}000000000,{plain(b)}",
        ),
    ),
    "Dukascopy": (
        "Dukascopy",
        lines(
            "Gmt time,Open,High,Low,Close,Volume",
            COINS,
            lambda b: f"{b.date('%d.%m.%Y')} 00:00:00.000,{plain(b)}",
        ),
    ),
}


def every_twin() -> Iterator[tuple[str, str, str, tuple[Bar, ...]]]:
    """Yield name, dialect, text and bars of each twin."""
    for twins, bars in ((TWINS, STOCKS), (COIN_TWINS, COINS)):
        for name, (dialect, text) in twins.items():
            yield name, dialect, text, bars
