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
    assert len(silent) < 12, silent  # no such object any more, or a file that is there
