"""Writes bounds.json beside it: bounds of group sequential tests, for GroupSequentialTests.

    python3 -m venv .build/bounds && .build/bounds/bin/pip install spotify-confidence==4.1.0
    .build/bounds/bin/python Tests/StewardStatisticsTests/Fixtures/sequential/make_bounds.py

spotify-confidence knows the power family only. Bounds of all three families come from scipy besides: the multivariate
normal distribution, integrated as a whole, instead of look by look.
"""

import json
import math
import warnings
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm
from spotify_confidence.analysis.frequentist.sequential_bound_solver import bounds

EVEN = ([1.0], [0.5, 1.0], [1 / 3, 2 / 3, 1.0], [0.2, 0.4, 0.6, 0.8, 1.0], [i / 20 for i in range(1, 21)])
UNEVEN = ([0.1, 0.15, 0.6, 1.0], [0.3, 0.9, 1.0], [0.05, 0.5, 0.55, 0.6, 0.97], [0.7, 0.8])


def spotify():
    """alpha of both sides, exponent, fractions, bounds."""
    for alpha, exponent, fractions in product((0.2, 0.05, 0.01, 0.002), (1.0, 2.0, 3.0), EVEN + UNEVEN):
        found = bounds(np.array(fractions), alpha, exponent, 8, 2).bounds
        yield [alpha, exponent, fractions, [float(bound) for bound in found]]


def spend(family, alpha, t):
    if family == "obrien_fleming":
        return 2 * norm.sf(norm.isf(alpha / 2) / math.sqrt(t))
    if family == "pocock":
        return alpha * math.log(1 + (math.e - 1) * t)
    return alpha * t**2


def whole(family, alpha, fractions):
    """Bounds of one side, each solved in the joint distribution of all looks so far."""
    found = []
    for look in range(1, len(fractions) + 1):
        t = np.array(fractions[:look])
        covariance = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
        inside = 1 - spend(family, alpha, t[-1])
        if look == 1:
            found.append(float(norm.ppf(inside)))
            continue

        def excess(bound):
            cdf = multivariate_normal.cdf(
                np.array([*found, bound]), cov=covariance, maxpts=4_000_000, abseps=1e-10, releps=1e-10,
                rng=np.random.default_rng(6),
            )
            return cdf - inside

        found.append(float(brentq(excess, 0.5, 8, xtol=1e-9)))
    return found


def scipy_rows():
    """family, alpha of both sides, fractions, bounds."""
    for family, alpha, fractions in product(
        ("obrien_fleming", "pocock", "power"), (0.1, 0.05), ([0.5, 1.0], [1 / 3, 2 / 3, 1.0], [0.25, 0.3, 0.9])
    ):
        yield [family, alpha, fractions, whole(family, alpha / 2, fractions)]


def main():
    warnings.simplefilter("ignore")
    answers = {
        "versions": {name: version(name) for name in ("spotify-confidence", "scipy")},
        "spotify": list(spotify()),
        "scipy": list(scipy_rows()),
    }
    lines = []
    for name, rows in answers.items():
        body = json.dumps(rows) if name == "versions" else "[\n" + ",\n".join(json.dumps(row) for row in rows) + "]"
        lines.append(f'"{name}": {body}')
        print(f"{name}: {len(rows)}")
    Path(__file__).with_name("bounds.json").write_text("{" + ",\n".join(lines) + "}\n")


main()
