"""Reads and writes the lists in policies/prices as price_lists.py has them."""

import json
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "policies" / "prices"
WIDTH = 118


def fail(message):
    sys.exit(f"error: {message}")


def read(path):
    """The models of a list that this script wrote: name → (aliases, dated, periods)."""
    models, name = {}, None
    if not path.exists():
        return models
    for number, line in enumerate(path.read_text().split("models:\n", 1)[-1].splitlines(), 1):
        if found := re.fullmatch(r'  (".*"):', line):
            name = json.loads(found[1])
            models[name] = {"aliases": [], "dated": False, "periods": []}
        elif found := re.fullmatch(r"      - (\{.*\})", line):
            models[name]["periods"].append(json.loads(found[1]))
        elif found := re.fullmatch(r"      ([\[ ].*)", line):
            models[name]["aliases"] += json.loads("[" + found[1].strip().strip("[],") + "]")
        elif line == "    dated: true":
            models[name]["dated"] = True
        elif line.strip() not in ("aliases:", "periods:", "") and not line.lstrip().startswith("#"):
            fail(f"{path}: line {number} below `models:` is not as this script writes it: {line.strip()[:60]}")
    return models


def wrap(names):
    lines, line = [], "      ["
    for index, name in enumerate(names):
        text = json.dumps(name) + ("," if index + 1 < len(names) else "]")
        if len(line) + len(text) + 1 > WIDTH and line.strip("[ "):
            lines.append(line.rstrip())
            line = "       "
        line += text + " "
    return lines + [line.rstrip()]


def write(file, models, aliases, maker, date, source):
    lines = [
        "# yaml-language-server: $schema=../schema.json",
        f"# Written by scripts/update-prices on {date}; US dollars per million tokens. Agreements of your own belong",
        "# into a file of their own (see policies/README.md), which stays when this one is written anew.",
        "kind: prices", f"provider: {file}",
    ]
    if aliases:
        lines.append(f"provider_aliases: {json.dumps(aliases)}")
    if maker:
        lines.append("maker: true")
    lines += [f"version: {date}", "source: >-"] + [f"  {line}" for line in source] + ["models:"]
    for name, model in sorted(models.items()):
        lines.append(f"  {json.dumps(name)}:")
        if model["aliases"]:
            lines += ["    aliases:"] + wrap(model["aliases"])
        if model["dated"]:
            lines.append("    dated: true")
        lines.append("    periods:")
        lines += ["      - " + json.dumps(one) for one in model["periods"]]
    (FOLDER / f"{file}.yaml").write_text("\n".join(lines) + "\n")
