"""The meeting's web server: one process, the only writer of the ledger, which ends with the process that started it."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from twin.errors import SourceError
from twin.roles import Role
from ui.audience import pages, phone_routes, role_routes
from ui.audience.asking import BODY_MOST, MEETING, wall
from ui.audience.credentials import HOUR_S
from ui.audience.meeting import Meeting, Plan
from ui.audience.routes import Route, add_routes, openapi
from ui.audience.stage import Stage

log = logging.getLogger(__name__)

FIRST_REQUEST_S = 10.0
"""A connection that has not asked anything by then is closed."""
EVERYWHERE, LOOPBACK = "0.0.0.0", "127.0.0.1"  # noqa: S104  only where a person asks for it
OPERATOR_LASTS_S = 24 * HOUR_S
ROUTES: tuple[Route, ...] = (*pages.ROUTES, *phone_routes.ROUTES, *role_routes.ROUTES)

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running meeting is found."""

    url: str
    """For phones."""
    join_code: str
    operator_url: str
    operator_token: str
    api: str
    """The OpenAPI description."""
    port: int


def make_app(meeting: Meeting, url: Callable[[], str]) -> web.Application:
    """Return the application; url() tells where it is served once it is."""
    guard = _Guard()
    app = web.Application(middlewares=[guard.seen, wall], client_max_size=BODY_MOST)
    app[MEETING] = meeting

    async def description(_request: web.Request) -> web.Response:
        return web.json_response(openapi(ROUTES, meeting.programme.title, url()))

    add_routes(app, (*ROUTES, Route("GET", "/api", description, "This description", needs="nothing")))
    app[GUARD] = guard
    return app


class _Guard:
    """Closes connections that never finish asking."""

    def __init__(self) -> None:
        self._silent: set[int] = set()
        """Identities of the protocols that have not asked anything yet."""

    @web.middleware
    async def seen(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        self._silent.discard(id(request.protocol))
        return await handler(request)

    def watch(self, protocol: asyncio.Protocol, transport: asyncio.Transport | None) -> None:
        if id(protocol) in self._silent and transport is not None:
            transport.abort()
        self._silent.discard(id(protocol))

    def factory(self, make: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """Return a protocol factory that has its protocols watched."""

        def made() -> asyncio.Protocol:
            protocol = make()
            self._silent.add(id(protocol))
            loop = asyncio.get_running_loop()
            loop.call_later(FIRST_REQUEST_S, lambda: self.watch(protocol, getattr(protocol, "transport", None)))
            return protocol

        return made


GUARD = web.AppKey("guard", _Guard)


class Server:
    """A meeting that listens."""

    def __init__(self, plan: Plan, meeting: Meeting) -> None:
        """Make the server; start() makes it listen."""
        self._plan, self._meeting = plan, meeting
        self._servers: list[asyncio.Server] = []
        self._runner: web.AppRunner | None = None
        self.address: Address | None = None

    async def start(self) -> Address:
        """Listen, and say where.

        raises   SourceError  the port is taken or the address is none of this machine's
        """
        app = make_app(self._meeting, lambda: self.address.url if self.address else "")
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=30, handler_cancellation=True)
        await runner.setup()
        self._runner = runner
        loop, secure = asyncio.get_running_loop(), _tls(self._plan)
        assert runner.server is not None
        factory = app[GUARD].factory(runner.server)
        port = self._plan.port
        wanted = self._plan.hosts
        hosts = [EVERYWHERE] if EVERYWHERE in wanted else list(dict.fromkeys([*wanted, LOOPBACK]))
        for host in hosts:
            try:
                server = await loop.create_server(factory, host, port, ssl=secure, backlog=1024)
            except OSError as error:
                await self.stop()
                raise SourceError(
                    f"The meeting cannot listen on {host}, port {port or 'any'} ({error.strerror or error}).",
                    hint="Choose another port with --port, or another network with --host.",
                ) from error
            port = port or server.sockets[0].getsockname()[1]
            self._servers.append(server)
        self.address = self._address(port, secure is not None)
        return self.address

    def _address(self, port: int, is_secure: bool) -> Address:  # noqa: FBT001  one of two schemes
        scheme = "https" if is_secure else "http"
        shown = self._plan.hosts[0]
        phones = lan_address() if shown == EVERYWHERE else shown
        url = f"{scheme}://{phones}:{port}/"
        local = f"{scheme}://127.0.0.1:{port}"
        credentials = self._meeting.credentials
        _, token = credentials.invite(Role.ADMINISTRATOR, lasts_s=OPERATOR_LASTS_S, label="operator", is_local=True)
        return Address(url, credentials.code, f"{local}/operator", token, f"{local}/api", port)

    async def stop(self) -> None:
        """Stop listening and let go of everything."""
        for server in self._servers:
            server.close()
        await self._meeting.close()
        if self._runner is not None:
            await self._runner.cleanup()


def _tls(plan: Plan) -> ssl.SSLContext | None:
    if plan.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(plan.certificate, plan.key)
    except (OSError, ssl.SSLError) as error:
        raise SourceError(
            f"The certificate cannot be used ({error}).", hint="Give a PEM file with --certificate and its --key."
        ) from error
    return context


def lan_address() -> str:
    """Return this machine's address in its network; 127.0.0.1 where it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737: connecting a datagram socket sends nothing
        except OSError:
            return _first_address()
        return str(probe.getsockname()[0])


def _first_address() -> str:
    import psutil  # noqa: PLC0415  only where there is no route at all: a hall without internet

    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family is socket.AF_INET and not address.address.startswith("127."):
                return str(address.address)
    return "127.0.0.1"


async def run_meeting(plan: Plan, make_stage: Callable[[], Stage], started: Callable[[Address], None]) -> None:
    """Serve a meeting until it is ended.

    started   called once with where it is found
    raises    SourceError, LedgerError  it cannot listen, or the ledger cannot be written
    """
    meeting = Meeting(plan, make_stage())
    server = Server(plan, meeting)
    try:
        started(await server.start())
        await meeting.ended.wait()
    finally:
        await server.stop()
