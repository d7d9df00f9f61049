"""Where a request comes from, and how little of that is kept."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# All visitors without a readable address are counted together.
UNKNOWN = "::"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(request: HttpRequest) -> str:
    """The visitor's address: what the outermost trusted proxy wrote down, or the peer where there is no proxy."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    if trusted and len(hops) >= trusted:
        return hops[-trusted]
    return request.META.get("REMOTE_ADDR", "")


def network(address: str) -> str:
    """The network of an address, which is all that is kept of a visitor: /24 of IPv4, /56 of IPv6."""
    found = _network(address, 24, 56)
    return str(found.network_address) if found else "unknown"


def line(request: HttpRequest) -> str:
    """Whom failed logins are counted against: an IPv4 address, or the /64 that one IPv6 line owns."""
    found = _network(client_address(request), 32, 64)
    return str(found.network_address) if found else UNKNOWN


def _network(address: str, v4: int, v6: int) -> Network | None:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if getattr(ip, "scope_id", None):
        ip = ipaddress.ip_address(int(ip))
    return ipaddress.ip_network(f"{ip}/{v4 if ip.version == 4 else v6}", strict=False)
