"""The same few bars in every dialect that bellwether reads: what fuzzing begins with."""

import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from bellwether.bars import noise_world

N_ROWS = 40
# Whole weeks, so that weekdays stay weekdays; Binance began in 2017.
_TWENTY_YEARS = np.timedelta64(7308, "D")


class Row(NamedTuple):
    """One bar: its date, its epoch at midnight in seconds, and its values."""

    day: str
    epoch: int
    open: float
    high: float
    low: float
    close: float
    volume: int


def make_rows(seed: int = 7, n_rows: int = N_ROWS) -> tuple[Row, ...]:
    """Return simulated daily bars of 2020 with two decimals."""
    bars = noise_world(seed, n_rows).bars
    days = np.add(bars.closed_at.astype("datetime64[D]"), _TWENTY_YEARS)
    epochs = days.astype("datetime64[s]").astype(np.int64).tolist()
    prices = [np.round(getattr(bars, name), 2).tolist() for name in Row._fields[2:6]]
    volumes = [round(volume) for volume in bars.volume.tolist()]
    found = zip(map(str, days), epochs, *prices, volumes, strict=True)
    return tuple(Row(*values) for values in found)


def write_dialects(rows: Sequence[Row]) -> Mapping[str, bytes]:
    """Return a sound file of each dialect, by a file name that is fit for it."""
    files = {f"{name}.csv": text.encode() for name, text in _write_texts(rows)}
    files |= {f"{name}.json": json.dumps(value).encode() for name, value in _write_json(rows)}
    files["investing_bom.csv"] = b"\xef\xbb\xbf" + files["investing.csv"]
    files["german_latin.csv"] = files["german.csv"].decode().encode("cp1252")
    files["windows.csv"] = files["plain.csv"].replace(b"\n", b"\r\n")
    files["utf16.csv"] = files["plain.csv"].decode().encode("utf-16")
    files["plain.csv.gz"] = gzip.compress(files["plain.csv"], mtime=0)
    files["two.zip"] = _zip({"ONE.csv": files["plain.csv"], "TWO.csv": files["yahoo.csv"]})
    files["lean.zip"] = _zip({"one.csv": files["lean.csv"]})
    table = pl.read_csv(io.BytesIO(files["plain.csv"]), try_parse_dates=True)
    for name, write in (("plain.parquet", table.write_parquet), ("plain.feather", table.write_ipc)):
        content = io.BytesIO()
        write(content)
        files[name] = content.getvalue()
    return files


def _lines(head: str | None, lines: Iterator[str]) -> str:
    return "\n".join([*([] if head is None else [head]), *lines, ""])


def _each(form: Callable[[Row], str], rows: Sequence[Row]) -> Iterator[str]:
    return (form(row) for row in rows)


def _prices(row: Row, comma: str = ",", point: str = ".") -> str:
    return comma.join(f"{one:.2f}".replace(".", point) for one in row[2:6])


def _write_texts(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    plain = "Date,Open,High,Low,Close,Volume"
    yield "plain", _lines(plain, _each(lambda r: f"{r.day},{_prices(r)},{r.volume}", rows))
    yield from _write_portals(rows)
    yield from _write_platforms(rows)
    yield from _write_crypto(rows)
    yield from _write_tables(rows)
    yield from _write_languages(rows)


def _write_portals(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    yield (
        "yahoo",
        _lines(
            "Date,Open,High,Low,Close,Adj Close,Volume",
            _each(lambda r: f"{r.day},{_prices(r)},{r.close * 0.97:.6f},{r.volume}", rows),
        ),
    )
    three = "Price,Close,High,Low,Open,Volume\nTicker,ONE,ONE,ONE,ONE,ONE\nDate,,,,,"
    yield (
        "yfinance",
        _lines(
            three,
            _each(lambda r: f"{r.day},{r.close},{r.high},{r.low},{r.open},{r.volume}", rows),
        ),
    )
    yield (
        "investing",
        _lines(
            '"Date","Price","Open","High","Low","Vol.","Change %"',
            _each(_investing, tuple(reversed(rows))),
        ),
    )
    yield (
        "barchart",
        _lines("Time,Open,High,Low,Last,Change,%Chg,Volume", _each(_barchart, rows))
        + '"Downloaded from Barchart.com as of 11-27-2020 10:00am CST"\n',
    )
    yield (
        "fred",
        _lines("DATE,SP500", _each(lambda r: f"{r.day},{r.close}", rows[:-1])) + "2020-01-01,.\n",
    )
    yield (
        "alpha_vantage",
        _lines(
            "timestamp,open,high,low,close,volume",
            _each(lambda r: f"{r.day},{_prices(r)},{r.volume}", tuple(reversed(rows))),
        ),
    )


def _investing(row: Row) -> str:
    day = dt.date.fromisoformat(row.day).strftime("%b %d, %Y")
    values = ",".join(f'"{value:,.2f}"' for value in (row.close, row.open, row.high, row.low))
    return f'"{day}",{values},"{row.volume / 1e6:.2f}M","0.10%"'


def _barchart(row: Row) -> str:
    day = dt.date.fromisoformat(row.day).strftime("%m/%d/%Y")
    return f"{day},{_prices(row)},0.1,0.1%,{row.volume}"


def _write_platforms(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    def compact(row: Row) -> str:
        return row.day.replace("-", "")

    yield (
        "stooq",
        _lines(
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
            _each(lambda r: f"ONE.US,D,{compact(r)},000000,{_prices(r)},{r.volume},0", rows),
        ),
    )
    yield (
        "metatrader5",
        _lines(
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>",
            _each(
                lambda r: (
                    f"{r.day.replace('-', '.')}\t00:00:00\t"
                    + _prices(r, "\t")
                    + f"\t{r.volume}\t0\t1"
                ),
                rows,
            ),
        ),
    )
    dotted = _each(lambda r: f"{r.day.replace('-', '.')},00:00,{_prices(r)},{r.volume}", rows)
    yield "metatrader4", _lines(None, dotted)
    ninja = _each(lambda r: f"{compact(r)};" + _prices(r, ";") + f";{r.volume}", rows)
    yield "ninjatrader", _lines(None, ninja)
    yield (
        "tradingview",
        _lines(
            "time,open,high,low,close,Volume",
            _each(lambda r: f"{r.epoch},{_prices(r)},{r.volume}", rows),
        ),
    )
    deci = _each(
        lambda r: (
            f"{compact(r)} 00:00,"
            + ",".join(str(round(one * 10_000)) for one in r[2:6])
            + f",{r.volume}"
        ),
        rows,
    )
    yield "lean", _lines(None, deci)


def _write_crypto(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    def kline(row: Row) -> str:
        closing = (row.epoch + 86_400) * 1000 - 1
        return f"{row.epoch}000,{_prices(row)},{row.volume},{closing},1.0,5,0.5,0.5,0"

    yield "binance", _lines(None, _each(kline, rows))
    head = (
        "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
        "taker_buy_volume,taker_buy_quote_volume,ignore"
    )
    yield "binance_header", _lines(head, _each(kline, rows))

    def hour(row: Row) -> str:
        epoch = row.epoch * (1000 if row.epoch % 3 else 1)
        return f"{epoch},{row.day} 00:00:00,BTC/USD,{_prices(row)},{row.volume},1.5"

    names = "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD"
    cryptic = f"https://www.CryptoDataDownload.com\n{names}"
    yield "cryptodatadownload", _lines(cryptic, _each(hour, tuple(reversed(rows))))


def _write_tables(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    long = [f"{r.day},{_prices(r)},{r.volume},{name}" for name in ("AAA", "BBB") for r in rows]
    yield "kaggle_long", _lines("date,open,high,low,close,volume,Name", iter(long))
    wide = _each(lambda r: f"{r.day},{r.close},{r.close * 2:.2f}", rows)
    yield "kaggle_wide", _lines("Date,AAA,BBB", wide)


def _write_languages(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    def continental(row: Row) -> str:
        day = dt.date.fromisoformat(row.day).strftime("%d.%m.%Y")
        return f"{day};" + _prices(row, ";", ",") + f";{row.volume}"

    heads = {
        "german": "Datum;Eröffnung;Hoch;Tief;Schlusskurs;Volumen",
        "polish": "Data;Otwarcie;Najwyzszy;Najnizszy;Zamkniecie;Wolumen",
        "french": "Date;Ouverture;Plus haut;Plus bas;Clôture;Volume",
        "spanish": "Fecha;Apertura;Máximo;Mínimo;Cierre;Volumen",
    }
    for name, head in heads.items():
        yield name, _lines(head, _each(continental, rows))


def _write_json(rows: Sequence[Row]) -> Iterator[tuple[str, object]]:
    def spelled(row: Row) -> dict[str, str]:
        names = ("1. open", "2. high", "3. low", "4. close")
        prices = dict(zip(names, map(str, row[2:6]), strict=True))
        return {**prices, "5. volume": str(row.volume)}

    def short(row: Row, at: object) -> dict[str, object]:
        return {"t": at, **dict(zip("ohlcv", row[2:7], strict=True))}

    series = {row.day: spelled(row) for row in rows}
    yield "alpha_vantage", {"Meta Data": {"2. Symbol": "ONE"}, "Time Series (Daily)": series}
    alpaca = [short(row, f"{row.day}T05:00:00Z") for row in rows]
    yield "alpaca", {"bars": {"ONE": alpaca}, "next_page_token": None}
    yield "polygon", {"ticker": "ONE", "results": [short(r, r.epoch * 1000) for r in rows]}
    quote = {name: [getattr(r, name) for r in rows] for name in Row._fields[2:]}
    stamps = [row.epoch for row in rows]
    result = {"meta": {"symbol": "ONE"}, "timestamp": stamps, "indicators": {"quote": [quote]}}
    yield "yahoo_chart", {"chart": {"result": [result], "error": None}}
    yield (
        "records",
        [{"date": row.day, **dict(zip(Row._fields[2:], row[2:], strict=True))} for row in rows],
    )
    yield "columns", {"date": [row.day for row in rows], **quote}


def _zip(members: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name), member)
    return content.getvalue()
