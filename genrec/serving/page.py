"""The page at `/`: four files of `serve/page`, which ask the same API as every client."""

import hashlib
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from genrec.assets import asset_path

FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "page.js": ("page.js", "text/javascript; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
"""By the end of the address: the file, and its type."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"  # no text can become markup or code
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-cache",  # kept by the browser, and asked for again by its tag: a new version counts
}


def add_page(app: FastAPI) -> None:
    """Serve the page and what it loads; without a key, since it holds nothing of the catalogue."""
    for path, (name, kind) in FILES.items():
        content = asset_path("serve", f"page/{name}").read_bytes()
        app.get(f"/{path}", include_in_schema=False)(_route(content, kind))


def _route(content: bytes, kind: str) -> Callable[[Request], Awaitable[Response]]:
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'

    async def file(request: Request) -> Response:
        headers = HEADERS | {"etag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=kind, headers=headers)

    return file
