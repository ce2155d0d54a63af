"""Servers are asked with patience and at their pace; nothing they say gives a secret away."""

import gzip
import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.provider_servers import ManualClock, Question, Reply, as_json, serving

from bellwether.sources import (
    AnswerUnusable,
    Ask,
    Asker,
    ComeBack,
    Patience,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderUnreachable,
    ProviderUnusable,
    Secret,
    WebOptions,
    Wire,
)
from bellwether.sources._secrets import STARS, redact, write_excerpt

pytestmark = pytest.mark.enable_socket

KEY = Secret("sword/fish+1")


def asker(clock: ManualClock, *, spacing: float = 0.0, **web: float) -> Asker:
    wire = Wire(
        clock=clock,
        sleep=clock.sleep,
        seed=7,
        patience=Patience(most_attempts=4),
        web=WebOptions(step_seconds=2.0, total_seconds=5.0, **web),  # type: ignore[arg-type]
    )
    return Asker("mine", wire, spacing_seconds=spacing, secrets=(KEY,))


def in_turn(*replies: Reply) -> Iterator[Reply]:
    yield from replies
    while True:
        yield replies[-1]


def ask_server(*replies: Reply, **web: float) -> tuple[bytes, list[float], int]:
    """Ask until there is an answer; return it, the waits and how often was asked."""
    clock, turns = ManualClock(), in_turn(*replies)
    with serving(lambda _: next(turns)) as server:
        try:
            answer = asker(clock, **web).get(Ask(url=server.url, query={"key": KEY}))
        except ProviderError as error:
            error.add_note(f"{clock.slept}")
            raise
        return answer.content, clock.slept, len(server.questions)


def test_a_failure_is_asked_again_after_waits_that_double() -> None:
    content, waits, n_asked = ask_server(
        Reply(status=503), Reply(status=502), Reply(status=500), as_json([1])
    )
    assert (content, n_asked) == (b"[1]", 4)
    assert len(waits) == 3
    for wait, longest in zip(waits, (1.0, 2.0, 4.0), strict=True):
        assert longest / 2 <= wait <= longest


def test_the_same_seed_waits_the_same_and_another_does_not() -> None:
    def draw(seed: int | None) -> float:
        clock = ManualClock()
        return float(Wire(clock=clock, sleep=clock.sleep, seed=seed).make_generator().random())

    assert draw(1) == draw(1) != draw(2)
    assert draw(None) != draw(1)


def test_what_retry_after_asks_for_is_kept() -> None:
    _, waits, _ = ask_server(Reply(status=429, headers={"Retry-After": "17"}), as_json([]))
    assert waits == [17.0]
    date = "Wed, 10 Mar 2021 18:00:30 GMT"
    _, waits, _ = ask_server(Reply(status=429, headers={"Retry-After": date}), as_json([]))
    assert waits == [pytest.approx(30.0)]


def test_whoever_wants_more_patience_than_there_is_is_busy() -> None:
    with pytest.raises(ProviderBusy, match="in 3600 seconds") as caught:
        ask_server(Reply(status=429, headers={"Retry-After": "3600"}))
    assert caught.value.seconds == 3600
    assert caught.value.__notes__ == ["[]"]


@pytest.mark.parametrize(
    ("reply", "kind", "n_waits"),
    [
        (Reply(status=429, content=b"Edge: Too Many Requests"), ProviderBusy, 3),
        (Reply(status=418), ProviderBusy, 3),
        (Reply(status=500), ProviderUnreachable, 3),
        (Reply(status=401), ProviderRefused, 0),
        (Reply(status=451), ProviderRefused, 0),
        (Reply(status=404), AnswerUnusable, 0),
        (Reply(content=b"[1, 2", told_length=500), ProviderUnreachable, 3),
        (Reply(status=302, headers={"Location": "https://x.example/"}), ProviderRefused, 0),
    ],
)
def test_each_kind_of_trouble_is_an_error_of_its_own(
    reply: Reply, kind: type[ProviderError], n_waits: int
) -> None:
    with pytest.raises(kind) as caught:
        ask_server(reply)
    assert len(read_waits(caught.value)) == n_waits


def read_waits(error: BaseException) -> list[str]:
    return [one for one in error.__notes__[0].strip("[]").split(",") if one]


def test_nobody_who_listens_is_told_after_every_attempt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    clock = ManualClock()
    with pytest.raises(ProviderUnreachable, match="nobody who listens there"):
        asker(clock).get(Ask(url=f"http://127.0.0.1:{port}/"))
    assert len(clock.slept) == 3


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        clock = ManualClock()
        wire = Wire(
            clock=clock,
            sleep=clock.sleep,
            seed=1,
            patience=Patience(most_attempts=1),
            web=WebOptions(step_seconds=0.2),
        )
        with pytest.raises(ProviderUnreachable, match="no answer in time"):
            Asker("mine", wire).get(Ask(url=url))


def test_an_answer_that_drips_is_given_up_when_the_time_is_over() -> None:
    clock = ManualClock()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for _ in range(20):
                clock.sleep(1.0)
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        wire = Wire(
            clock=clock,
            sleep=clock.sleep,
            seed=1,
            patience=Patience(most_attempts=1),
            web=WebOptions(step_seconds=5.0, total_seconds=3.0),
        )
        with pytest.raises(ProviderUnreachable, match=r"not complete in 3 s|cut off"):
            Asker("mine", wire).get(Ask(url=f"http://127.0.0.1:{listener.getsockname()[1]}/"))
        thread.join(10)


def test_an_answer_that_is_too_large_is_refused_packed_or_not() -> None:
    large = b"1," * 60_000
    packed = Reply(content=gzip.compress(large), headers={"Content-Encoding": "gzip"})
    for reply in (Reply(content=large), packed):
        with pytest.raises(AnswerUnusable, match="more than 100,000 bytes"):
            ask_server(reply, most_bytes=100_000)


def test_a_packed_answer_is_unpacked_and_a_damaged_one_asked_for_again() -> None:
    packed = Reply(content=gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip"})
    cut = Reply(content=packed.content[:-9], headers=packed.headers)
    foul = Reply(content=b"no gzip at all", headers=packed.headers)
    content, waits, _ = ask_server(cut, foul, packed)
    assert (content, len(waits)) == (b"[1]", 2)


def test_a_redirection_on_the_same_server_is_followed() -> None:
    def answer(asked: Question) -> Reply:
        if asked.path == "/old":
            return Reply(status=301, headers={"Location": "/new"})
        return as_json([asked.path])

    with serving(answer) as server:
        found = asker(ManualClock()).get(Ask(url=f"{server.url}/old"))
    assert found.content == b'["/new"]'


def test_a_key_is_not_taken_along_to_another_server() -> None:
    with serving(lambda _: as_json([])) as other:

        def answer(_: Question) -> Reply:
            return Reply(status=302, headers={"Location": other.url})

        with serving(answer) as server, pytest.raises(ProviderRefused, match="another address"):
            asker(ManualClock()).get(Ask(url=server.url, headers={"Authorization": KEY}))
        assert other.questions == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[::1", "x"])
def test_only_the_web_is_asked(url: str) -> None:
    with pytest.raises(AnswerUnusable):
        asker(ManualClock()).get(Ask(url=url))


def test_a_key_is_never_sent_to_another_machine_without_tls() -> None:
    with pytest.raises(ProviderUnusable, match="an address of https") as caught:
        asker(ManualClock()).get(Ask(url="http://x.example/", query={"key": KEY}))
    assert "fish" not in str(caught.value)


def test_questions_keep_their_distance() -> None:
    clock = ManualClock()
    with serving(lambda _: as_json([])) as server:
        one = asker(clock, spacing=2.0)
        for _ in range(3):
            one.get(Ask(url=server.url))
        clock.sleep(5.0)
        one.get(Ask(url=server.url))
        clock.at = clock.at - np.timedelta64(1, "D")
        one.get(Ask(url=server.url))
    assert clock.slept == [2.0, 2.0, 5.0, 2.0]


def test_an_answer_that_asks_for_patience_in_words_is_waited_for() -> None:
    clock, turns = ManualClock(), in_turn(as_json({"note": "slowly"}), as_json([1]))

    def judge(answer: object) -> ComeBack | None:
        content = getattr(answer, "content", b"")
        return ComeBack(was="slowly", seconds=9.0) if b"note" in content else None

    with serving(lambda _: next(turns)) as server:
        found = asker(clock).get(Ask(url=server.url), judge)
    assert (found.content, clock.slept) == (b"[1]", [9.0])


def test_what_a_server_says_is_told_without_the_key() -> None:
    said = b"your key sword/fish+1 (sword%2Ffish%2B1, SWORD%2ffish%2B1) is \x1b[31mover\nits limit."
    with pytest.raises(ProviderRefused) as caught:
        ask_server(Reply(status=403, content=said))
    text = f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert "fish" not in text.lower()
    assert f"your key {STARS} ({STARS}, {STARS}) is ?[31mover its limit" in caught.value.was
    assert caught.value.__context__ is None


@given(
    st.text(min_size=4, max_size=20).filter(lambda key: key.strip() == key and "*" not in key),
    st.text(max_size=50),
)
def test_no_excerpt_holds_a_key(key: str, around: str) -> None:
    content = f"{around}{key}{around}".encode("utf-8", errors="ignore")
    assert key not in redact(content.decode(), [Secret(key)])
    assert "\n" not in write_excerpt(content, [Secret(key)])


def test_a_question_shows_no_secret() -> None:
    ask = Ask(
        url="https://x.example/{key}",
        query={"apikey": KEY, "s": "SPY"},
        headers={"Authorization": KEY},
        key=KEY,
    )
    assert ask.address == "https://x.example/sword%2Ffish%2B1?apikey=sword%2Ffish%2B1&s=SPY"
    assert ask.shown == f"https://x.example/{STARS}?apikey={STARS}&s=SPY"
    assert "fish" not in repr(ask)
