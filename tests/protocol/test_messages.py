"""Every table of fields is the one that Apache Kafka's own message definitions have."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from kstream_cli.protocol.codec import Array, Bytes, LegacyArray, LegacyString, Number, String, Struct, Type
from kstream_cli.protocol.messages import APIS

JARS = sorted((Path(__file__).parents[2] / ".kafka" / "4.4.0").glob("kafka-clients-4.4.0.jar"))
NUMBERS = {"int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i", "int64": ">q", "bool": ">?"}

pytestmark = pytest.mark.skipif(not JARS, reason="the jars of Apache Kafka are not here: `make test` fetches them")


def definition(name: str) -> dict[str, Any]:
    with ZipFile(JARS[0]) as jar:
        text = jar.read(f"common/message/{name}.json").decode()
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def holds(versions: str, version: int) -> bool:
    """Whether a version lies in a range as the definitions write it: `0+`, `1-4`, `3`, `none`."""
    if versions == "none":
        return False
    least, _, most = versions.rstrip("+").partition("-")
    return int(least) <= version <= (int(most) if most else 999 if versions.endswith("+") else int(least))


def shape(fields: list[dict[str, Any]], structs: dict[str, Any], version: int) -> list[Any]:
    """Fields as (name, type, nullable), those of structs nested."""
    return [
        (
            snake_case(field["name"]),
            *kind_of(field, structs, version),
            holds(field.get("nullableVersions", "none"), version),
        )
        for field in fields
        if holds(field["versions"], version) and "tag" not in field
    ]


def kind_of(field: dict[str, Any], structs: dict[str, Any], version: int) -> tuple[Any, ...]:
    name = field["type"]
    is_array, bare = name.startswith("[]"), name.removeprefix("[]")
    inner = (
        bare
        if bare in NUMBERS or bare in ("string", "bytes")
        else shape(field.get("fields") or structs[bare], structs, version)
    )
    return ("array", inner) if is_array else (inner, None)


def shape_here(fields: dict[str, Type]) -> list[Any]:
    return [(name, *kind_here(kind), getattr(kind, "nullable", False)) for name, kind in fields.items()]


def kind_here(kind: Any) -> tuple[Any, ...]:
    if isinstance(kind, Array | LegacyArray):
        return "array", kind_here(kind.of)[0]
    if isinstance(kind, Number):
        return next(name for name, form in NUMBERS.items() if form == kind._form.format), None
    if isinstance(kind, String | LegacyString):
        return "string", None
    if isinstance(kind, Bytes):
        return "bytes", None
    assert isinstance(kind, Struct)
    return shape_here(dict(kind.fields)), None


@pytest.mark.parametrize(
    ("api", "version", "side"),
    [(api, version, side) for api in APIS for version in api.forms for side in ("request", "response")],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_a_table_has_the_fields_of_apache_kafka(api, version, side):
    found = definition(f"{api.name}{side.title()}")
    structs = {each["name"]: each["fields"] for each in found.get("commonStructs", ())}
    assert found["apiKey"] == api.key
    assert holds(found["flexibleVersions"], version) == api.is_flexible
    assert shape_here(getattr(api.forms[version], side).fields) == shape(found["fields"], structs, version)
