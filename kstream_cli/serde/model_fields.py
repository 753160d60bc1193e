"""Whether a pydantic model can be read by the names that it is written under."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, AliasPath, BaseModel

from kstream_cli.errors import ConfigError


def check_fields(model: type[BaseModel]) -> None:
    """Raise ConfigError for a model that could be written, and never read."""
    config = model.model_config
    by_alias = config.get("validate_by_alias") is not False
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    for name, field in model.model_fields.items():
        accepted = _names(field.validation_alias, name, by_alias) | ({name} if by_name else set())
        if field.exclude and field.is_required():
            raise ConfigError(
                f"field {name!r} of {model.__qualname__} is needed to read it, and left out when it is written "
                "(exclude=True): give the field a default"
            )
        written = field.serialization_alias or name
        if not field.exclude and written not in accepted:
            read = " or ".join(map(repr, sorted(accepted))) or repr(field.validation_alias)
            raise ConfigError(
                f"field {name!r} of {model.__qualname__} is written as {written!r}, and read as {read}: "
                "give it one alias for both, Field(alias=…), or both names, Field(validation_alias=AliasChoices(…))"
            )
    extra = config.get("extra")
    for name in model.model_computed_fields if extra in ("forbid", "allow") else ():
        does = "refused" if extra == "forbid" else "another field"
        raise ConfigError(
            f"computed field {name!r} of {model.__qualname__} is written, and {does} when it is read "
            f"(extra={extra!r}): leave extra= out, or make it a plain property"
        )


def _names(alias: Any, name: str, by_alias: bool) -> set[str]:
    if alias is None:
        return {name}
    if not by_alias or isinstance(alias, AliasPath):
        return set()
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return {choice for choice in choices if isinstance(choice, str)}
