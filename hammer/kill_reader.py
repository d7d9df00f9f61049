"""Reads paths, writes what the site answers: one JSON text a line. Runs beside a campaign all the time."""

from __future__ import annotations

import io
import json
import sys


def main() -> None:
    """Until the campaign closes the pipe."""
    from yibao_site.wsgi import application

    for path in sys.stdin:
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path.strip(), "QUERY_STRING": "", "SCRIPT_NAME": "", "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000", "HTTP_HOST": "127.0.0.1:8000", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
            "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
        }  # fmt: skip
        html = b"".join(application(environ, lambda *_: None)).decode()
        print(json.dumps(html), flush=True)


if __name__ == "__main__":
    main()
