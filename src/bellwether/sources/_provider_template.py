"""A provider that is nothing but an address: a URL with places to fill in."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import numpy as np

from bellwether.sources._asking import ComeBack
from bellwether.sources._provider_errors import ProviderUnusable, SymbolNotOffered
from bellwether.sources._provider_pages import Told, epoch, write_date
from bellwether.sources._providers import BarRequest, ProviderFacts, ProviderSetup
from bellwether.sources._raw_table import RawTable
from bellwether.sources._web import Answer, Ask

_FIELD = re.compile(r"\{([^{}]*)\}")
_FIRST = np.datetime64("1970-01-01")
FIELDS = ("symbol", "interval", "since", "until", "since_epoch", "until_epoch", "key")
"""What may stand in braces in a template."""


class TemplateUrl:
    """Bars from any address that gives them as CSV or JSON; treaty as `BarProvider`.

    Parameters
    ----------
    setup : ProviderSetup
        Its `url` is the template: https://bars.example/{symbol}.csv?from={since}&token={key}.

    Raises
    ------
    ProviderUnusable
        If the template has no {symbol}, an unknown field, or is not of http or https.
    ProviderKeyMissing
        If it has a {key}, and none is set.

    Notes
    -----
    Whatever `read_bars` knows is read: daily rows by their date, others by the instant of their
    close unless the format says that it is the opening.
    """

    facts = ProviderFacts(
        name="template",
        title="any address that gives CSV or JSON, set in provider_urls",
        intervals=("1m", "5m", "15m", "30m", "1h", "2h", "4h", "1d"),
        adjusts="as the address gives them",
    )

    def __init__(self, setup: ProviderSetup) -> None:
        self.facts = replace(type(self).facts, name=setup.name)
        self._template = setup.url or ""
        self._asker = setup.make_asker(self.facts)
        fields = _FIELD.findall(self._template)
        self._check(fields)
        self._key = setup.need_key(self.facts) if "key" in fields else None

    def fetch(self, request: BarRequest) -> Iterator[RawTable]:
        """Yield the one page that the address gives."""
        told = Told(
            provider=self.facts.name,
            symbol=request.symbol,
            secrets=() if self._key is None else (self._key,),
        )
        # The key goes in where the question is sent, not before.
        ask = Ask(url=self._fill(request), key=self._key)
        answer = self._asker.get(ask, lambda found: self._judge(found, told))
        if answer.content.strip() in (b"", b"[]", b"{}"):
            return
        yield replace(told.read(answer.content), name=request.symbol)

    def _fill(self, request: BarRequest) -> str:
        since = request.begin(_FIRST)
        values = {
            "symbol": request.symbol,
            "interval": request.interval,
            "since": write_date(since),
            "until": write_date(request.until),
            "since_epoch": str(epoch(since)),
            "until_epoch": str(epoch(request.until)),
        }
        return _FIELD.sub(
            lambda found: quote(values[found[1]], safe="") if found[1] in values else found[0],
            self._template,
        )

    def _judge(self, answer: Answer, told: Told) -> ComeBack | None:
        if answer.status == 404:
            raise SymbolNotOffered(self.facts.name, told.symbol, told.excerpt(answer.content))
        if answer.status == 200:
            told.check_no_page(answer)
        return None

    def _check(self, fields: list[str]) -> None:
        name = self.facts.name
        strangers = sorted(set(fields) - set(FIELDS))
        if not self._template.startswith(("https://", "http://")):
            raise ProviderUnusable(
                name, "an address of https", "another", f"correct provider_urls.{name}"
            )
        if "symbol" not in fields or strangers:
            was = f"one with {{{strangers[0]}}}" if strangers else "one without {symbol}"
            known = ", ".join(f"{{{one}}}" for one in FIELDS)
            raise ProviderUnusable(name, "an address with {symbol}", was, f"choose from {known}")
