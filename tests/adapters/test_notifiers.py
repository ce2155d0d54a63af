"""Receivers on this machine that listen, hang, refuse or are gone; and no secret in any word."""

import importlib.util
import json
import logging
import re
import socket
import ssl
import subprocess
import sys
import threading
import traceback
import types
import urllib.error
from collections.abc import Iterator
from http.client import BadStatusLine, InvalidURL
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bellwether.adapters import MemoryJournal, open_notifiers
from bellwether.adapters._apprise import AppriseNotifier
from bellwether.adapters._notifiers import LogNotifier
from bellwether.adapters._webhook import (
    WebhookNotifier,
    WebhookOptions,
    describe_failure,
    sign_body,
)
from bellwether.clock import FixedClock
from bellwether.service import NoteFilter
from bellwether.watch import (
    AlertPorts,
    Finding,
    Notice,
    NoticeLine,
    NoticeNotDelivered,
    NoticeRefused,
    Notifier,
    raise_findings,
)

SECRET = "hunter2-swordfish"  # noqa: S105 - what must not be told
GUIDE = Path(__file__).parents[2] / "docs" / "how_to" / "get-told.md"
NOW = np.datetime64("2020-01-01T21:00", "us")
CLOCK = FixedClock(NOW)
IMPATIENT = WebhookOptions(connect_seconds=5.0, total_seconds=0.3, most_attempts=1)
LINE = NoticeLine(
    episode_id="e" * 16,
    subject="spy-1d",
    channel="performance",
    event="opened",
    condition="red",
    words="accuracy is below its floor",
    facts={"e_value": 1300.0},
)
NOTICE = Notice(
    notice_id="n" * 32,
    at="2020-01-01T21:00:00Z",
    condition="red",
    title="bellwether: 1 red",
    text="performance of spy-1d began RED",
    lines=(LINE,),
)
# Apprise's mail looks for pictures by a module that later Pythons do without.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
has_apprise = pytest.mark.skipif(
    importlib.util.find_spec("apprise") is None, reason="the extra alerts is not installed"
)


class Listener:
    """A receiver on loopback that answers as it is told, and keeps what it was sent."""

    def __init__(self) -> None:
        self.statuses: list[int] = [200]
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.hang = threading.Event()
        self.hang.set()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.got.append((self.path, headers, body))
                listener.hang.wait(20)
                place = min(len(listener.got), len(listener.statuses)) - 1
                self.send_response(listener.statuses[place])
                if listener.statuses[place] == 302:
                    self.send_header("location", f"http://127.0.0.1:{listener.port}/{SECRET}")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://ann:{SECRET}@127.0.0.1:{self.port}/{SECRET}?token={SECRET}"

    def close(self) -> None:
        self.hang.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    found = Listener()
    yield found
    found.close()


@pytest.fixture
def nobody() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def webhook(url: str, **more: Any) -> WebhookNotifier:
    return WebhookNotifier("desk", url, clock=CLOCK, **more)


def failure_of(notifier: Notifier, notice: Notice = NOTICE) -> NoticeNotDelivered:
    """Return the error of a delivery, in nothing of which a secret may stand."""
    with pytest.raises(NoticeNotDelivered) as caught:
        notifier.send(notice)
    error = caught.value
    told = "".join(traceback.format_exception(error))
    assert SECRET not in f"{told}{error!r}{vars(error)}{error.__cause__}{error.__context__}"
    assert SECRET not in repr(notifier)
    return error


# Webhooks


@pytest.mark.enable_socket
def test_a_webhook_is_posted_the_notice_as_json(listener: Listener) -> None:
    webhook(listener.url()).send(NOTICE)
    [(path, headers, body)] = listener.got
    assert path == f"/{SECRET}?token={SECRET}"
    assert headers["content-type"] == "application/json"
    assert headers["bellwether-notice-id"] == NOTICE.notice_id
    assert headers["authorization"].startswith("Basic ")
    assert "bellwether-signature" not in headers
    assert Notice.from_json(json.loads(body)) == NOTICE


@pytest.mark.enable_socket
def test_a_signed_webhook_can_be_checked_as_the_how_to_shows(listener: Listener) -> None:
    webhook(listener.url(), signing_key=SECRET).send(NOTICE)
    [(_, headers, body)] = listener.got
    parts = dict(part.split("=", 1) for part in headers["bellwether-signature"].split(","))
    assert parts["t"] == "1577912400"
    assert parts["v1"] == sign_body(SECRET.encode(), int(parts["t"]), body)
    [example] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    known: dict[str, Any] = {}
    exec(compile(example, str(GUIDE), "exec"), known)  # noqa: S102 - it is our own guide
    is_ours, header = known["is_ours"], headers["bellwether-signature"]
    sent_at = float(parts["t"])
    assert is_ours(SECRET.encode(), header, body, sent_at + 10)
    assert not is_ours(b"another", header, body, sent_at + 10)
    assert not is_ours(SECRET.encode(), header, body + b" ", sent_at + 10)
    assert not is_ours(SECRET.encode(), header, body, sent_at + 1000)
    assert SECRET not in headers["bellwether-signature"]


@pytest.mark.enable_socket
def test_a_receiver_that_stumbles_is_tried_once_more(listener: Listener) -> None:
    listener.statuses = [500, 204]
    webhook(listener.url()).send(NOTICE)
    assert len(listener.got) == 2


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("status", "is_refused", "n_posts"),
    [(500, False, 2), (503, False, 2), (429, False, 2), (404, True, 1), (302, True, 1)],
)
def test_a_status_of_no_success_is_no_delivery(
    listener: Listener, status: int, is_refused: bool, n_posts: int
) -> None:
    listener.statuses = [status]
    error = failure_of(webhook(listener.url()))
    assert error.reason == f"an answer with the status {status}"
    assert (isinstance(error, NoticeRefused), len(listener.got)) == (is_refused, n_posts)


@pytest.mark.enable_socket
def test_a_webhook_that_hangs_is_left(listener: Listener) -> None:
    listener.hang.clear()
    error = failure_of(webhook(listener.url(), options=IMPATIENT))
    assert error.reason == "no answer in time"


@pytest.mark.enable_socket
def test_a_webhook_where_nobody_listens_is_said_to_be_so(nobody: int) -> None:
    url = f"http://ann:{SECRET}@127.0.0.1:{nobody}/{SECRET}"
    assert failure_of(webhook(url)).reason == "nobody who listens there"


@pytest.mark.enable_socket
def test_a_webhook_without_tls_is_said_to_be_so(listener: Listener) -> None:
    reason = failure_of(webhook(listener.url("https"))).reason
    assert reason in {"a certificate that does not hold, or no TLS", "a connection that broke"}


@pytest.mark.parametrize(
    "url", [f"http://host:{SECRET}/x", f"https:///{SECRET}", f"http://[{SECRET}/", "http://a b/"]
)
def test_an_address_that_is_none_is_not_repeated(url: str) -> None:
    assert failure_of(webhook(url)).reason


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(SECRET), "no answer in time"),
        (urllib.error.URLError(socket.gaierror(-2, SECRET)), "a host that is not known"),
        (urllib.error.URLError(SECRET), "a failure of the kind URLError"),
        (ssl.SSLCertVerificationError(SECRET), "a certificate that does not hold, or no TLS"),
        (BadStatusLine(SECRET), "an answer that is no HTTP"),
        (InvalidURL(SECRET), "an address that is none"),
        (BrokenPipeError(32, SECRET), "a connection that broke"),
        (OSError(113, SECRET), "a failed connection (EHOSTUNREACH)"),
        (OSError(SECRET), "a failure of the kind OSError"),
        (ValueError(SECRET), "a failure of the kind ValueError"),
    ],
)
def test_what_a_library_says_of_a_failure_is_put_in_our_words(error: Exception, words: str) -> None:
    assert describe_failure(error) == words


# Apprise


@pytest.mark.enable_socket
@has_apprise
def test_apprise_takes_a_notice_to_its_service(listener: Listener) -> None:
    AppriseNotifier("desk", listener.url("json")).send(NOTICE)
    [(_, headers, body)] = listener.got
    told = json.loads(body)
    assert (told["title"], told["message"], told["type"]) == (NOTICE.title, NOTICE.text, "failure")
    assert headers["authorization"].startswith("Basic ")


@pytest.mark.enable_socket
@has_apprise
@pytest.mark.parametrize("status", [500, 302])
def test_a_service_that_fails_is_no_delivery(
    listener: Listener, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    listener.statuses = [status]
    error = failure_of(AppriseNotifier("desk", listener.url("json")))
    assert error.reason == "a service that Apprise could not deliver to"
    assert len(listener.got) == 1
    assert SECRET not in caplog.text


@pytest.mark.enable_socket
@has_apprise
def test_a_service_that_is_gone_or_hangs_is_left(listener: Listener, nobody: int) -> None:
    gone = AppriseNotifier("desk", f"json://ann:{SECRET}@127.0.0.1:{nobody}/{SECRET}")
    assert failure_of(gone).reason == "a service that Apprise could not deliver to"
    listener.hang.clear()
    hung = AppriseNotifier("desk", listener.url("json"), total_seconds=0.3)
    assert failure_of(hung).reason == "no answer in time"


@has_apprise
def test_an_address_that_apprise_cannot_read_is_not_repeated(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    error = failure_of(AppriseNotifier("desk", f"nonsense://{SECRET}/abc"))
    assert error.reason == "an address that Apprise cannot read"
    assert SECRET not in f"{caplog.text}{capfd.readouterr()}"


def test_without_apprise_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    error = failure_of(AppriseNotifier("desk", f"slack://{SECRET}"))
    assert error.reason == "an installation without Apprise"
    assert "pip install 'bellwether[alerts]'" in error.hint


def test_whatever_apprise_raises_is_told_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = types.ModuleType("apprise")
    monkeypatch.setitem(sys.modules, "apprise", broken)
    error = failure_of(AppriseNotifier("desk", f"slack://{SECRET}"))
    assert error.reason == "a failure of the kind AttributeError"


# All of them


def test_receivers_are_told_apart_by_their_scheme() -> None:
    found = open_notifiers({"a": "https://x/", "b": "HTTP://x/", "c": "slack://x"}, clock=CLOCK)
    kinds = [type(one) for one in found]
    assert kinds == [LogNotifier, WebhookNotifier, WebhookNotifier, AppriseNotifier]
    assert [one.name for one in found] == ["log", "a", "b", "c"]


def test_the_log_has_one_line_an_episode_at_the_level_of_its_condition() -> None:
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign, assignment]
    log = logging.getLogger("bellwether.alerts")
    log.addHandler(handler)
    try:
        LogNotifier().send(NOTICE)
    finally:
        log.removeHandler(handler)
    assert [(one.levelno, one.getMessage()) for one in records] == [
        (logging.ERROR, f"reason=alert: {NOTICE.text}")
    ]


@pytest.mark.enable_socket
def test_no_secret_gets_into_journal_log_or_output(
    listener: Listener,
    nobody: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    listener.statuses = [500]
    addresses: dict[str, str] = {
        "sick": listener.url(),
        "gone": f"https://{SECRET}@127.0.0.1:{nobody}/{SECRET}",
        "wrong": f"http://host:{SECRET}/",
        "chat": f"nonsense://{SECRET}",
        "app": f"json://{SECRET}@127.0.0.1:{nobody}/{SECRET}",
    }
    caplog.set_level(logging.DEBUG, "bellwether")
    journal = MemoryJournal()
    notifiers = open_notifiers(addresses, clock=CLOCK, signing_key=SECRET)
    ports = AlertPorts(journal=journal, notifiers=notifiers)
    found = Finding(
        subject="spy-1d", channel="performance", condition="red", words="lost", facts={}
    )
    raised = raise_findings([found], ports, NOW)
    assert [one.receiver for one in raised.deliveries if one.outcome == "failed"] == [*addresses]
    noted = "".join(f"{note}" for note in journal.notes(NoteFilter(), None, 1000).notes)
    output = capfd.readouterr()
    assert SECRET not in f"{noted}{raised}{caplog.text}{output.out}{output.err}{ports}"


KILLED = """
import os, signal, sys
import numpy as np
from bellwether.adapters import SqlJournal
from bellwether.watch import AlertPorts, Finding, raise_findings

class Dying:
    name = "desk"
    def send(self, notice):
        with open(sys.argv[2], "a") as sent:
            sent.write(notice.notice_id + chr(10))
        if sys.argv[3] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)

ports = AlertPorts(journal=SqlJournal(sys.argv[1]), notifiers=(Dying(),))
found = Finding(subject="spy", channel="data", condition="red", words="frozen", facts={})
raise_findings([found], ports, np.datetime64(sys.argv[4], "us"))
"""


def test_a_notice_survives_kill_9_between_sending_and_noting(tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    ends = (("killed", -9), ("killed", -9), ("alive", 0), ("alive", 0))
    for day, (how, code) in enumerate(ends, start=1):
        given = (f"sqlite:///{tmp_path}/journal.sqlite", sent, how, f"2020-01-0{day}")
        command = [sys.executable, "-c", KILLED, *map(str, given)]
        assert subprocess.run(command, check=False, timeout=120).returncode == code
    ids = sent.read_text(encoding="utf-8").split()
    assert (len(ids), len(set(ids))) == (3, 1)
