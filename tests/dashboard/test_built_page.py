"""The page as it was built, where it was: all its own, within its policy and its size."""

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import bellwether.dashboard
from bellwether.dashboard import Page

STATIC = Path(bellwether.dashboard.__file__).parent / "static"
MOST_SCRIPT_BYTES = 400_000
# What scripts may name and never ask for, and why it stands there.
NAMED_ADDRESSES = {
    "http://www.w3.org/": "names of XML",
    "https://www.w3.org/": "names of XML",
    "https://www.tradingview.com/": "whose charts they are: a link, where it is shown",
    "https://github.com/": "where a library's messages lead",
    "https://web.dev/": "where the engine's messages lead",
    "https://developer.mozilla.org/": "where a library's messages lead",
    "https://emscripten.org/": "where the engine's messages lead",
    "https://rolldown.rs/": "where the bundler's messages lead",
    "http://localhost": "a client's example",
}
ADDRESS = re.compile(r"\b(?:https?|wss?)://[^\s\"'`<>)\\]*")

pytestmark = pytest.mark.skipif(
    not (STATIC / "index.html").is_file(), reason="the page is not built: make page"
)


class Markup(HTMLParser):
    """Keeps every tag with its attributes, and the text within scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._within = tag

    def handle_data(self, data: str) -> None:
        if self._within in {"script", "style"}:
            self.inline += data.strip()

    def handle_endtag(self, tag: str) -> None:
        self._within = "" if tag == self._within else self._within


@pytest.fixture(scope="module")
def markup() -> Markup:
    """Return index.html, parsed."""
    found = Markup()
    found.feed((STATIC / "index.html").read_text(encoding="utf-8"))
    return found


def files(*endings: str) -> Iterator[tuple[str, str]]:
    """Yield the files with one of some endings, by name and text."""
    for path in sorted(STATIC.rglob("*")):
        if path.suffix in endings:
            yield path.relative_to(STATIC).as_posix(), path.read_text(encoding="utf-8")


def test_the_page_has_no_inline_script_and_no_inline_style(markup: Markup) -> None:
    assert markup.inline == ""
    for tag, attributes in markup.tags:
        assert tag != "style"
        assert tag != "base"
        assert tag != "script" or attributes.get("src")
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        values = [value or "" for value in attributes.values()]
        assert not [one for one in values if one.lower().strip().startswith("javascript:")]


def test_the_page_asks_its_own_service_only(markup: Markup) -> None:
    page = Page()
    for tag, attributes in markup.tags:
        for name in ("src", "href", "action", "data"):
            address = attributes.get(name)
            if address is None:
                continue
            assert address[0] == "/", (tag, address)
            assert address[1:2] != "/", (tag, address)
            if tag != "a":
                assert page.find(address[1:]) is not None, address


def test_no_style_leads_elsewhere() -> None:
    for name, text in files(".css"):
        assert ADDRESS.findall(text) == [], name
        for address in re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s]+)", text):
            assert not address.startswith(("//", "data:", "http")), (name, address)


def test_scripts_name_no_other_place_than_these() -> None:
    strange = {
        (name, address)
        for name, text in files(".js", ".mjs", ".html", ".svg")
        for address in ADDRESS.findall(text)
        if address.split("//")[1] and not address.startswith(tuple(NAMED_ADDRESSES))
    }
    assert strange == set()


def test_every_asset_is_named_by_its_hash() -> None:
    page = Page()
    for path in (STATIC / "assets").iterdir():
        if path.suffix not in {".gz", ".br"}:
            found = page.find(f"assets/{path.name}")
            assert found is not None, path.name
            assert "immutable" in found.headers["cache-control"], path.name
            assert found.headers["content-type"] != "application/octet-stream", path.name


def test_a_compressed_form_holds_the_same_file() -> None:
    compressed = sorted(STATIC.rglob("*.gz"))
    for path in compressed:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes(), path.name
    assert not (STATIC / ".sources").exists() or compressed


def test_the_scripts_are_small_enough() -> None:
    n_bytes = 0
    for path in STATIC.rglob("*.js"):
        form = path.with_name(f"{path.name}.gz")
        n_bytes += (form if form.exists() else path).stat().st_size
    assert 0 < n_bytes <= MOST_SCRIPT_BYTES


@pytest.mark.skipif(not (STATIC / ".sources").exists(), reason="built by hand: make page")
def test_whose_work_is_in_the_page_is_said_in_it() -> None:
    notices = Page().find("third-party.txt")
    assert notices is not None
    assert notices.content is not None
    text = notices.content.decode()
    for name in ("preact", "lightweight-charts", "fancy-canvas", "fontsource", "onnxruntime"):
        assert name in text
    assert "Apache License" in text
