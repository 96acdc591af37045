"""Sends one HTTP request to an address that a customer gave, and nowhere inside our own house.

The name is resolved once, every address it has must be a public one, and the connection goes to exactly that address:
a name that answers otherwise a moment later (rebinding) gains nothing. No redirects, port 443 only, little is read.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from tenants.errors import Invalid

CONNECT_SECONDS, ALL_SECONDS = 5.0, 10.0
MOST_READ = 64 * 1024
LONGEST = 500
# Public by their number, yet they carry another address inside that need not be.
CARRIERS = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")]


class Refused(Exception):
    """The address is not one that we send to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the first 64 KB, how long it took."""

    status: int
    body: bytes
    seconds: float


def checked(url: str) -> str:
    """Return an address that may be told to us, or raise Invalid with the reason."""
    try:
        parts = split(url)
        literal = _literal(parts.hostname or "")
        if literal and not _is_public(literal):
            raise Refused(_("this is an address inside a network"))
    except Refused as error:
        raise Invalid(_("We cannot send to %(url)s: %(reason)s.") % {"url": url[:100], "reason": error}) from None
    return url


def split(url: str) -> SplitResult:
    """Take a web address apart; raises Refused for one that we do not send to whatever its name leads to."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(_("it is no plain web address"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(_("it is no plain web address")) from None
    private = settings.WEBHOOK_ALLOW_PRIVATE
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Refused(_("it must begin with https://"))
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused(_("it must be a name and a path, without user or #"))
    if port not in (None, 443) and not private:
        raise Refused(_("only port 443 is used"))
    return parts


def _literal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def _is_public(address: str) -> bool:
    if settings.WEBHOOK_ALLOW_PRIVATE:
        return True
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return _is_public(str(ip.ipv4_mapped))
        if any(ip in net for net in CARRIERS):
            return False
    return ip.is_global and not ip.is_multicast


def resolved(host: str, port: int) -> str:
    """Return the one public address to connect to; raises Refused when any that the name has is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(_("its name is not known")) from None
    addresses = [str(where[0]) for *_kind, where in found]
    if not addresses or not all(_is_public(address) for address in addresses):
        raise Refused(_("its name leads to an address inside a network"))
    return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, speaking to the name that was asked for."""

    def __init__(self, parts: SplitResult, address: str, port: int) -> None:
        super().__init__(parts.hostname or "", port, timeout=CONNECT_SECONDS)
        self.secure, self.address = parts.scheme == "https", address
        self.line: socket.socket | None = None  # sock is forgotten once the answer has begun

    def connect(self) -> None:
        """Connect to the address that was checked, whatever its name says by now."""
        self.sock = self.line = socket.create_connection((self.address, self.port), CONNECT_SECONDS)
        if self.secure:
            self.sock = self.line = ssl.create_default_context().wrap_socket(self.line, server_hostname=self.host)


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send a body and return the answer, whatever its status.

    Raises Refused for an address that is not public, OSError or http.client.HTTPException when nobody answers in time.
    """
    parts = split(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _Pinned(parts, resolved(parts.hostname or "", port), port)
    began = time.monotonic()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # A server that sends a byte now and then would never run into the timeout of a single read.
    end = threading.Timer(ALL_SECONDS, _hang_up, [connection])
    end.daemon = True
    end.start()
    try:
        connection.request("POST", target, body=body, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.read(MOST_READ), time.monotonic() - began)
    finally:
        end.cancel()
        connection.close()


def _hang_up(connection: _Pinned) -> None:
    if connection.line is not None:
        with suppress(OSError):
            connection.line.shutdown(socket.SHUT_RDWR)
