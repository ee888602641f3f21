"""Every command's JSON answer is what docs/schema says, also when it does what it asks about.

All JSON answers in this folder's tests are checked (conftest.py); here each row of the table gives one."""

import json
import os
import re

import commandlib
import pytest
import schemalib

NO_ANSWER = {"top", "completion", "help"}  # text, or a program


def test_each_schema_is_one_and_named_as_its_file():
    for file in os.listdir(schemalib.FOLDER):
        with open(os.path.join(schemalib.FOLDER, file), encoding="utf-8") as text:
            schema = json.load(text)
        assert re.fullmatch(r"relay(\.[a-z_]+)+/\d+", schema["$id"])
        assert schemalib.path_of(schema["$id"]).endswith("/" + file)
        assert schema["$schema"] == schemalib.DIALECT and schema["additionalProperties"] is False
        assert schema["properties"]["schema"] == {"const": schema["$id"]}


def loose(schema, path):
    """Where a schema would let anything pass."""
    types = schema.get("type", [])
    types = {types} if isinstance(types, str) else set(types)
    if not types and not schema.keys() & {"const", "enum"}:
        yield path + " is of no type"
    if "object" in types and "properties" not in schema and not schema.get("additionalProperties"):
        yield path + " has any keys"
    if "properties" in schema and schema.get("additionalProperties") is not False:
        yield path + " has more keys"
    if "array" in types and not schema.get("items"):
        yield path + " has any items"
    for name, one in schema.get("properties", {}).items():
        yield from loose(one, path + "/" + name)
    for key in ("items", "additionalProperties"):
        if schema.get(key):
            yield from loose(schema[key], path + "/" + key)


def test_no_schema_leaves_anything_open():
    for file in os.listdir(schemalib.FOLDER):
        with open(os.path.join(schemalib.FOLDER, file), encoding="utf-8") as text:
            assert not list(loose(json.load(text), file))


def test_a_wrong_answer_is_noticed(made):
    if schemalib.validators() is None:
        pytest.skip("python3-jsonschema is not installed")
    answer = made[0].relay.ask("queue", "list")
    schemalib.check_one(answer)
    answer["items"][0]["colour"] = "red"
    with pytest.raises(AssertionError, match="colour"):
        schemalib.check_one(answer)


def test_every_command_answers_as_its_schema_says(made):
    if schemalib.validators() is None:
        pytest.skip("python3-jsonschema is not installed")
    world, known = made
    order = ["safe", "adds", "mild", "moderate", "severe"]
    rows = sorted(commandlib.table(), key=lambda row: order.index(row["danger"]))  # what ends things comes last
    silent = []
    for row in rows:
        if row["noun"] in NO_ANSWER:
            continue
        args = commandlib.arguments(row, known)
        flags = {flag["name"] for flag in row["flags"]}
        if "dry-run" in flags:
            world.relay.cli(*args, "--json", "--dry-run", check=False)  # checked on its way
        done = world.relay.cli(*args, "--json", *(["--yes"] if "yes" in flags else []), check=False)
        if not done.stdout:
            silent.append((commandlib.name(row), done.stderr.decode()))
    assert not silent, "\n".join(map(str, silent))
