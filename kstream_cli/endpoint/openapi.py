"""The endpoint's OpenAPI description, made of its paths, their parameters and the shapes of their answers."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from kstream_cli.endpoint.pages import JSON
from kstream_cli.endpoint.parameters import Parameter
from kstream_cli.endpoint.routes import PATHS, Path
from kstream_cli.endpoint.shapes import Problem

REFERENCE = "#/components/schemas/{name}"


def openapi(version: str, *, needs_token: bool) -> dict[str, Any]:
    """The description by OpenAPI 3.1."""
    shapes = [path.shape for path in PATHS if path.shape is not str]
    schemas, components = msgspec.json.schema_components([*shapes, Problem], ref_template=REFERENCE)
    *of_shapes, problem = schemas
    by_path = dict(zip((path.path for path in PATHS if path.shape is not str), of_shapes, strict=True))
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "kstream", "version": version, "description": "A running instance of an application."},
        "paths": {
            path.path.replace(":path", ""): {"get": _operation(path, by_path.get(path.path), problem)} for path in PATHS
        },
        "components": {"schemas": components},
    }
    if needs_token:
        described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"token": []}]
    return described


def _operation(path: Path, shape: dict[str, Any] | None, problem: dict[str, Any]) -> dict[str, Any]:
    content = {"text/plain": {"schema": {"type": "string"}}} if shape is None else {JSON: {"schema": shape}}
    answers: dict[str, Any] = {
        "200": {"description": path.summary, "content": content},
        "default": {"description": "Why there is no answer.", "content": {JSON: {"schema": problem}}},
    }
    if path.may_fail:
        answers["503"] = {"description": "It is not so, and why.", "content": content}
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)", path.path)
    ]
    return {
        "summary": path.summary,
        "parameters": [*in_path, *map(_in_query, path.parameters)],
        "responses": answers,
    }


def _in_query(parameter: Parameter) -> dict[str, Any]:
    return {"name": parameter.name, "in": "query", "description": parameter.text, "schema": parameter.schema}
