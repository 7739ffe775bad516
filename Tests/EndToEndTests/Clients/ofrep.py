"""Asks a daemon through the OpenFeature SDK and its OFREP provider, and prints what a caller would see as JSON."""

import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

base, token = sys.argv[1], sys.argv[2]


def client(secret):
    headers = lambda: {"Authorization": f"Bearer {secret}"}  # noqa: E731
    api.set_provider(OFREPProvider(base, headers_factory=headers))
    return api.get_client()


def shown(details):
    return {
        "value": details.value,
        "reason": str(getattr(details.reason, "value", details.reason)),
        "variant": details.variant,
        "error": getattr(details.error_code, "value", details.error_code),
        "metadata": dict(details.flag_metadata or {}),
    }


known = client(token)
caller = EvaluationContext(targeting_key="jack", attributes={"plan": "free"})
answers = {
    "static": known.get_string_details("one-version", "built-in", caller),
    "split": known.get_string_details("fractional-flag", "built-in", caller),
    "target": known.get_string_details(
        "fractional-flag", "built-in", EvaluationContext("jack", {"plan": "beta", "age": 7, "staff": True})
    ),
    "object": known.get_object_details("one-version:spec", {"built": "in"}, caller),
    "no_key": known.get_string_details("fractional-flag", "built-in", EvaluationContext(attributes={"plan": "x"})),
    "wrong_type": known.get_boolean_details("one-version", False, caller),
    "unknown": known.get_string_details("no-such-flag", "built-in", caller),
    "disabled": known.get_string_details("switched-off", "built-in", caller),
    "staging": known.get_string_details(
        "one-version", "built-in", EvaluationContext("jack", {"environment": "staging"})
    ),
}
answers = {name: shown(details) for name, details in answers.items()}
answers["stranger"] = shown(client("stw_wrong").get_string_details("one-version", "built-in", caller))
print(json.dumps(answers))
