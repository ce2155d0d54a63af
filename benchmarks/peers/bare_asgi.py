"""The bare minimum: an ASGI function, msgspec and onnxruntime, on uvicorn with uvloop.

It reads the same request and runs the same graph, in the event loop, and answers with the graph's
numbers. No check of the bars, no fallback, no journal, no second process: what a service costs
beyond this is what it does.
"""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import numpy as np
import onnxruntime
import uvicorn


class Question(msgspec.Struct):
    """The bars of one symbol, as columns."""

    symbol: str
    interval: str
    closed_at: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]


def make_app(
    graph: str,
) -> Callable[
    [dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Any
]:
    """Return the endpoint over a graph."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    [bars] = [one for one in session.get_inputs() if one.name == "bars"]
    n_bars = bars.shape[1]
    wanted = ["probability_up", "expected_return", "quantiles", "confidence"]
    decoder = msgspec.json.Decoder(Question)
    encoder = msgspec.json.Encoder()

    async def app(
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            raise RuntimeError("only HTTP is spoken here")
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        asked = decoder.decode(body)
        columns = (asked.open, asked.high, asked.low, asked.close, asked.volume)
        window = np.array(columns).T[None, -n_bars:]
        outputs = session.run(wanted, {"bars": window})
        answer = {name: found[0].tolist() for name, found in zip(wanted, outputs, strict=True)}
        content = encoder.encode({"symbol": asked.symbol, **answer})
        head = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": content})

    return app


if __name__ == "__main__":
    uvicorn.run(
        make_app(sys.argv[1]),
        port=int(sys.argv[2]),
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
    )
