"""Shape of JSON: its fields and their types, whatever their values."""

from __future__ import annotations

from typing import Any


def kind(value: Any) -> str:
    """JSON's name of the value's type; integers and fractions are both numbers."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def differences(shown: Any, real: Any, place: str = "$") -> list[str]:
    """Paths at which `real` has other fields or types than `shown`. An array has the shape of its first item. Null and
    an empty array match everything, because a value that is not known yet has no shape."""
    if shown is None or real is None:
        return []
    if kind(shown) != kind(real):
        return [f"{place} is {kind(real)}, shown is {kind(shown)}"]
    if isinstance(shown, list):
        return differences(shown[0], real[0], f"{place}[0]") if shown and real else []
    if not isinstance(shown, dict):
        return []
    found = [f"{place}.{name} is shown and missing" for name in shown.keys() - real.keys()]
    found += [f"{place}.{name} is present and not shown" for name in real.keys() - shown.keys()]
    for name in shown.keys() & real.keys():
        found += differences(shown[name], real[name], f"{place}.{name}")
    return found
