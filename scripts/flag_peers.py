"""Usage: flag_peers.py ROUNDS

How many decisions a second two Python flag libraries make in process about a canary of 5 %, each round with other
callers. Seconds are those of the processor; a line of JSON a library has the median.
"""

import json
import statistics
import sys
import time
from importlib.metadata import version

from growthbook import GrowthBook
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

DECISIONS = 20_000


def flagd():
    core = FlagdCore()
    flag = {
        "state": "ENABLED",
        "variants": {"v1": "v1", "v2": "v2"},
        "defaultVariant": "v1",
        "targeting": {"fractional": [["v2", 5], ["v1", 95]]},
    }
    core.set_flags(json.dumps({"flags": {"support-bot": flag}}))
    return lambda key: core.resolve_string_value("support-bot", "", EvaluationContext(targeting_key=key)).value


def growthbook():
    rule = {"variations": ["v2", "v1"], "weights": [0.05, 0.95], "key": "support-bot", "hashVersion": 2}
    client = GrowthBook(features={"support-bot": {"defaultValue": "v1", "rules": [rule]}})

    def decide(key):
        client.set_attributes({"id": key})
        return client.get_feature_value("support-bot", "v1")

    return decide


def main():
    rounds = int(sys.argv[1])
    for name, package, make in [
        ("flagd in process", "openfeature-flagd-core", flagd),
        ("growthbook", "growthbook", growthbook),
    ]:
        decide, rates = make(), []
        for number in range(rounds):
            keys = [f"user-{number}-{index}@example.com" for index in range(DECISIONS)]
            start = time.process_time()
            canary = sum(decide(key) == "v2" for key in keys)
            rates.append(DECISIONS / (time.process_time() - start))
            # Held, so that nobody measures a library which decides nothing.
            assert 0.03 < canary / DECISIONS < 0.07, (name, canary)
        line = {"library": name, "version": version(package), "decisions_per_second": statistics.median(rates)}
        print(json.dumps(line), flush=True)


main()
