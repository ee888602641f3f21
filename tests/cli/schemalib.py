#!/usr/bin/python3
"""The JSON Schemas of docs/schema: learnt from answers, then kept and read by people.

  RELAY_ANSWERS=FILE make cli       keeps the answers that the tests get
  tests/cli/schemalib.py FILE       merges them (one a line) into docs/schema

A key is required when every answer has had it; no other key may be there. What
was null whenever it was seen is of the type that TEXTS and NUMBERS say, and text may be null but for
NEVER_NULL. Objects whose keys are names (counts by status) are told by OPEN;
objects with the same keys are one and know what each of them has been."""

import json
import os
import sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "schema")
OPEN = {"statuses": "integer", "causes": "integer"}
NEVER_NULL = {"schema", "id", "name", "key", "at", "event", "state", "status", "domain", "address", "scope", "pool", "method"}
DIALECT = "https://json-schema.org/draft/2020-12/schema"

# what these are when they are filled, where no test fills them
TEXTS = set("env pool detail reason why rule warning ptr_name ptr_error advice answer explanation rate min_rate message "
            "provider certificate source domains also_match missing needs_restart credential".split())
NUMBERS = {"limit", "recipients_max", "blocklisted", "code", "day", "days", "cap_today", "cap_tomorrow"}


def path_of(schema):
    return os.path.join(FOLDER, schema.replace("/", ".") + ".json")


def type_of(value):
    if value is None:
        return "null"
    return {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def learn(shape, value, key=""):
    """Widen a shape {types, properties, required, items} by one value."""
    kind = type_of(value)
    shape.setdefault("types", set()).add(kind)
    if kind == "object":
        known = shape.setdefault("properties", {})
        for name, one in value.items():
            learn(known.setdefault(name, {}), one, name)
        seen = set(value)
        shape["required"] = shape["required"] & seen if "required" in shape else seen
    elif kind == "array":
        for one in value:
            learn(shape.setdefault("items", {}), one, key)


def join(one, other):
    """Widen a shape by another."""
    one.setdefault("types", set()).update(other.get("types", ()))
    if "properties" in other:
        known = one.setdefault("properties", {})
        for name, shape in other["properties"].items():
            join(known.setdefault(name, {}), shape)
        one["required"] = one["required"] & other["required"] if "required" in one else set(other["required"])
    if "items" in other:
        join(one.setdefault("items", {}), other["items"])


def objects(shape):
    if "properties" in shape:
        yield shape
        for one in shape["properties"].values():
            yield from objects(one)
    if "items" in shape:
        yield from objects(shape["items"])


def unify(shapes):
    same = {}
    for shape in shapes:
        for one in objects(shape):
            if len(one["properties"]) >= 5:
                same.setdefault(frozenset(one["properties"]), []).append(one)
    for alike in same.values():
        for one in alike[1:]:
            types = set(one["types"])  # null here is not null there
            join(alike[0], one)
            alike[0]["types"].discard("null")
            one["types"] = types
        for one in alike[1:]:
            one["properties"], one["required"] = alike[0]["properties"], alike[0]["required"]


def written(shape, key=""):
    types = set(shape.get("types", ()))
    if key == "next_cursor":
        return {"type": ["integer", "null", "string"]}
    if ("string" in types and key and key not in NEVER_NULL) or ("integer" in types and key in NUMBERS):
        types.add("null")
    if types <= {"null"}:
        known = "string" if key in TEXTS else "integer" if key in NUMBERS else None
        if known:
            return {"type": sorted([known, "null"])} if types else {"type": known}
        return {"type": ["null", "string"], "format": "date-time"} if key.endswith("_at") else \
            {"type": ["integer", "null"]} if key.endswith(("_ms", "_bytes")) else {}
    if "number" in types:
        types.discard("integer")
    out = {"type": sorted(types)[0] if len(types) == 1 else sorted(types)}
    if key.endswith("_at") and "string" in types:
        out["format"] = "date-time"
    if "object" in types:
        if key in OPEN:
            out["additionalProperties"] = {"type": OPEN[key]}
        else:
            out["properties"] = {name: written(one, name) for name, one in sorted(shape["properties"].items())}
            out["required"] = sorted(shape["required"])
            out["additionalProperties"] = False
    if "array" in types:
        out["items"] = written(shape.get("items", {}), key)
        if set(out["items"].get("type", ())) == {"null", "string"} and "null" not in shape.get("items", {})["types"]:
            out["items"] = {"type": "string"}
    return out


def read(schema, key=""):
    """The shape that a written schema stands for."""
    types = schema.get("type", [])
    shape = {"types": {types} if isinstance(types, str) else set(types)}
    if "properties" in schema:
        shape["properties"] = {name: read(one, name) for name, one in schema["properties"].items()}
        shape["required"] = set(schema["required"])
    elif "additionalProperties" in schema:
        shape["properties"], shape["required"] = {}, set()
    if "items" in schema:
        shape["items"] = read(schema["items"], key)
    return shape


def merge(answers):
    shapes, answers = {}, list(answers)
    lists = {answer["schema"] for answer in answers if "items" in answer}
    for answer in answers:
        if answer["schema"] in lists and "items" not in answer:
            continue  # one item as a line of --jsonl: known by the list
        name = answer["schema"]
        if name not in shapes:
            old = path_of(name)
            shapes[name] = {}
            if os.path.exists(old):
                with open(old, encoding="utf-8") as file:
                    shapes[name] = read(json.load(file))
        learn(shapes[name], answer)
    unify(shapes.values())
    for name, shape in shapes.items():
        schema = {"$schema": DIALECT, "$id": name, **written(shape)}
        schema["properties"]["schema"] = {"const": name}
        with open(path_of(name), "w", encoding="utf-8") as file:
            json.dump(schema, file, indent=1, sort_keys=False)
            file.write("\n")
    return len(shapes)


def validators():
    """name -> a validator; None where python3-jsonschema is not installed."""
    try:
        import jsonschema
    except ImportError:
        return None
    made = {}
    for file in sorted(os.listdir(FOLDER)):
        if file.endswith(".json"):
            with open(os.path.join(FOLDER, file), encoding="utf-8") as text:
                schema = json.load(text)
            jsonschema.Draft202012Validator.check_schema(schema)
            made[schema["$id"]] = jsonschema.Draft202012Validator(schema)
    return made


CHECKS = []


def check(stdout, args=()):
    """Hold each answer in the output of a command against its schema; RELAY_ANSWERS=FILE keeps them."""
    if "--fields" in args:
        return
    if not CHECKS:
        CHECKS.append(validators())
    for line in stdout.splitlines():
        if not line.startswith(b'{"schema"'):
            assert not line.startswith(b"{") or "--jsonl" not in args, "a line without its schema: %r" % line
            continue
        if os.environ.get("RELAY_ANSWERS"):
            with open(os.environ["RELAY_ANSWERS"], "ab") as kept:
                kept.write(line + b"\n")
        elif CHECKS[0] is not None:
            check_one(json.loads(line))


def check_one(answer):
    name = answer["schema"]
    if name not in CHECKS[0]:
        raise AssertionError("docs/schema has none for %s; learn it: see tests/cli/schemalib.py" % name)
    validator = CHECKS[0][name]
    of_items = validator.schema["properties"].get("items")
    if of_items and "items" not in answer:  # a line of --jsonl
        validator = validator.evolve(schema=of_items["items"])
        answer = {key: value for key, value in answer.items() if key != "schema"}
    wrong = [error for error in validator.iter_errors(answer)]
    if wrong:
        raise AssertionError("%s: %s: %s" % (name, "/".join(map(str, wrong[0].absolute_path)), wrong[0].message))


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    with open(sys.argv[1], encoding="utf-8") as lines:
        print("%d schemas written" % merge(json.loads(line) for line in lines))
