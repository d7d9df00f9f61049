"""Safety of transport and of pages: docs/security.md. Public pages run no inline script or style at all."""

from csp.constants import NONE, SELF

from yibao_site import early
from yibao_site.settings.environment import HTTPS, env, parsed

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = parsed("SECURE_SSL_REDIRECT", env.bool, HTTPS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# A cookie with this prefix cannot be set by another host or for part of the site; browsers take it over https only.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = ("__Host-session", "__Host-csrf") if HTTPS else ("sessionid", "csrftoken")
# Not Strict: links in mails to the desk would arrive without a login, and with a new token that breaks open forms.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, early.CSP_HASH],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "font-src": [NONE],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # Text becomes code only through the two policies that our own scripts declare.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["own", "related"],
        **({"upgrade-insecure-requests": True} if HTTPS else {}),
    }
}
