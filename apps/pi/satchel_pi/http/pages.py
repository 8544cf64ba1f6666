"""Renders the pages for people. They load nothing from other sites."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2

import satchel_pi
from satchel_pi.http.health import Status, load_of, status_of
from satchel_pi.http.loaded_model import ServedModel
from satchel_pi.http.model_facts import accuracy_of, layout_of, verification_of
from satchel_pi.http.problems import PROBLEM_JSON
from satchel_pi.http.refusal import PROBLEM_TYPES
from satchel_pi.http.service import Service
from satchel_pi.http.words import duration, megabytes, percent

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("satchel_pi.http", "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_ENVIRONMENT.globals["version"] = satchel_pi.__version__
_ENVIRONMENT.filters |= {"duration": duration, "megabytes": megabytes, "percent": percent}
_SENTENCES: Mapping[Status, str] = {
    "ok": "All models work.",
    "degraded": "The service answers, but something is wrong.",
    "failing": "No model works.",
    "stopping": "The service ends. It finishes what it has accepted.",
}
OPINIONS = frozenset(("negative", "positive"))
"""The page suggests reviews as texts for classifiers with these labels."""
DIGITS = frozenset("0123456789")
"""The page offers a field to draw in for image classifiers with these labels."""


def home_page(service: Service) -> str:
    """Return the page to try the models on."""
    models = list(service.models.values())
    classifiers = [each for each in models if each.output_kind != "image"]
    images = [each for each in classifiers if each.kind.field == "image"]
    texts = [each for each in classifiers if each.kind.field == "text"]
    return _ENVIRONMENT.get_template("home.html.j2").render(
        title="Satchel",
        here="/",
        models=models,
        images=images,
        drawable=[each for each in images if _labels(each) == DIGITS],
        texts=texts,
        of_reviews=all(_labels(each) == OPINIONS for each in texts),
        makers=[each for each in models if each.output_kind == "image"],
        golden=[each for each in models if each.card.golden is not None],
        failures=service.failures,
        refused=len(service.refused),
        live=service.live,
        kept_answers=service.settings.kept_answers,
        accuracy=accuracy_of,
        verification=verification_of,
        layout=layout_of,
    )


def health_page(service: Service, *, told: bool) -> str:
    """Return the page that says how the service is. Who is not ``told`` sees only the status."""
    status = status_of(service)
    return _ENVIRONMENT.get_template("health.html.j2").render(
        title="Satchel: health",
        here="/healthz",
        told=told,
        status=status,
        sentence=_SENTENCES[status],
        load=load_of(service),
        models=service.models.values(),
        failures=service.failures,
        refused=service.refused,
        testing=service.testing,
        testing_s=0 if service.testing is None else time.monotonic() - service.testing.started,
    )


def docs_page(document: Mapping[str, Any], models: Sequence[ServedModel]) -> str:
    """Return the OpenAPI document as a page, with the present models and all kinds of problems."""
    return _ENVIRONMENT.get_template("docs.html.j2").render(
        title="Satchel: the API",
        here="/docs",
        document=document,
        models=models,
        problems=PROBLEM_TYPES,
        problem_json=PROBLEM_JSON,
    )


def login_page(*, wrong: bool) -> str:
    """Return the page that asks for the token. ``wrong`` says that the last token was wrong."""
    return _ENVIRONMENT.get_template("login.html.j2").render(
        title="Satchel: sign in", here="/login", wrong=wrong
    )


def _labels(loaded: ServedModel) -> frozenset[str]:
    return frozenset(loaded.card.output.labels)
