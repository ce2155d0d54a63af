"""What a browser may do with the page: its own files, WebAssembly, and the service it came from."""

from collections.abc import Mapping

_SOURCES: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}

CONTENT_POLICY = "; ".join(f"{name} {allowed}" for name, allowed in _SOURCES.items())
"""Content-Security-Policy of every file of the page: a worker obeys the one that its own file
brings, not the page's, so that the script of a worker needs it as much as the page."""

PAGE_HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_POLICY,
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Headers of every file of the page. The engine runs on one thread, so that no policies of opener
and embedder are needed; browsers complain of them on a plain address of the local network."""
