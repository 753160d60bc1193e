"""What a new type makes of JSON that an old one wrote: whether it reads it, and whether it means the same.

Schema registries call this backward compatibility: https://docs.confluent.io/platform/current/schema-registry/fundamentals/schema-evolution.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kstream_cli.changes.finding import LEVELS, Level
from kstream_cli.described.model import JsonField, JsonType

_AS_TEXT = frozenset({"bytes", "uuid", "decimal", "date", "time", "datetime", "timedelta"})
"""Simple types that are text in JSON."""
_WIDER = frozenset({("int", "float"), ("int", "decimal"), ("set", "list")})
_UNLIKE = frozenset({("list", "set"), ("tuple", "list"), ("object", "map"), ("map", "object")})
"""What may be read, and is something else then."""


@dataclass(frozen=True, slots=True)
class TypeChange:
    """One difference. `is_read` says that the new type takes the old JSON, whatever it makes of it."""

    level: Level
    text: str
    is_read: bool = True


def changed_values(old: JsonType, new: JsonType) -> list[TypeChange]:
    """What is different for values, the worst first: a new one reads what the old one wrote.

    Example:
        >>> changed_values(json_type(dict[str, int]), json_type(dict[str, str]))
        [TypeChange(level='breaking', text='a value goes from int to str', is_read=False)]
    """
    found = dict.fromkeys(_Comparing([], []).both(old, new, ""))
    return sorted(found, key=lambda change: LEVELS.index(change.level))


def changed_keys(old: JsonType, new: JsonType) -> list[TypeChange]:
    """What is different for keys, which are found by their bytes: those have to stay as they are."""
    found = changed_values(old, new)
    if _written(old) == _written(new) and all(change.level != "breaking" for change in found):
        return found
    words = [change.text for change in found] or ["their JSON has another order"]
    return [TypeChange("breaking", f"{'; '.join(words)}: a key in the new form is another key", is_read=False)]


def type_words(type: JsonType) -> str:
    """A type as a user writes it, about."""
    if type.kind == "union":
        return " | ".join(map(type_words, type.parts))
    if type.name is not None:
        return type.name
    parts = f"[{', '.join(map(type_words, type.parts))}]" if type.parts else ""
    return {"map": "dict", "null": "None", "enum": f"Literal[{', '.join(type.values)}]"}.get(
        type.kind, type.kind
    ) + parts


@dataclass(frozen=True, slots=True)
class _Comparing:
    """`old_around` and `new_around` are the classes that the types lie in: one within itself stands for them."""

    old_around: list[JsonType]
    new_around: list[JsonType]

    def both(self, old: JsonType, new: JsonType, path: str) -> Iterator[TypeChange]:
        old, new = _resolved(old, self.old_around), _resolved(new, self.new_around)
        around = zip(self.old_around, self.new_around, strict=True)
        if old == new or any(was is old and is_now is new for was, is_now in around):
            return
        yield from _limits(old, new, path)
        if "union" in (old.kind, new.kind):
            yield from self._unions(old, new, path)
        elif old.kind == new.kind or {old.kind, new.kind} == {"array", "named tuple"}:
            yield from self._alike(old, new, path)
        else:
            yield from _other_kind(old, new, path)
            if {old.kind, new.kind} <= {"list", "set", "tuple"} and new.kind != "tuple" and old.parts:
                yield from self.both(old.parts[0], new.parts[0], f"an item of {path or 'it'}")

    def _alike(self, old: JsonType, new: JsonType, path: str) -> Iterator[TypeChange]:
        inner = _Comparing([*self.old_around, old], [*self.new_around, new])
        if old.kind == "object":
            yield from inner.fields(old, new, path)
        elif old.kind in ("array", "named tuple"):
            yield from inner.positions(old, new, path)
        elif old.kind == "enum":
            yield from _enums(old, new, path)
        elif len(old.parts) != len(new.parts):
            yield _unread(path, f"it has {len(new.parts)} parts instead of {len(old.parts)}")
        else:
            names = {"list": ["an item"], "set": ["an item"], "map": ["a key", "a value"]}.get(old.kind)
            for number, (was, is_now) in enumerate(zip(old.parts, new.parts, strict=True)):
                part = f"part {number + 1}" if names is None else names[number]
                yield from self.both(was, is_now, f"{part} of {path}" if path else part)

    def _unions(self, old: JsonType, new: JsonType, path: str) -> Iterator[TypeChange]:
        """Each alternative of the old one must be one that the new one reads."""
        olds, news = (each.parts if each.kind == "union" else (each,) for each in (old, new))
        for was in olds:
            ways = [list(self.both(was, is_now, path)) for is_now in news]
            best = min(ways, key=lambda way: [_rank(change) for change in sorted(way, key=_rank, reverse=True)])
            if any(not change.is_read for change in best) and len(news) + len(olds) > 2 and was.kind != "object":
                yield _unread(path, f"it is no longer {type_words(was)}, but {type_words(new)}")
            else:
                yield from best
        more = [type_words(each) for each in news if each not in olds]
        if len(news) > len(olds) and more:
            yield TypeChange("safe", _at(path, f"it may be {' or '.join(more)} now"))

    def fields(self, old: JsonType, new: JsonType, path: str) -> Iterator[TypeChange]:
        was, is_now = ({field.name: field for field in each.fields} for each in (old, new))
        gone = {name: field for name, field in was.items() if name not in is_now}
        fresh = {name: field for name, field in is_now.items() if name not in was}
        for name, field in fresh.items():
            if field.default is None:
                yield _unread(path, f"field {name} is new and has no default")
                continue
            former = next((each for each, other in gone.items() if other.type == field.type), None)
            if former is None:
                yield TypeChange(
                    "safe", _at(path, f"field {name} is new, and {field.default or 'left out'} by default")
                )
            else:
                del gone[former]
                text = f"field {former} is gone and {name} is new: if that is its new name, its values are lost"
                yield TypeChange("breaking", _at(path, text))
        for name in gone:
            if new.closed:
                yield _unread(path, f"field {name} is gone, and fields that are not known are refused")
            elif not any(field.default is None for field in fresh.values()):
                yield TypeChange("careful", _at(path, f"field {name} is gone: its values go with the next write"))
        for name in was.keys() & is_now.keys():
            yield from self._field(was[name], is_now[name], path)

    def positions(self, old: JsonType, new: JsonType, path: str) -> Iterator[TypeChange]:
        """Fields that are told apart by their place."""
        olds, news = [field.name for field in old.fields], [field.name for field in new.fields]
        for number, (was, is_now) in enumerate(zip(old.fields, new.fields, strict=False)):
            if was.name != is_now.name and (was.name in news or is_now.name in olds):
                text = f"place {number + 1} was field {was.name} and is {is_now.name}: values are taken for others"
                yield TypeChange("breaking", _at(path, text))
                return
            yield from self._field(was, is_now, path)
        for field in new.fields[len(olds) :]:
            if field.default is None:
                yield _unread(path, f"field {field.name} is new and has no default")
            else:
                yield TypeChange("safe", _at(path, f"field {field.name} is new, and {field.default} by default"))
        for name in olds[len(news) :]:
            if new.kind == "named tuple" or new.closed:
                yield _unread(path, f"field {name} is gone, and what has more fields is refused")
            else:
                yield TypeChange("careful", _at(path, f"field {name} is gone: its values go with the next write"))

    def _field(self, old: JsonField, new: JsonField, path: str) -> Iterator[TypeChange]:
        where = f"field {new.name} of {path}" if path else f"field {new.name}"
        yield from self.both(old.type, new.type, where)
        if old.default is None or old.default == new.default:
            return
        if new.default is None:
            yield TypeChange("careful", f"{where} no longer has a default, which older rows may need")
        else:
            yield TypeChange("careful", f"the default of {where} goes from {old.default} to {new.default}")


def _other_kind(old: JsonType, new: JsonType, path: str) -> Iterator[TypeChange]:
    is_name = path.startswith("a key")  # of a dict, which JSON writes as text
    words = f"{path or 'it'} goes from {type_words(old)} to {type_words(new)}"
    kinds = old.kind, new.kind
    if kinds in _WIDER:
        yield TypeChange("safe", words)
    elif kinds in _UNLIKE or "any" in kinds or (new.kind == "str" and (is_name or _is_text(old))):
        yield TypeChange("careful", words)
    else:
        yield TypeChange("breaking", words, is_read=False)


def _is_text(type: JsonType) -> bool:
    return type.kind in _AS_TEXT or (type.kind == "enum" and all(each.startswith('"') for each in type.values.values()))


def _enums(old: JsonType, new: JsonType, path: str) -> Iterator[TypeChange]:
    known = {value: name for name, value in new.values.items()}
    for name, value in old.values.items():
        if value not in known:
            yield _unread(path, f"{value} is no longer a value")
        elif known[value] != name and name in new.values:
            yield TypeChange("breaking", _at(path, f"{value} was {name} and is {known[value]}"))
    added = [value for value in new.values.values() if value not in old.values.values()]
    if added:
        yield TypeChange("safe", _at(path, f"{', '.join(added)} may be a value now"))


def _limits(old: JsonType, new: JsonType, path: str) -> Iterator[TypeChange]:
    if old.limits != new.limits and new.limits is not None:
        was = f"{path or 'it'} was limited to {old.limits}" if old.limits else f"{path or 'it'} had no limits"
        yield TypeChange("careful", f"{was} and is limited to {new.limits}: older values may not fit")


def _resolved(type: JsonType, around: Sequence[JsonType]) -> JsonType:
    if type.kind != "within":
        return type
    return next((each for each in reversed(around) if each.name == type.name), type)


def _unread(path: str, text: str) -> TypeChange:
    return TypeChange("breaking", _at(path, text), is_read=False)


def _at(path: str, text: str) -> str:
    return f"{path}: {text}" if path else text


def _rank(change: TypeChange) -> int:
    return -LEVELS.index(change.level)


def _written(type: JsonType) -> object:
    """What decides on the bytes of a key."""
    fields: Iterable[object] = [(field.name, _written(field.type)) for field in type.fields]
    if type.kind in ("array", "named tuple"):
        fields = [_written(field.type) for field in type.fields]
    name = type.name if type.kind == "within" else None
    parts = sorted(map(repr, map(_written, type.parts))) if type.kind == "union" else [*map(_written, type.parts)]
    return type.kind, name, tuple(fields), tuple(parts)


__all__ = ["TypeChange", "changed_keys", "changed_values", "type_words"]
