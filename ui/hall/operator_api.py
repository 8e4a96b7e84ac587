"""The operator's requests to the meeting's server on this machine: none of them holds the window up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QObject, QUrl
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest, QSslError

if TYPE_CHECKING:
    from ui.audience.server import Address

Answered = Callable[[dict[str, Any]], None]
Refused = Callable[[str], None]


class OperatorApi(QObject):
    """Asks on behalf of the operator's role."""

    def __init__(self, parent: QObject, address: Address, refused: Refused) -> None:
        """Ask a server.

        refused   called with a sentence where a request is not granted
        """
        super().__init__(parent)
        self._root = address.api.removesuffix("/api")
        self._token, self._refused = address.operator_token, refused
        self._network = QNetworkAccessManager(self)

    def get(self, path: str, done: Answered) -> None:
        """Ask for something."""
        self._follow(self._network.get(self._request(path)), done)

    def post(self, path: str, values: Mapping[str, Any], done: Answered | None = None) -> None:
        """Have something done."""
        request = self._request(path)
        request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        self._follow(self._network.post(request, QByteArray(json.dumps(dict(values)).encode())), done)

    def _request(self, path: str) -> QNetworkRequest:
        request = QNetworkRequest(QUrl(f"{self._root}{path}"))
        request.setRawHeader(b"Authorization", f"Bearer {self._token}".encode())
        return request

    def _follow(self, reply: QNetworkReply, done: Answered | None) -> None:
        reply.sslErrors.connect(partial(_trust_own, reply))
        reply.finished.connect(partial(self._finished, reply, done))

    def _finished(self, reply: QNetworkReply, done: Answered | None) -> None:
        reply.deleteLater()
        content = bytes(reply.readAll().data())
        try:
            answer = json.loads(content) if content else {}
        except ValueError:
            answer = {}
        if reply.error() != QNetworkReply.NetworkError.NoError:
            said = answer.get("error") if isinstance(answer, dict) else None
            self._refused(str(said or reply.errorString()))
        elif done is not None:
            done(answer if isinstance(answer, dict) else {})


def _trust_own(reply: QNetworkReply, _errors: list[QSslError]) -> None:
    """Trust the office's certificate on this machine, where its name is another: 127.0.0.1."""
    if reply.url().host() == "127.0.0.1":
        reply.ignoreSslErrors()
