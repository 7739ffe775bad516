"""Usage: price_calls.py ROUNDS

How many calls a second two Python libraries price, for the models and shapes of usage that `steward bench cost` prices.
Prints one line of JSON a library: its name, version and the median of the rounds, by time of the processor.
"""

import importlib.metadata
import json
import statistics
import sys
import time

CALLS = 4000
MODELS = [
    ("openai", "gpt-5"), ("openai", "gpt-4o-2024-08-06"), ("anthropic", "claude-sonnet-4-5"),
    ("google", "gemini-2.5-pro"), ("openai", "gpt-4o"), ("openai", "gpt-5-mini"),
]
SHAPES = [(1000 + shape * 300_000 // 7, 100 + shape, shape * 100) for shape in range(8)]
QUESTIONS = [(*model, *shape) for model in MODELS for shape in SHAPES]


def genai_prices():
    from genai_prices import Usage, calc_price

    def call(provider, model, tokens, output, cached):
        usage = Usage(input_tokens=tokens, output_tokens=output, cache_read_tokens=cached)
        return calc_price(usage, model_ref=model, provider_id=provider).total_price

    return call


def litellm():
    from litellm import cost_per_token

    prefixes = {"google": "gemini/"}

    def call(provider, model, tokens, output, cached):
        return sum(cost_per_token(
            model=prefixes.get(provider, "") + model, prompt_tokens=tokens, completion_tokens=output,
            cache_read_input_tokens=cached))

    return call


def rate(call):
    start = time.process_time()
    for number in range(CALLS):
        if not call(*QUESTIONS[number % len(QUESTIONS)]) > 0:
            sys.exit(f"no price for {QUESTIONS[number % len(QUESTIONS)]}")
    return CALLS / (time.process_time() - start)


for name, peer in (("genai-prices", genai_prices()), ("litellm", litellm())):
    median = statistics.median(rate(peer) for _ in range(int(sys.argv[1])))
    print(json.dumps({"library": name, "version": importlib.metadata.version(name), "calls_per_second": round(median)}))
