"""The server: uvicorn with everything it says by itself switched off."""

import uvicorn
from starlette.applications import Starlette

# The app refuses with a problem document long before; this is for floods of idle connections.
_MOST_CONNECTIONS = 4096
_GRACE_SECONDS = 10


def serve(app: Starlette, *, host: str = "127.0.0.1", port: int = 8017) -> None:
    """Serve an app until the process is asked to end; requests under way are finished first.

    Parameters
    ----------
    app : Starlette
    host : str, default "127.0.0.1"
        Address to listen at; the default is reached from this machine only.
    port : int, default 8017
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        lifespan="on",
        ws="none",
    )
    uvicorn.Server(config).run()
