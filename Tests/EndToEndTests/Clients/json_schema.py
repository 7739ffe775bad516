"""Holds YAML files against a JSON Schema with a validator that other people wrote.

Usage: json_schema.py SCHEMA FILE...

Prints a JSON object: each file, and the first thing wrong with it or null.
"""

import json
import sys

from jsonschema import Draft7Validator
from ruamel.yaml import YAML, YAMLError


def read(path):
    yaml = YAML(typ="safe", pure=True)
    # YAML 1.2 has no times: editors take 2026-11-21 for text.
    yaml.constructor.add_constructor(
        "tag:yaml.org,2002:timestamp", lambda constructor, node: constructor.construct_scalar(node)
    )
    with open(path, encoding="utf-8") as file:
        return yaml.load(file)


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft7Validator.check_schema(schema)
validator = Draft7Validator(schema)
found = {}
for path in sys.argv[2:]:
    try:
        error = next(validator.iter_errors(read(path)), None)
        found[path] = error and f"{error.json_path}: {error.message}"[:300]
    except YAMLError as error:
        found[path] = f"no YAML: {error}"[:300]
print(json.dumps(found))
