"""Writes the nginx configuration of a machine from the one template: `python -m deploy.render --help`."""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

HERE = Path(__file__).resolve().parent
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
# The words of the query string that change a page: on which pages, and with which values.
LISTS = r"(?:faq|articles|policies|topics/[^/?]+|provinces/[^/?]+)/"
SLUG = r"[a-z0-9-]{1,64}"
PARAMETERS = {
    "after": (LISTS, r"[A-Za-z0-9._~-]{1,64}"),
    "cursor": (r"api/v1/[a-z-]+/", r"[A-Za-z0-9_-]{1,64}"),
    "limit": (r"api/v1/[a-z-]+/", r"\d{1,3}"),
    "mode": (r"[^?]*", r"(?:large|elder)"),
    "page": (LISTS, r"[1-9]\d{0,5}"),
    "province": (LISTS, SLUG),
    "related": (r"(?:faq|articles)/\d+/", r"[1-9]\d?"),
    "topic": (LISTS, SLUG),
}
COMPRESSED = "text/css text/javascript application/javascript application/json image/svg+xml text/calendar text/plain"
# Django's headers that speak about one page and not about the site.
OWN = {"content-type", "content-length", "cache-control", "vary", "etag", "last-modified", "x-request-id", "x-cache"}
PROXY_HEADERS = """\
# The name that the site hears is ours, whatever the visitor wrote.
proxy_set_header Host {host};
proxy_set_header Connection "";
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-Host "";
proxy_set_header Forwarded "";
proxy_set_header Proxy "";
proxy_set_header X-Request-ID $request_id;"""

# nginx forgets the server's error pages in a location that has any of its own.
ERROR_PAGES = """\
error_page 400 414 494 /_errors/400.html;
error_page 404 /_errors/404.html;
error_page 408 /_errors/408.html;
error_page 413 /_errors/413.html;
error_page 429 /_errors/429.html;"""


class NginxTemplate(Template):
    """`%{name}`, because `$name` is nginx's own."""

    delimiter = "%"


@dataclass(frozen=True)
class Front:
    """All that differs between one nginx and another."""

    host: str
    """The one name of the site, with its port where that is not the usual one."""
    apps: tuple[str, ...] = ("127.0.0.1:8001",)
    var: Path = Path("/var/lib/yibao")
    cache: Path = Path("/var/cache/yibao")
    cache_size: str = "1g"
    certificate: Path | None = None
    """The full chain; the key is beside it. Without one the server listens on loopback only."""
    access_log: str = "/var/log/nginx/yibao.log"
    """A file, or off. It holds no addresses of visitors and no words that they searched for."""
    uncounted: tuple[str, ...] = ()
    """Networks that no rate limit counts, such as a load generator's."""
    longest_answer: int = 15
    headers: dict[str, str] = field(default_factory=dict)
    """What nginx says about safety when it answers by itself: `headers_of_the_site`."""


def headers_of_the_site() -> dict[str, str]:
    """The headers with which Django protects every page, asked from the site itself; no database is needed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao_site.settings")
    django.setup()
    from django.conf import settings
    from django.test import Client

    host = settings.SITE_URL.partition("://")[2]
    answer = Client().get("/healthz", secure=settings.HTTPS, headers={"host": host})
    if answer.status_code != 200:
        raise SystemExit(
            f"The site answers {answer.status_code} under {settings.SITE_URL}: see ALLOWED_HOSTS, SITE_URL."
        )
    return {name: value for name, value in answer.headers.items() if name.lower() not in OWN}


def render(front: Front) -> str:
    """The whole configuration, in http context. ValueError where a value could break out of its place."""
    for value in (front.host, *front.apps, str(front.var), str(front.cache), *front.uncounted):
        if not re.fullmatch(r"[A-Za-z0-9._:/\[\]-]+", value):
            raise ValueError(f"{value!r} may not stand in an nginx configuration")
    picture = {**front.headers, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return NginxTemplate((HERE / "nginx" / "site.conf.template").read_text(encoding="utf-8")).substitute(
        # Each twice: a connection that a worker drops while it is replaced is tried once more, at the same place.
        upstream="\n".join(f"    server {app} max_fails=0;" for app in front.apps * 2),
        cache=front.cache / "pages",
        cache_size=front.cache_size,
        parameters="\n".join(_parameter(name) for name in PARAMETERS),
        names="|".join(PARAMETERS),
        joined="".join(f"$known_{name}" for name in PARAMETERS),
        mirrored="".join(f"$known_{name}" for name in PARAMETERS if name != "mode"),
        uncounted="\n".join(f"    {ipaddress.ip_network(network)}  0;" for network in front.uncounted),
        edge=_edge(front),
        listen=_listen(front),
        name=front.host.partition(":")[0],
        host=front.host,
        # A line waits a second at most; to write each by itself costs a cached page a tenth of its time.
        access_log=front.access_log if front.access_log == "off" else f"{front.access_log} yibao buffer=64k flush=1s",
        longest_answer=front.longest_answer,
        proxy_headers=_indented(PROXY_HEADERS.format(host=front.host).splitlines()),
        error_pages=_indented(ERROR_PAGES.splitlines()),
        compressed=COMPRESSED,
        static=front.var / "static",
        media=front.var / "media",
        mirror=front.var / "mirror" / "current",
        errors=front.var / "static" / "errors",
        twins="gzip_static on; brotli_static on;" if BROTLI.exists() else "gzip_static on;",
        headers=_headers(front.headers),
        picture_headers=_headers(picture),
    )


def _parameter(name: str) -> str:
    """A map from the query string to `&name=value`, to nothing, or to `!` for a value that cannot be ours."""
    paths, values = PARAMETERS[name]
    return (
        f'map "$uri?$args" $known_{name} {{\n'
        f'    "~^/{paths}\\?(?:.*&)?{name}=(?<value_of_{name}>{values})(?:&|$)"  "&{name}=$value_of_{name}";\n'
        f'    "~^/{paths}\\?(?:.*&)?{name}=[^&]"  "!";\n'
        f'    default  "";\n}}'
    )


def _headers(headers: dict[str, str]) -> str:
    lines = ["add_header X-Request-ID $request_id always;"]
    for name, value in headers.items():
        if "$" in value:
            raise ValueError(f"nginx would read a variable in {name}: {value}")
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'add_header {name} "{quoted}" always;')
    return _indented(lines)


def _indented(lines: list[str]) -> str:
    return "\n".join(f"        {line}" for line in lines)


def _listen(front: Front) -> str:
    if front.certificate is None:
        return f"    listen {front.host};"
    return NginxTemplate((HERE / "nginx" / "tls.conf.template").read_text(encoding="utf-8")).substitute(
        certificate=front.certificate, key=front.certificate.with_name("privkey.pem")
    )


def _edge(front: Front) -> str:
    """With TLS: what else listens, to send visitors to the one right address and to hang up on everybody else."""
    if front.certificate is None:
        return ""
    return NginxTemplate((HERE / "nginx" / "edge.conf.template").read_text(encoding="utf-8")).substitute(
        host=front.host
    )


def main() -> None:
    """Prints the configuration that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host", help="the site's one name, such as www.example.org")
    parser.add_argument("--app", action="append", help="where the site listens; several for several machines")
    parser.add_argument("--var", type=Path, default=Front.var, help="VAR_DIR of the site")
    parser.add_argument("--cache", type=Path, default=Front.cache)
    parser.add_argument("--cache-size", default=Front.cache_size)
    parser.add_argument("--access-log", default=Front.access_log, help="a file, or off")
    parser.add_argument("--uncounted", action="append", default=[], help="a network that no rate limit counts")
    parser.add_argument("--certificate", type=Path, help="fullchain.pem; privkey.pem is beside it")
    chosen = parser.parse_args()
    print(
        render(
            Front(
                host=chosen.host,
                apps=tuple(chosen.app or Front.apps),
                var=chosen.var,
                cache=chosen.cache,
                cache_size=chosen.cache_size,
                certificate=chosen.certificate,
                access_log=chosen.access_log,
                uncounted=tuple(chosen.uncounted),
                headers=headers_of_the_site(),
            )
        )
    )


if __name__ == "__main__":
    main()
