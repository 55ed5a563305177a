"""What the checks share: the SDK's client, made strict; the requests that it sends; and the list of checks."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from kestrapy import KestraClient
from kestrapy.base_api import BaseApi
from kestrapy.exceptions import ApiException
from pydantic import BaseModel

T = TypeVar("T")

TENANT = "main"
ROOT = "/api/v1/main"


class Misfit(Exception):
    """An answer that does not fit the SDK's model."""


@dataclass(frozen=True)
class Check:
    """A named proof of one route."""

    name: str
    route: str
    prove: Callable[["Lab"], None]


checks: list[Check] = []


def check(route: str, what: str) -> Callable[[Callable[["Lab"], None]], Callable[["Lab"], None]]:
    """Registers a check of `METHOD /path`, with the path as the SDK's documentation has it."""

    def register(prove: Callable[["Lab"], None]) -> Callable[["Lab"], None]:
        area = prove.__module__.removesuffix("_checks")
        checks.append(Check(f"{area}: {what}", route, prove))
        return prove

    return register


def refuse_misfit(data: dict[str, Any], model: type) -> None:
    """Stands in for the SDK's own fallback, which hides a misfit by leaving the answer unchecked."""
    cause = sys.exc_info()[1]
    raise Misfit(f"{model.__name__} does not take {sorted(data)}: {cause}") from cause


class Lab:
    """The SDK, connected to one server."""

    def __init__(self, url: str, username: str, password: str) -> None:
        BaseApi._construct_model = staticmethod(refuse_misfit)
        self.url = url.rstrip("/")
        self.client = KestraClient(host=url, username=username, password=password, timeout=30)
        self.flows, self.kv, self.files = self.client.flows, self.client.kv, self.client.files
        self.executions, self.logs, self.triggers = self.client.executions, self.client.logs, self.client.triggers
        self.base = BaseApi(self.client._session, self.url, timeout=30)
        self.sent: list[tuple[str, str]] = []
        self.client._session.hooks["response"].append(self._note)
        self.cache: dict[str, Any] = {}

    def _note(self, response: Any, **_: Any) -> None:
        path = response.request.path_url.split("?")[0]
        self.sent.append((response.request.method, path))

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What several checks look at, made for the first of them."""
        if name not in self.cache:
            self.cache[name] = make()
        return self.cache[name]

    def call(self, method: str, path: str, model: type[T], **request: Any) -> T:
        """An answer in one of the SDK's models, of a route for which the SDK has a model but no call."""
        return self.base._json_request(method, path, model, **request)

    def call_list(self, method: str, path: str, model: type[T]) -> list[T]:
        """The same for an answer that is a list."""
        return self.base._json_list_request(method, path, model)

    @contextmanager
    def headers(self, **values: str) -> Iterator[None]:
        """Sends headers for which the SDK's calls have no parameter."""
        self.client._session.headers.update(values)
        try:
            yield
        finally:
            for name in values:
                del self.client._session.headers[name]

    @contextmanager
    def lenient(self) -> Iterator[list[dict[str, Any]]]:
        """Lets the SDK leave answers unchecked that do not fit; hands out those that it left."""
        left: list[dict[str, Any]] = []

        def leave(data: dict[str, Any], model: Any) -> Any:
            left.append(data)
            return model.model_construct(**data)

        BaseApi._construct_model = staticmethod(leave)
        try:
            yield left
        finally:
            BaseApi._construct_model = staticmethod(refuse_misfit)


def read(model: type[T], answer: Any) -> T:
    """The model of an answer that the SDK hands on unread."""
    return BaseApi._deserialize(answer, model)


def same(actual: object, expected: object, what: str) -> None:
    """Fails unless both are equal."""
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r} instead of {expected!r}")


def true(holds: object, what: str) -> None:
    """Fails with what should have held."""
    if not holds:
        raise AssertionError(what)


def known(model: BaseModel, *more: str) -> None:
    """Fails when an answer has other fields than its model, but for `more`."""
    same(sorted(model.additional_properties), sorted(more), f"fields that {type(model).__name__} lacks")


def refused(status: int, call: Callable[[], object], message: str = "") -> None:
    """Fails unless the server refuses with this status, and a message of this kind in its body."""
    try:
        answer = call()
    except ApiException as refusal:
        same(refusal.status, status, f"status of a refusal with body {refusal.body}")
        true(re.search(message, refusal.body or ""), f"the body matches {message!r}: {refusal.body!r}")
        return
    raise AssertionError(f"answered {answer!r} instead of {status}")


def misfit(fault: str, place: str, call: Callable[[], object]) -> None:
    """Fails unless the SDK's model refuses an answer at the one place that it is known to; `fault` is the model's."""
    try:
        call()
    except Misfit as refusal:
        true(place in str(refusal), f"{fault}, but also: {refusal}")
        return
    raise AssertionError(f"patched in the SDK, read the answer by its model: {fault}")


def eventually(look: Callable[[], T | None], what: str, within: float = 30) -> T:
    """Looks again and again until there is something."""
    end = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(0.1)
