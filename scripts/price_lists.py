"""Writes the price lists from the price data of two Python packages; scripts/update-prices calls it and says how."""

import argparse
import decimal
import json
import pathlib
import re
import sys
import types
import zipfile

from price_files import FOLDER, fail, read, write

LITELLM_TABLE = "litellm/model_prices_and_context_window_backup.json"

# file: (providers of litellm, provider of genai-prices, other names that events give it, makes its models itself)
PROVIDERS = {
    "openai": (["openai", "text-completion-openai"], "openai", [], True),
    "anthropic": (["anthropic"], "anthropic", [], True),
    "google": (
        ["gemini", "vertex_ai", "vertex_ai-language-models", "vertex_ai-embedding-models",
         "vertex_ai-anthropic_models", "vertex_ai-mistral_models", "vertex_ai-llama_models"],
        "google",
        ["gemini", "gcp.gemini", "gcp.gen_ai", "gcp.vertex_ai", "vertex_ai", "vertexai", "google_genai",
         "google-vertex", "vertex_ai-language-models", "vertex_ai-anthropic_models"],
        True,
    ),
    "mistral": (["mistral"], "mistral", ["mistral_ai", "mistralai"], True),
    "azure": (["azure", "azure_text", "azure_ai"], "azure",
              ["azure_ai", "az.ai.openai", "az.ai.inference", "azure.ai.openai", "azure.ai.inference", "azure_openai"],
              False),
    "aws": (["bedrock", "bedrock_converse", "amazon_nova"], "aws",
            ["aws.bedrock", "bedrock", "bedrock_converse", "aws_bedrock", "amazon", "amazon-bedrock"], False),
    "deepseek": (["deepseek"], "deepseek", [], True),
    "x-ai": (["xai"], "x-ai", ["xai", "x_ai"], True),
    "groq": (["groq"], "groq", [], False),
    "cohere": (["cohere", "cohere_chat"], "cohere", ["cohere_chat"], True),
    "perplexity": (["perplexity"], "perplexity", [], False),
    "together": (["together_ai"], "together", ["together_ai", "together-ai", "togetherai"], False),
    "fireworks": (["fireworks_ai"], "fireworks", ["fireworks_ai", "fireworks-ai"], False),
    "cerebras": (["cerebras"], "cerebras", [], False),
    "moonshotai": (["moonshot"], "moonshotai", ["moonshot", "moonshot_ai"], True),
    "zai": (["zai"], "zai", ["z_ai", "z-ai"], True),
    "minimax": (["minimax"], "minimax", [], True),
    "voyageai": (["voyage"], "voyageai", ["voyage"], True),
}

# our key: litellm's, behind which a context length and a tier may stand
TOKENS = {
    "input": "input_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "audio_input": "input_cost_per_audio_token",
    "cached_audio_input": "cache_read_input_audio_token_cost",
    "image_input": "input_cost_per_image_token",
    "output": "output_cost_per_token",
    "reasoning": "output_cost_per_reasoning_token",
    "audio_output": "output_cost_per_audio_token",
    "image_output": "output_cost_per_image_token",
}
# our key: genai-prices', for the periods before the present one
HISTORY = {
    "input": "input_mtok", "cached_input": "cache_read_mtok", "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok", "audio_input": "input_audio_mtok",
    "cached_audio_input": "cache_audio_read_mtok", "output": "output_mtok", "audio_output": "output_audio_mtok",
}
TIERS = {"batch": "_batches", "flex": "_flex", "priority": "_priority"}
ABOVE = re.compile(r"_above_(\d+)k_tokens$")


def unpack(wheel, folder):
    """Where the tables of a wheel lie now, and its version."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [one for one in archive.namelist() if one.endswith((".json", ".py"))])
    return pathlib.Path(wheel).name.split("-")[1]


def figure(value, scale=6):
    """A rate as decimal text of dollars per million tokens; None where it needs more than six decimals."""
    number = decimal.Decimal(repr(value) if isinstance(value, float) else str(value)).scaleb(scale).normalize()
    if number < 0 or number.as_tuple().exponent < -6:
        return None
    return format(number, "f")


def rates(entry, suffix="", fallback=None):
    """One set of rates; what a longer context does not restate stays as it was, as litellm charges it."""
    found = {}
    for key, name in TOKENS.items():
        value = entry.get(name + suffix)
        if value is not None and figure(value) is not None:
            found[key] = figure(value)
    if found and fallback:
        found = {key: found.get(key, fallback.get(key)) for key in TOKENS if key in found or key in fallback}
    return found


def schedule(entry, tier=""):
    """Rates with those for longer contexts below `above`; empty where a tier is not offered."""
    base = rates(entry, tier)
    if "input" not in base:
        return {}
    # A whole that the list gives no discount for costs what its kind costs.
    if "output" in base and not tier:
        for key in ("cached_input", "cache_write"):
            base.setdefault(key, "same")
    if entry.get("supports_audio_input") and not tier:
        base.setdefault("audio_input", "same")
        # Where nothing is spoken, what is said to be audio is output like any other.
        if not entry.get("supports_audio_output"):
            base.setdefault("audio_output", "same")
    limits = sorted({int(found[1]) for key in entry
                     if (found := ABOVE.search(key.removesuffix(tier) if tier else key))
                     and (not tier or key.endswith(tier)) and entry[key] is not None})
    above = {}
    for limit in limits:
        longer = rates(entry, f"_above_{limit}k_tokens{tier}", base)
        if longer:
            above[str(limit * 1000)] = longer
    return base | ({"above": above} if above else {})


def period(entry):
    result = schedule(entry)
    for name, suffix in TIERS.items():
        found = schedule(entry, suffix)
        if found:
            result[name] = found
    result |= off_peak(entry)
    for ours, theirs in (("request", "input_cost_per_request"), ("image", "output_cost_per_image")):
        value = entry.get(theirs)
        if isinstance(value, (int, float)) and value > 0 and not (ours == "image" and "image_output" in result):
            result[ours] = figure(value, 0) or format(decimal.Decimal(repr(value)), "f")
    search = entry.get("search_context_cost_per_query")
    if isinstance(search, dict) and (medium := search.get("search_context_size_medium")):
        result["web_search"] = format(decimal.Decimal(repr(medium)), "f")
    return result


def windows(rows):
    """litellm's hours and weekdays, which begin with 1 for Monday, as lines of a list."""
    names, lines = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], []
    for row in rows:
        days = sorted(row.get("weekdays") or range(1, 8))
        if days != list(range(days[0], days[-1] + 1)):
            fail(f"off-peak days that do not follow on one another: {days}")
        first, last = names[days[0] - 1], names[days[-1] - 1]
        span = "daily" if len(days) == 7 else first if first == last else f"{first}-{last}"
        hours = row["hours_utc"]
        for one in [hours] if isinstance(hours, str) else hours:
            lines.append(f"{span} {re.sub('-00:00$', '-24:00', one)}")
    return lines


def off_peak(entry):
    terms = entry.get("off_peak_pricing")
    if not terms:
        return {}
    cheaper = schedule({key: value for key, value in (entry | terms).items() if not ABOVE.search(key)})
    return {"off_peak": {"windows": windows(terms["windows"])} | cheaper}


def wanted(entry, provider, name):
    rate = entry.get("input_cost_per_token")
    if entry.get("tiered_pricing") or not isinstance(rate, (int, float)) or figure(rate) is None:
        return False
    if rate > 0:
        return True
    # Zero may mean "not known": free is what both packages say is free.
    model = provider and not entry.get("output_cost_per_token") and provider.find_model(name.split("/")[-1])
    price = model and not isinstance(model.prices, list) and model.prices
    return bool(price) and not price.input_mtok and not price.output_mtok


def collect(table, sources, provider):
    """Names to periods: the bare name where it is not taken, and the name behind its provider."""
    found = {}
    for source in sources:
        for key, entry in table.items():
            if entry.get("litellm_provider") != source or not wanted(entry, provider, key):
                continue
            rate = period(entry)
            head, _, rest = key.partition("/")
            mark = source.split("-")[0]
            if rest and head in (source, mark, "azure", "azure_ai", "bedrock", "gemini", "vertex_ai", "amazon-nova"):
                found.setdefault(rest, rate)
            found.setdefault(key, rate)
    return found


def dollars(price):
    """Rates of genai-prices in our keys; empty where they have a shape that a list cannot say."""
    found, above = {}, {}
    for key, theirs in HISTORY.items():
        value = getattr(price, theirs, None)
        if value is None:
            continue
        tiers = getattr(value, "tiers", [])
        found[key] = figure(value.base if tiers else value, 0)
        for tier in tiers:
            above.setdefault(str(tier.start), {})[key] = figure(tier.price, 0)
    if not found.get("input") or None in found.values() or float(found["input"]) == 0:
        return {}
    if "output" in found:
        for key in ("cached_input", "cache_write"):
            found.setdefault(key, "same")
    longer = {start: {key: one.get(key, found.get(key)) for key in TOKENS if key in one or key in found}
              for start, one in sorted(above.items(), key=lambda one: int(one[0]))}
    return found | ({"above": longer} if longer else {})


def timeline(model):
    """The periods of a model of genai-prices; none where its price hangs on more than the day."""
    listed = model.prices if isinstance(model.prices, list) else None
    if listed is None:
        return [found] if (found := dollars(model.prices)) else []
    periods = []
    for one in listed:
        if one.constraint is not None and not hasattr(one.constraint, "start_date"):
            return []
        found = dollars(one.prices)
        if not found:
            return []
        start = {"from": one.constraint.start_date.isoformat()} if one.constraint else {}
        periods.append(start | found)
    return periods


def dated_periods(provider, name, present, date):
    """The present rates with the periods before and after them, where genai-prices knows the days."""
    model = provider and provider.find_model(name.split("/")[-1])
    periods = timeline(model) if model else []

    current = max((index for index, one in enumerate(periods) if one.get("from", "") <= date), default=None)
    if current is None or len(periods) < 2:
        return [present]
    if same_charge(periods[current], present):
        start = {"from": periods[current]["from"]} if "from" in periods[current] else {}
        return periods[:current] + [start | present] + periods[current + 1:]
    # These are the rates of an earlier period: the other package knows of a later change.
    return periods if any(same_charge(one, present) for one in periods[:current]) else [present]


def clauses(match):
    """The names that a rule of genai-prices spells out."""
    for attribute in ("equals", "starts_with"):
        if value := getattr(match, attribute, None):
            yield value
    for one in getattr(match, "or_", None) or []:
        yield from clauses(one)


def retired(provider, present):
    """Models that only genai-prices lists: name → (aliases, periods)."""
    result, taken = {}, set(present)
    for model in provider.models if provider else []:
        names = [one for one in dict.fromkeys([model.id, *clauses(model.match)]) if one not in taken]
        periods = timeline(model)
        if names and periods and model.id not in present:
            result[names[0]] = (names[1:], periods)
            taken.update(names)
    return result


def groups(found):
    """Models whose names belong together and whose rates are the same: [(name, aliases)]."""
    result, taken = [], set()
    for name in sorted(found, key=lambda one: (len(one), one)):
        if name in taken:
            continue
        rest = [one for one in found if one != name and one not in taken]
        aliases = [one for one in rest if name in one and found[one] == found[name]]
        taken.update(aliases, [name])
        result.append((name, sorted(aliases)))
    return sorted(result)


def same_charge(one, other):
    return all(one.get(key) == other.get(key) for key in ("input", "output"))


def without_day(one):
    return {key: value for key, value in one.items() if key != "from"}


def update(file, table, providers, date, source):
    sources, genai, aliases, maker = PROVIDERS[file]
    path = FOLDER / f"{file}.yaml"
    old = read(path)
    listed = {one: name for name, model in old.items() for one in [name, *model["aliases"]]}
    found = collect(table, sources, providers.get(genai))
    models, added, changed = {}, 0, 0
    for name, others in groups(found):
        earlier = old.get(listed.get(name, ""))
        if earlier:
            periods = earlier["periods"]
            # A rate of the past is none of today: the table of names is behind then, and the list stays as it is.
            begun = [one for one in periods if one.get("from", "") <= date]
            behind = any(same_charge(one, found[name]) for one in begun[:-1])
            if not behind and without_day(begun[-1]) != found[name]:
                later = [one for one in periods if one.get("from", "") > date]
                before = [one for one in begun if one.get("from") != date]
                periods = before + [{"from": date} | found[name]] + later
                changed += 1
        else:
            periods = dated_periods(providers.get(genai), name, found[name], date)
            added += 1
        snapshot = re.compile(re.escape(name) + r"-(\d{4}-\d{2}-\d{2}|\d{8})")
        dated = maker and not any(snapshot.fullmatch(one) and found[one] != found[name] for one in found)
        models[name] = {"aliases": others, "dated": dated, "periods": periods}
    present = {one for name, model in models.items() for one in [name, *model["aliases"]]}
    for name, (others, periods) in retired(providers.get(genai), present).items():
        if name not in listed:
            models[name] = {"aliases": others, "dated": maker, "periods": periods}
            present.update([name, *others])
            added += 1
    for name, model in old.items():
        model["aliases"] = [one for one in model["aliases"] if one not in present]
        if name not in present:
            models[name] = model
    write(file, models, aliases, maker, date, source)
    return len(models), added, changed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("litellm")
    parser.add_argument("genai_prices")
    parser.add_argument("folder")
    parser.add_argument("date")
    options = parser.parse_args()
    folder = pathlib.Path(options.folder)
    litellm, genai = unpack(options.litellm, folder), unpack(options.genai_prices, folder)
    table = json.loads((folder / LITELLM_TABLE).read_text())
    # Only the table: the package itself wants to talk to the network.
    module = types.ModuleType("genai_prices")
    module.__path__ = [str(folder / "genai_prices")]
    sys.modules["genai_prices"] = module
    from genai_prices.data import providers as known  # pylint: disable=import-error,import-outside-toplevel
    providers = {one.id: one for one in known}
    source = [
        f"Figures of the Python packages litellm {litellm} (names, rates, tiers) and genai-prices {genai}",
        f"(the days on which rates changed), taken on {options.date}.",
    ]
    print(f"{'list':<12} {'models':>7} {'added':>7} {'changed':>8}")
    for file in PROVIDERS:
        models, added, changed = update(file, table, providers, options.date, source)
        print(f"{file:<12} {models:>7} {added:>7} {changed:>8}")


if __name__ == "__main__":
    main()
