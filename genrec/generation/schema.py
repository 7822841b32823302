"""Whether a reply fits the JSON schema asked for: some servers ignore one and answer 200."""

import json
from collections.abc import Mapping

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def schema_fault(text: str, schema: Mapping[str, object]) -> str:
    """What does not fit, empty where all does.

    Only `type`, `enum`, `properties`, `required`, `additionalProperties: false` and `items` are looked at.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        return f"no JSON ({error})"
    return _fault(value, schema, at="reply")


def _fault(value: object, schema: object, *, at: str) -> str:
    if not isinstance(schema, Mapping):
        return ""
    kind = schema.get("type")
    is_truth = isinstance(value, bool) and kind != "boolean"  # a bool is an int to Python, not to JSON
    if isinstance(kind, str) and (is_truth or not isinstance(value, _TYPES.get(kind, object))):
        return f"{at} is no {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at} is none of the choices"
    if isinstance(value, dict):
        return _object_fault(value, schema, at=at)
    if isinstance(value, list):
        faults = (_fault(each, schema.get("items"), at=f"{at}[{n}]") for n, each in enumerate(value))
        return next((fault for fault in faults if fault), "")
    return ""


def _object_fault(value: dict[str, object], schema: Mapping[str, object], *, at: str) -> str:
    properties, required = schema.get("properties"), schema.get("required")
    known = properties if isinstance(properties, Mapping) else {}
    for name in required if isinstance(required, list) else []:
        if name not in value:
            return f"{at} lacks {name}"
    for name, each in value.items():
        if name not in known and schema.get("additionalProperties") is False:
            return f"{at} has {name}, which it may not"
        if fault := _fault(each, known.get(name), at=f"{at}.{name}"):
            return fault
    return ""
