"""The service: its routes and their responses."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from satchel.bundle import card_to_json
from satchel_pi.http.access_control import COOKIE, AccessControl
from satchel_pi.http.client_address import client_address
from satchel_pi.http.exception_handlers import EXCEPTION_HANDLERS
from satchel_pi.http.golden_handlers import golden_input, golden_output, list_golden
from satchel_pi.http.handlers import find_model, predict, predict_batch, prepare
from satchel_pi.http.health import is_up, status_of, to_json
from satchel_pi.http.lingering_close import LingeringClose
from satchel_pi.http.live_view import EndlessResponse
from satchel_pi.http.loaded_model import ServedModel
from satchel_pi.http.log import RequestLog
from satchel_pi.http.media_types import prefers
from satchel_pi.http.metrics import CONTENT_TYPE, RequestCounter
from satchel_pi.http.model_inputs import JSON
from satchel_pi.http.openapi import openapi
from satchel_pi.http.pages import docs_page, health_page, home_page, login_page
from satchel_pi.http.problems import json_response
from satchel_pi.http.request_body import RequestBody
from satchel_pi.http.request_id import RequestId
from satchel_pi.http.service import Service

MOST_LOGIN_BYTES = 4096
HTML = "text/html"


class _ModelName(StringConvertor):
    """The name of a model in a path, up to the colon before what it is to do."""

    regex = "[^/:]+"


register_url_convertor("model", _ModelName())


def application(service: Service) -> ASGIApp:
    """Return the service as an ASGI application."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if service.live is not None:
            service.live.start()
        yield
        service.pool.close()

    app = Starlette(
        routes=_routes(service),
        lifespan=lifespan,
        exception_handlers=EXCEPTION_HANDLERS,
    )
    # Never redirect to a path with a slash: the target would be built from the Host header.
    app.router.redirect_slashes = False
    settings = service.settings
    protected = AccessControl(app, hosts=settings.hosts, token=settings.token)
    counted = RequestCounter(RequestLog(protected, service.settings), service.metrics)
    return RequestId(LingeringClose(counted))


def _routes(service: Service) -> list[BaseRoute]:
    def route(
        path: str, handler: Callable[[Service, Request], Awaitable[Any]], method: str = "GET"
    ) -> Route:
        async def endpoint(request: Request) -> Any:
            with service.pinned() as now:
                return await handler(now, request)

        return Route(path, endpoint, methods=[method])

    routes: list[BaseRoute] = [
        route("/v1/models", _models),
        route("/v1/models/{name:model}", _model),
        route("/v1/models/{name:model}:predict", predict, "POST"),
        route("/v1/models/{name:model}:predictBatch", predict_batch, "POST"),
        route("/v1/models/{name:model}:prepare", prepare, "POST"),
        route("/v1/models/{name:model}/golden", list_golden),
        route("/v1/models/{name:model}/golden/{number}", golden_input),
        route("/v1/models/{name:model}/golden/{number}/output", golden_output),
        route("/v1/answers", _answers),
        route("/healthz", _healthz),
        route("/metrics", _metrics),
        route("/openapi.json", _openapi),
        route("/docs", _docs),
        route("/", _home),
        Mount("/static", StaticFiles(packages=[("satchel_pi.http", "static")])),
    ]
    if service.live is not None:
        routes += [
            route("/v1/camera/events", _camera_events),
            route("/v1/camera/stream", _camera_images),
        ]
    if service.settings.token is not None:
        routes += [Route("/login", _Login(service), methods=["GET", "POST"])]
    return routes


async def _models(service: Service, _: Request) -> Response:
    return json_response({"models": [_described(each) for each in service.models.values()]})


async def _model(service: Service, request: Request) -> Response:
    loaded = find_model(service, request)
    # In a thread, because a card may have 100,000 labels.
    card = await asyncio.to_thread(lambda: json.loads(card_to_json(loaded.card)))
    return json_response({**_described(loaded), "card": card})


async def _answers(service: Service, _: Request) -> Response:
    return json_response(
        {"answers": service.answers.to_json()}, headers={"cache-control": "no-store"}
    )


async def _healthz(service: Service, request: Request) -> Response:
    token = service.settings.token
    told = token is None or token.is_shown(request.headers)
    code = 200 if is_up(status_of(service)) else 503
    # Whoever keeps the one form must not show it to those who ask for the other.
    headers = {"cache-control": "no-store", "vary": "Accept"}
    if prefers(HTML, JSON, ",".join(request.headers.getlist("accept"))):
        return HTMLResponse(health_page(service, told=told), code, headers)
    return json_response(to_json(service, told=told), code, headers)


async def _metrics(service: Service, _: Request) -> Response:
    content = await asyncio.to_thread(service.metrics.page)
    return Response(content, headers={"content-type": CONTENT_TYPE})


async def _openapi(service: Service, _: Request) -> Response:
    return json_response(_document(service))


async def _docs(service: Service, _: Request) -> Response:
    return HTMLResponse(docs_page(_document(service), list(service.models.values())))


async def _home(service: Service, _: Request) -> Response:
    return HTMLResponse(
        home_page(service),
        headers={"cache-control": "no-store"},
    )


async def _camera_events(service: Service, _: Request) -> EndlessResponse:
    assert service.live is not None, "else there is no route"
    return service.live.events()


async def _camera_images(service: Service, _: Request) -> EndlessResponse:
    assert service.live is not None, "else there is no route"
    return service.live.images()


class _Login:
    """The page that asks a person for the token and sets a cookie in the browser."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        token = self._service.settings.token
        assert token is not None, "else there is no route"
        if request.method != "POST":
            return HTMLResponse(login_page(wrong=False))
        address = client_address(request.scope, self._service.settings.proxies)
        with RequestBody(self._service.memory, address) as body:
            await body.read(
                request.receive,
                request.headers,
                most_bytes=MOST_LOGIN_BYTES,
                timeout_s=self._service.settings.timeout_s,
            )
            said = parse_qs(body.content.decode("utf-8", "replace")).get("token", [""])[0]
        if not token.is_secret(said.strip()):
            return HTMLResponse(login_page(wrong=True), 401)
        home = RedirectResponse("/", 303)
        home.set_cookie(COOKIE, token.cookie, httponly=True, samesite="strict")
        return home


def _described(loaded: ServedModel) -> dict[str, Any]:
    card = loaded.card
    return {
        **loaded.description,
        "task": card.task,
        "input": loaded.kind.field,
        "kind": loaded.output_kind,
        "labels": len(card.output.labels),
        "path": loaded.path,
    }


def _document(service: Service) -> dict[str, Any]:
    return openapi(
        most_batch=service.settings.most_batch,
        has_token=service.settings.token is not None,
        has_camera=service.live is not None,
    )
