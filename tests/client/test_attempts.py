"""What is worth asking again for is asked again, and nothing else is."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bellwether.client import AnswerUnreadable, Client, ServiceProblem, ServiceUnreachable
from bellwether.client import _attempts as attempts
from bellwether.client._calls import Call

Ask = Callable[..., Any]
AskScript = Callable[..., Ask]
PROBLEM = {"content-type": "application/problem+json"}
LIVE = {"live": True}
MODEL = {
    "model_id": "m",
    "stage": "champion",
    "universe": "u",
    "interval": "1d",
    "horizon_bars": 1,
    "symbols": ["U"],
    "bundle_digest": "d",
    "trained_at": "2018-12-31T21:00:00Z",
    "registered_at": "2019-01-01T09:00:00Z",
    "changed_at": "2019-01-01T09:00:00Z",
    "metrics": {},
}


JOB = {"job_id": "job-00000001", "kind": "train", "asked": {}, "n_starts": 1}
JOB |= {"asked_at": "2019-01-02T09:30:00Z"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(attempts, "MOST_WAIT_SECONDS", 0.01)


class Script:
    """Answers one after the other, the last for ever; an error is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def busy(status: int, after: str | None = None) -> httpx.Response:
    headers = PROBLEM if after is None else {**PROBLEM, "retry-after": after}
    body = {"expected": "fewer", "was": "more", "hint": "come back", "type": "x:too-busy"}
    return httpx.Response(status, json=body, headers=headers)


def good(body: object = LIVE) -> httpx.Response:
    return httpx.Response(200, json=body)


@pytest.mark.parametrize(
    "trouble",
    [
        busy(503),
        busy(429, "0"),
        busy(503, "Wed, 21 Oct 2015 07:28:00 GMT"),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("late"),
        httpx.RemoteProtocolError("the peer closed"),
        httpx.ReadError("reset"),
    ],
    ids=str,
)
def test_trouble_that_passes_is_waited_out(
    ask_script: AskScript, trouble: httpx.Response | Exception
) -> None:
    script = Script(trouble, trouble, good())
    assert ask_script(script)("live") is True
    assert len(script.asked) == 3


def test_trouble_that_stays_is_told_in_the_end(ask_script: AskScript) -> None:
    script = Script(busy(503))
    with pytest.raises(ServiceProblem, match="expected fewer, was more; come back") as problem:
        ask_script(script)("live")
    assert (problem.value.status, problem.value.kind) == (503, "too-busy")
    assert len(script.asked) == 3
    refused = Script(httpx.ConnectError("refused"))
    with pytest.raises(ServiceUnreachable, match=r"ConnectError: refused \(attempt 3\)"):
        ask_script(refused)("live")
    assert len(refused.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500, 502])
def test_what_would_be_the_same_again_is_asked_once(ask_script: AskScript, status: int) -> None:
    script = Script(busy(status))
    with pytest.raises(ServiceProblem):
        ask_script(script)("live")
    assert len(script.asked) == 1


def test_an_answer_that_is_late_is_not_asked_for_again(ask_script: AskScript) -> None:
    script = Script(httpx.ReadTimeout("late"))
    with pytest.raises(ServiceUnreachable):
        ask_script(script)("live")
    assert len(script.asked) == 1


def test_a_change_carries_one_key_for_all_its_attempts(ask_script: AskScript) -> None:
    script = Script(busy(503), httpx.ReadError("reset"), good(MODEL))
    ask = ask_script(script)
    assert ask("promote", "m").stage == "champion"
    keys = [request.headers["idempotency-key"] for request in script.asked]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", keys[0])
    ask("promote", "m")
    assert script.asked[-1].headers["idempotency-key"] != keys[0]


def test_a_wait_grows_and_stays_within_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAIT_SECONDS", 0.2)
    monkeypatch.setattr(attempts, "MOST_WAIT_SECONDS", 1.0)
    call = Call(method="GET", path="/")
    tries = attempts.Attempts(call, 10, "x")
    waits = [tries.after_failure(httpx.ConnectError("refused")) for _ in range(9)]
    for wait, longest in zip(waits, [0.2, 0.4, 0.8, *[1.0] * 6], strict=True):
        assert longest / 2 <= wait <= longest
    tries.begin_anew()
    assert tries.after_response(busy(503, "7")) == 1.0
    assert tries.after_response(good()) is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, text="<html>"), AnswerUnreadable),
        (httpx.Response(200, json=["live"]), AnswerUnreadable),
        (httpx.Response(502, text="<html>Bad gateway</html>"), ServiceProblem),
        (httpx.Response(302, headers={"location": "/login"}), ServiceProblem),
        (httpx.Response(404, content=b"[", headers=PROBLEM), ServiceProblem),
        (httpx.Response(404, json=[1], headers=PROBLEM), ServiceProblem),
    ],
)
def test_what_no_service_of_ours_says_is_an_error_of_ours(
    ask_script: AskScript, answer: httpx.Response, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        ask_script(Script(answer))("status")


@pytest.mark.parametrize(
    "changes",
    [
        {"horizon_bars": "1"},
        {"horizon_bars": True},
        {"symbols": "U"},
        {"trained_at": "yesterday"},
        {"metrics": None},
        {"stage": None},
    ],
)
def test_an_answer_of_another_form_is_noticed(
    ask_script: AskScript, changes: dict[str, object]
) -> None:
    with pytest.raises(AnswerUnreadable, match="Model"):
        ask_script(Script(good({**MODEL, **changes})))("model", "m")


def test_an_answer_that_tells_more_is_read(ask_script: AskScript) -> None:
    assert ask_script(Script(good({**MODEL, "colour": "red"})))("model", "m").model_id == "m"


def test_the_key_is_sent_and_shown_by_nothing(
    ask_script: AskScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script(good())
    ask_script(script, api_key="swordfish ")("live")
    assert script.asked[0].headers["authorization"] == "Bearer swordfish"
    monkeypatch.setenv("BELLWETHER_API_KEY", "swordfish")
    ask_script(script)("live")
    assert script.asked[-1].headers["authorization"] == "Bearer swordfish"
    client = Client("http://service")
    assert "swordfish" not in f"{client!r} {client._options!r} {client._http.headers!r}"
    client.close()


@pytest.mark.parametrize(
    "address", ["service", "ftp://service", "http://[", "http://a b", "http://a:b@c", "http://a?b"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ServiceUnreachable, match="no address"):
        Client(address)


def test_a_key_that_could_change_a_header_is_refused() -> None:
    with pytest.raises(ServiceUnreachable, match="letters that no key has"):
        Client("http://service", api_key="a\r\nhost: evil")


def test_a_service_may_lie_below_a_path(ask_script: AskScript) -> None:
    script = Script(good())
    transport = httpx.MockTransport(script)
    with Client("http://desk.example:80/markets/", transport=transport) as client:
        assert client.live()
    assert f"{script.asked[0].url}" == "http://desk.example/markets/v1/health/live"


def test_names_cannot_lead_to_other_paths(ask_script: AskScript) -> None:
    script = Script(good(MODEL))
    ask_script(script)("model", "../../metrics?x=1#y")
    assert script.asked[0].url.raw_path == b"/v1/models/..%2F..%2Fmetrics%3Fx%3D1%23y"


def lines(*events: tuple[int, str, str]) -> bytes:
    told = [f"id: {number}\nevent: {name}\ndata: {data}\n\n" for number, name, data in events]
    return (": still here\n\n" + "".join(told)).encode()


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Some bytes, and then the connection is gone."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Any:
        yield self._content
        raise httpx.ReadError("reset")

    async def __aiter__(self) -> Any:
        yield self._content
        raise httpx.ReadError("reset")


def test_events_go_on_behind_the_last_one_when_the_connection_breaks(
    ask_script: AskScript,
) -> None:
    asked: list[str] = []

    def script(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["last-event-id"])
        first = lines((1, "state", '{"state":"running"}'))
        if len(asked) == 1:
            return httpx.Response(200, stream=Broken(first + b"id: 2\ndata: {"))
        if len(asked) == 2:
            return busy(503)
        return httpx.Response(200, content=lines((2, "state", '{"state":"done"}')))

    events = ask_script(script)("job_events", "job-00000001")
    assert [event.number for event in events] == [1, 2]
    assert asked == ["0", "1", "1"]


def test_events_go_on_with_the_next_service_when_this_one_ends(ask_script: AskScript) -> None:
    told = [lines((1, "state", '{"state":"running"}')), lines((2, "state", '{"state":"done"}'))]

    def script(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            return httpx.Response(200, content=told.pop(0))
        return good({**JOB, "state": "running"})

    events = ask_script(script)("job_events", "job-00000001")
    assert [event.number for event in events] == [1, 2]


def test_an_event_that_is_none_is_noticed(ask_script: AskScript) -> None:
    script = Script(httpx.Response(200, content=lines((1, "state", "{"))))
    with pytest.raises(AnswerUnreadable):
        ask_script(script)("job_events", "job-00000001")
