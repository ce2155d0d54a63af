"""The page's files at the service's door: which there are, in what form, and nothing else."""

import asyncio
import gzip
import json
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from bellwether.dashboard import CONTENT_POLICY, PAGE_HEADERS, Page

Served = Any  # the class lives in conftest, which is no module
Serve = Callable[..., Served]
SCRIPT = "/assets/index-Bx1yZ_09.js"
ENGINE = "/assets/engine-abcdEFGH.wasm"
EVERY_FILE = ["/", "/index.html", "/bellwether.svg", SCRIPT, ENGINE, "/assets/plain.css"]


def check_problem(found: httpx.Response, status: int) -> None:
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"
    assert json.loads(found.content)["status"] == status
    assert "secret" not in found.text


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("/", "text/html; charset=utf-8", "index.html"),
        ("/index.html", "text/html; charset=utf-8", "index.html"),
        ("/bellwether.svg", "image/svg+xml", "bellwether.svg"),
        (SCRIPT, "text/javascript; charset=utf-8", SCRIPT[1:]),
        (ENGINE, "application/wasm", ENGINE[1:]),
        ("/assets/plain.css", "text/css; charset=utf-8", "assets/plain.css"),
    ],
)
def test_every_file_is_given_as_what_it_is(
    served: Served, folder: Path, path: str, kind: str, name: str
) -> None:
    found = served.ask("GET", path)
    assert found.status_code == 200
    assert found.headers["content-type"] == kind
    assert found.content == (folder / name).read_bytes()
    assert found.headers["content-length"] == str(len(found.content))


@pytest.mark.parametrize("path", EVERY_FILE)
def test_every_file_carries_the_policy_once(served: Served, path: str) -> None:
    # A worker obeys the policy of its own script: the door's, for JSON, would stop it.
    found = served.ask("GET", path)
    for name, value in PAGE_HEADERS.items():
        assert found.headers.get_list(name) == [value]


def test_the_policy_allows_webassembly_and_neither_inline_script_nor_eval() -> None:
    rules = {rule.split()[0]: rule.split()[1:] for rule in CONTENT_POLICY.split("; ")}
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]
    assert rules["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    for kind in ("style-src", "font-src", "connect-src", "worker-src"):
        assert rules[kind] == ["'self'"]
    assert rules["img-src"] == ["'self'", "data:"]
    assert "unsafe-inline" not in CONTENT_POLICY
    assert "'unsafe-eval'" not in CONTENT_POLICY


@pytest.mark.parametrize("path", EVERY_FILE)
def test_what_is_known_already_is_not_sent_again(served: Served, path: str) -> None:
    first = served.ask("GET", path)
    etag = first.headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        again = served.ask("GET", path, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"] == first.headers["cache-control"]
    other = served.ask("GET", path, headers={"if-none-match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize("path", EVERY_FILE)
def test_head_tells_what_get_would_and_sends_nothing(served: Served, path: str) -> None:
    whole, head = served.ask("GET", path), served.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    for found in (whole, head):
        del found.headers["x-request-id"]
    assert head.headers == whole.headers


@pytest.mark.parametrize(
    ("path", "keeps"),
    [
        ("/", "no-cache"),
        ("/bellwether.svg", "no-cache"),
        ("/assets/plain.css", "no-cache"),
        ("/assets/engine-0123456789.wasm", "no-cache"),
        (SCRIPT, "public, max-age=31536000, immutable"),
        (ENGINE, "public, max-age=31536000, immutable"),
    ],
)
def test_only_what_is_named_by_its_hash_is_kept_for_ever(
    served: Served, path: str, keeps: str
) -> None:
    assert served.ask("GET", path).headers["cache-control"] == keeps


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP;Q=0.5", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("deflate", None),
        ("identity", None),
        ("gzip;q=0, br;q=0", None),
        ("gzip;q=nan, br;q=-1", None),
        ("identity;q=0", None),
        (";;q=,,", None),
        ("", None),
    ],
)
def test_a_compressed_form_is_sent_to_whoever_reads_it(
    served: Served, folder: Path, accepted: str, coding: str | None
) -> None:
    async def raw() -> tuple[httpx.Headers, bytes]:
        transport = httpx.ASGITransport(app=served.app)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
            client.stream("GET", SCRIPT, headers={"accept-encoding": accepted}) as found,
        ):
            return found.headers, b"".join([part async for part in found.aiter_raw()])

    headers, content = asyncio.run(raw())
    ending = {"br": ".br", "gzip": ".gz", None: ""}[coding]
    assert headers.get("content-encoding") == coding
    assert headers["vary"] == "Accept-Encoding"
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert content == (folder / f"{SCRIPT[1:]}{ending}").read_bytes()


def test_two_forms_of_a_file_are_not_taken_for_each_other(served: Served) -> None:
    tags = {
        served.ask("HEAD", SCRIPT, headers={"accept-encoding": accepted}).headers["etag"]
        for accepted in ("", "gzip", "br")
    }
    assert len(tags) == 3


def test_a_compressed_form_is_what_it_says(served: Served) -> None:
    # The client unpacks it by the header.
    found = served.ask("GET", SCRIPT, headers={"accept-encoding": "gzip"})
    assert found.headers["content-encoding"] == "gzip"
    assert found.content == served.ask("GET", SCRIPT).content
    assert int(found.headers["content-length"]) == len(gzip.compress(found.content, mtime=0))


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-Bx1yZ_09.js",
        "/assets/",
        "/assets/index-Bx1yZ_09.js/",
        "/assets/index-Bx1yZ_09.js.gz",
        "/assets/index-Bx1yZ_09.js.br",
        "/favicon.ico",
        "/robots.txt",
        "/.sources",
        "/assets/.hidden",
        "/elsewhere/note.txt",
    ],
)
def test_what_is_no_file_of_the_page_is_a_problem(served: Served, path: str) -> None:
    check_problem(served.ask("GET", path), 404)


WAYS_OUT = [
    "../secret.txt",
    "../../secret.txt",
    "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt",
    "..%2fsecret.txt",
    "..%5csecret.txt",
    "..%252fsecret.txt",
    "%252e%252e%252fsecret.txt",
    "....//secret.txt",
    "..;/secret.txt",
    "%c0%ae%c0%ae/secret.txt",
    "index-Bx1yZ_09.js%00.txt",
    "./index-Bx1yZ_09.js",
    "/index-Bx1yZ_09.js",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "C:%5csecret.txt",
    "assets/../../secret.txt",
    "../index.html",
    "..%2findex.html",
    "%EF%BC%8E%EF%BC%8E/secret.txt",
]


@pytest.mark.parametrize("below", ["/assets/", "/", "/assets/x/../"])
@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_way_leads_out_of_the_folder(served: Served, below: str, way: str) -> None:
    # The client would tidy a path up: it goes to the app as a server hands it on.
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": unquote(below + way), "raw_path": (below + way).encode(),
        "query_string": b"", "root_path": "", "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    asyncio.run(served.app(scope, receive, send))
    assert sent[0]["status"] == 404, (below + way, sent)
    assert b"secret" not in b"".join(one.get("body", b"") for one in sent).replace(
        b"secret.txt", b""
    )


def test_a_link_in_the_folder_is_no_file_of_the_page(served: Served, folder: Path) -> None:
    (folder / "assets" / "link-Bx1yZ_09.js").symlink_to(folder.parent / "secret.txt")
    check_problem(served.ask("GET", "/assets/link-Bx1yZ_09.js"), 404)


@pytest.mark.parametrize("path", ["/", SCRIPT, "/bellwether.svg"])
def test_a_file_can_only_be_read(served: Served, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        found = served.ask(method, path)
        check_problem(found, 405)
        assert found.headers["allow"] == "GET, HEAD"


def test_the_routes_of_the_service_are_as_without_a_page(served: Served, serve: Serve) -> None:
    without = serve(None)
    for method, path in (
        ("GET", "/v1/health/live"), ("GET", "/v1/health/ready"), ("GET", "/metrics"),
        ("GET", "/v1/openapi.json"), ("GET", "/v1/models"), ("GET", "/v1/predict"),
        ("GET", "/v1/nothing.js"), ("GET", "/v1"), ("POST", "/metrics"), ("GET", "/v1/assets/x.js"),
        ("GET", "/nothing"), ("POST", "/v1/predict"), ("DELETE", "/v1/models"),
    ):  # fmt: skip
        found, expected = served.ask(method, path), without.ask(method, path)
        assert found.status_code == expected.status_code, (method, path)
        assert found.headers.get("allow") == expected.headers.get("allow")
        assert found.headers["content-type"] == expected.headers["content-type"]
        assert found.headers["content-security-policy"].startswith("default-src 'none'; frame-")
    assert (
        served.ask("GET", "/v1/openapi.json").content
        == without.ask("GET", "/v1/openapi.json").content
    )


def test_the_page_needs_no_key_and_what_it_asks_for_does(folder: Path, serve: Serve) -> None:
    strict = serve(Page(folder), with_keys=True)
    assert {strict.ask("GET", path).status_code for path in EVERY_FILE} == {200}
    check_problem(strict.ask("GET", "/v1/models"), 401)
    check_problem(strict.ask("GET", "/metrics"), 401)


def test_a_page_for_another_host_is_not_given(served: Served) -> None:
    check_problem(served.ask("GET", "/", headers={"host": "evil.example"}), 421)


def test_a_service_without_a_page_has_nothing_there(serve: Serve) -> None:
    for path in EVERY_FILE:
        check_problem(serve(None).ask("GET", path), 404)


class Reader(HTMLParser):
    """Checks that what is opened is closed, and keeps links and tags."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_without_a_built_page_it_is_said_how_to_build_one(tmp_path: Path, serve: Serve) -> None:
    empty = serve(Page(tmp_path / "none"))
    found = empty.ask("GET", "/")
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert found.headers["content-security-policy"] == CONTENT_POLICY
    assert found.headers["cache-control"] == "no-cache"
    assert "make page" in found.text
    reader = Reader()
    reader.feed(found.text)
    assert reader.open == []
    assert {"title", "h1", "main"} <= set(reader.tags)
    assert not {"script", "style", "img", "link"} & set(reader.tags)
    links = [value for name, value in reader.attributes if name == "href"]
    assert "/v1/openapi.json" in links
    known = empty.ask("GET", "/v1/openapi.json").json()["paths"].keys() | {"/v1/openapi.json"}
    assert set(links) <= known
    check_problem(empty.ask("GET", "/index.html"), 404)
    check_problem(empty.ask("GET", SCRIPT), 404)


def test_a_page_that_is_built_anew_is_shown_without_a_restart(served: Served, folder: Path) -> None:
    before = served.ask("GET", "/")
    (folder / SCRIPT[1:]).unlink()
    (folder / "assets" / "index-newnewne.js").write_bytes(b"new")
    (folder / "index.html").write_bytes(b"<!doctype html><title>a newer page</title>")
    after = served.ask("GET", "/", headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert "newer" in after.text
    assert served.ask("GET", "/assets/index-newnewne.js").content == b"new"
    shutil.rmtree(folder)
    assert "make page" in served.ask("GET", "/").text


def test_an_asset_that_is_gone_meanwhile_is_a_problem(served: Served, folder: Path) -> None:
    assert served.ask("GET", ENGINE).status_code == 200
    (folder / ENGINE[1:]).unlink()
    check_problem(served.ask("GET", ENGINE), 404)
