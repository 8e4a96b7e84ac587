"""Addresses of live data, and their secrets: asked of the environment or the keyring, never kept."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from twin.errors import FeedError

SCHEMES = (
    "mqtt", "mqtts", "ws", "wss", "sse+http", "sse+https", "http", "https", "gbfs+http", "gbfs+https",
    "sta+http", "sta+https", "gtfs-rt+http", "gtfs-rt+https", "kafka", "file",
)  # fmt: skip
PORTS = {"mqtt": 1883, "mqtts": 8883, "kafka": 9092}
SECRET_WORDS = ("token", "key", "apikey", "api_key", "api-key", "access_token", "password", "secret", "sig", "auth")
"""Words of a query, in lower case, whose value is a secret."""
_SAFE = ("https", "wss")
_HEADER = re.compile(
    r"(?i:bearer)\s+(?P<token>\S+)|(?P<name>(?:X-[\w-]+|Authorization|Api-?Key))\s*:\s*(?P<value>\S.*)"
)
SERVICE = "citytwin"
"""The keyring's name for what is kept for us."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What proves who asks. Never shown, never written."""

    user: str = ""
    password: str = field(default="", repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Words of the address that are secrets."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Lines of an HTTP request that are secrets: a bearer's token, a key."""

    def __bool__(self) -> bool:
        """Return whether there is anything."""
        return bool(self.user or self.password or self.query or self.headers)

    @property
    def words(self) -> tuple[str, ...]:
        """Return all that must never be shown."""
        said = (self.password, *(v for _, v in self.query), *(v.removeprefix("Bearer ") for _, v in self.headers))
        return tuple(word for word in said if word)


def is_same_server(own: str, asked: str) -> bool:
    """Return whether an address is at the server of another one, and as well protected: secrets may be shown there."""
    one, other = urlsplit(own), urlsplit(asked)
    is_less_safe = one.scheme.endswith(_SAFE) and other.scheme not in _SAFE
    try:
        return one.hostname == other.hostname and _port(one) == _port(other) and not is_less_safe
    except ValueError:  # a port that is none
        return False


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme.endswith(_SAFE) else 80)


def split_secret(url: str) -> tuple[str, Secret]:
    """Return the address without its secrets, and these.

    raises   FeedError  it is no address of live data; the sentence does not repeat its secrets
    """
    scheme = url.partition("://")[0].lower()
    if "://" not in url or scheme not in SCHEMES:
        known = ", ".join(f"{s}://" for s in SCHEMES)
        raise FeedError(
            f'"{shown(url)}" is no address of live data.', hint=f"Addresses begin with one of: {known}.", url=shown(url)
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise FeedError(f'"{shown(url)}" is no address that can be read.', hint="Look at its port and host.") from error
    if not host and scheme != "file":
        raise FeedError(
            f'"{shown(url)}" names no host.', hint=f"An address looks like {scheme}://HOST/…", url=shown(url)
        )
    at = f"[{host}]" if ":" in host else host
    place = at + (f":{port}" if port else "") if scheme != "file" else parts.netloc
    user = unquote(parts.username or "")
    words = parse_qsl(parts.query, keep_blank_values=True)
    hidden = tuple((k, v) for k, v in words if k.lower() in SECRET_WORDS)
    query = urlencode([w for w in words if w not in hidden], safe="/:,$()@+*'") if hidden else parts.query
    if user:
        place = f"{quote(user, safe='')}@{place}"
    plain = urlunsplit((scheme, place, parts.path, query, parts.fragment))
    if scheme.startswith("mqtt") and url.endswith("#") and not plain.endswith("#"):
        plain += "#"  # the topic of everything ends like an empty fragment
    return plain, Secret(user, unquote(parts.password or ""), hidden)


def shown(url: str) -> str:
    """Return an address as it may be shown, whatever is wrong with it."""
    text = re.sub(r"://([^/@:]*):[^/@]*@", r"://\1@", url)
    words = "|".join(re.escape(w) for w in SECRET_WORDS)
    return re.sub(rf"(?i)([?&](?:{words})=)[^&#]*", r"\1…", text)


def secret_of(url: str, given: Secret | None = None, environment: Mapping[str, str] | None = None) -> Secret:
    """Return the secret for an address.

    given         what stood in the address when a person wrote it; asked first
    environment   CITYTWIN_SECRET_<HOST> holds "user:password", "password", "word=value", "Bearer TOKEN" or
                  "X-Api-Key: value"; then the keyring is asked
    """
    if given is not None and (given.password or given.query):
        return given
    parts = urlsplit(url)
    user, host = unquote(parts.username or (given.user if given else "")), parts.hostname or ""
    held = (os.environ if environment is None else environment).get(environment_name(url)) or _kept_in_keyring(
        host, user
    )
    if not held:
        return Secret(user)
    if header := _HEADER.fullmatch(held.strip()):
        name, value = (
            header["name"] or "Authorization",
            header["value"] if header["name"] else f"Bearer {header['token']}",
        )
        return Secret(user, headers=((name, value),))
    word, equals, value = held.partition("=")
    if equals and word.lower() in SECRET_WORDS:
        return Secret(user, query=((word, value),))
    before, colon, after = held.partition(":")
    return Secret(before, after) if colon else Secret(user, held)


def environment_name(url: str) -> str:
    """Return the name of the environment variable that may hold an address's secret."""
    return "CITYTWIN_SECRET_" + re.sub(r"[^A-Z0-9]", "_", (urlsplit(url).hostname or "").upper())


def _kept_in_keyring(host: str, user: str) -> str:
    try:
        import keyring  # noqa: PLC0415  an extra
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return ""
    try:
        return keyring.get_password(SERVICE, f"{user}@{host}" if user else host) or ""
    except (KeyringError, RuntimeError):  # no keyring runs here
        return ""


def with_query(url: str, secret: Secret) -> str:
    """Return an address with its secret words put back, for the request alone."""
    if not secret.query:
        return url
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(secret.query)]))
    return urlunsplit(parts._replace(query=query))


def without_user(url: str) -> str:
    """Return an address without its user: HTTP clients take that apart."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def feed_name(url: str) -> str:
    """Return what a feed is called until somebody names it: the last telling part of its address."""
    parts = urlsplit(split_secret(url)[0])
    words = [word for word in parts.path.split("/") if word and word not in ("#", "+")]
    return words[-1] if words else parts.hostname or url
