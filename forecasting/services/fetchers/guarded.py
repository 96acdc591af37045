"""A `requests` session that goes to public addresses only, checked when it connects, and follows nobody elsewhere."""

import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from tenants.services import egress

SECONDS = (5, 30)  # to connect, and between two bytes
MOST = 32 * 1024 * 1024  # one page of orders is far below


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return socket.create_connection((egress.resolved(self.host, self.port or 80), self.port), SECONDS[0])


class _Secure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return socket.create_connection((egress.resolved(self.host, self.port or 443), self.port), SECONDS[0])


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Guard(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def proxy_manager_for(self, *_args: Any, **_kwargs: Any) -> Any:
        raise egress.Refused("a proxy of the environment is not used")


def request(method: str, url: str, **options: Any) -> requests.Response:
    """Send one request as `requests.request` does, without redirects, proxies, or an answer of any length.

    Raises egress.Refused for an address that is not public, requests.RequestException when nobody answers in time.
    """
    egress.split(url)
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Guard())
        options |= {"timeout": SECONDS, "allow_redirects": False, "stream": True}
        answer = session.request(method, url, **options)
        answer._content = answer.raw.read(MOST + 1, decode_content=True)
        if len(answer.content) > MOST:
            raise requests.exceptions.ContentDecodingError("the answer is longer than we read")
        return answer
