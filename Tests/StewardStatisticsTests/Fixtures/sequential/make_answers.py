"""Writes answers.json beside it: what gbstats, confseq and savvi say on a grid, for SequentialReferenceTests.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install gbstats confseq savvi
    /tmp/peers/bin/python Tests/StewardStatisticsTests/Fixtures/sequential/make_answers.py

confseq is built from source: it needs a C++ compiler, Ninja and Boost's headers (libboost-dev); where the pybind11 that
it pins is too old for the Python at hand: pip install 'pybind11<3' scikit-build ninja and --no-build-isolation.
"""

import json
import math
import warnings
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
from confseq.boundaries import (
    bernoulli_confidence_interval,
    beta_binomial_log_mixture,
    normal_log_mixture,
    normal_mixture_bound,
)
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import (
    ProportionStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    compute_theta,
)
from gbstats.utils import check_srm
from savvi.multinomial import Multinomial


def normal_mixture():
    for sides, variance, alpha, best in product(
        (1, 2), (1, 10, 100, 5000, 1e6, 1e9), (0.2, 0.05, 0.01, 1e-3, 1e-4), (10, 1000, 1e5)
    ):
        one = sides == 1
        row = [sides, variance, alpha, best, normal_mixture_bound(variance, alpha, best, alpha, one)]
        for z in (-2.0, 0, 1, 4):
            row.append(normal_log_mixture(z * math.sqrt(variance), variance, best, alpha, one))
        yield row


def rate_interval():
    for trials, share, alpha, best in product(
        (1, 2, 5, 50, 1000, 20000, 10**7), (0, 0.004, 0.02, 0.3, 0.5, 0.98, 1), (0.2, 0.1, 0.01, 0.001), (100, 1000)
    ):
        hits = round(share * trials)
        yield [hits, trials, alpha, best, *bernoulli_confidence_interval(hits, trials, alpha, best, alpha)]


def rate_evidence():
    for sides, trials, rate, share, alpha, best in product(
        (1, 2), (3, 10, 100, 5000), (0.01, 0.05, 0.4, 0.9), (0, 0.5, 0.8, 1, 1.1, 1.5, 3), (0.2, 0.1, 0.01, 0.001),
        (100, 1000)
    ):
        hits = min(trials, round(rate * share * trials))
        spread = rate * (1 - rate)
        yield [sides, hits, trials, rate, alpha, best,
               beta_binomial_log_mixture(hits - rate * trials, spread * trials, spread * best, rate, 1 - rate, alpha,
                                         sides == 1)]  # fmt: skip


def mean(count, average, variance):
    total = count * average
    return SampleMeanStatistic(n=count, sum=total, sum_squares=variance * (count - 1) + total * average)


def effect(control, treatment, alpha, tuning, relative):
    config = SequentialConfig(
        difference_type="relative" if relative else "absolute", alpha=alpha, sequential_tuning_parameter=tuning
    )
    test = SequentialTwoSidedTTest(control, treatment, config)
    return [test.point_estimate, *test.confidence_interval, float(test.p_value)]


def mean_effect():
    for first, average, variance, second, lift, wider, alpha, tuning, relative in product(
        (2, 30, 4000), (-3.0, 1.0, 12.5), (0.25, 49.0), (25, 10**7), (-0.5, -0.04, 0, 0.02), (1.69,),
        (0.2, 0.05, 0.001), (500, 5000), (0, 1)
    ):  # fmt: skip
        control = mean(first, average, variance)
        treatment = mean(second, average * (1 + lift), variance * wider)
        yield [first, control.mean, control.variance, second, treatment.mean, treatment.variance, alpha, tuning,
               relative, *effect(control, treatment, alpha, tuning, relative == 1)]  # fmt: skip


def rate_effect():
    for hits, trials, others, against, alpha, relative in product(
        (3, 40, 400), (500, 9000, 10**7), (9, 60, 390), (700, 10000), (0.2, 0.05, 0.001), (0, 1)
    ):
        control, treatment = ProportionStatistic(n=trials, sum=hits), ProportionStatistic(n=against, sum=others)
        yield [hits, trials, others, against, alpha, relative,
               *effect(control, treatment, alpha, 5000, relative == 1)]  # fmt: skip


def cuped(generator):
    for _ in range(60):
        arms = []
        for _ in range(2):
            count = int(generator.integers(20, 600))
            covariate = generator.normal(10, generator.uniform(0.5, 4), count)
            outcome = generator.uniform(-1, 1) * covariate + generator.normal(0, 2, count) + generator.uniform(-3, 3)
            arms.append([float(count), float(outcome.sum()), float((outcome**2).sum()), float(covariate.sum()),
                         float((covariate**2).sum()), float((outcome * covariate).sum())])  # fmt: skip
        adjusted = [
            RegressionAdjustedStatistic(
                n=int(sums[0]), post_pre_sum_of_products=sums[5], theta=0,
                post_statistic=SampleMeanStatistic(n=int(sums[0]), sum=sums[1], sum_squares=sums[2]),
                pre_statistic=SampleMeanStatistic(n=int(sums[0]), sum=sums[3], sum_squares=sums[4]),
            )
            for sums in arms
        ]  # fmt: skip
        theta = compute_theta(*adjusted)
        for arm in adjusted:
            arm.theta = theta
        yield [arms, [[arm.mean, arm.variance] for arm in adjusted]]


def sample_ratio(generator):
    yield [[0, 0], [1, 1], 1.0]
    yield [[1, 0], [0.5, 0.5], float(check_srm([1, 0], [0.5, 0.5]))]
    for shares, total, tilt in product(
        ([0.5, 0.5], [1, 1, 1], [0.1, 0.8, 0.1], [0.9, 0.1], [5, 1, 2, 2]), (2, 10, 1000, 30000, 10**7), (0, 0.02, 0.2)
    ):
        weights = np.array(shares) / sum(shares)
        weights[0] *= 1 + tilt
        counts = [int(count) for count in generator.multinomial(total, weights / weights.sum())]
        yield [counts, shares, float(check_srm(counts, shares))]


def sequential_sample_ratio(generator):
    for shares, tilt in product(([0.5, 0.5], [0.25, 0.25, 0.5], [0.125, 0.875], [0.125] * 8, [0.75, 0.25]),
                                (0, 0.03, 0.1, 0.5)):  # fmt: skip
        weights = np.array(shares)
        weights[0] *= 1 + tilt
        test = Multinomial(0.05, np.array(shares))
        counts, looks = np.zeros(len(shares), dtype=np.int64), []
        for new in (1, 9, 90, 400, 1500, 8000, 40000, 2000000):
            more = generator.multinomial(new, weights / weights.sum())
            counts += more
            test.update(more)
            test.p_value = np.minimum(test.p_value, test.calculate_p_value())
            looks.append([[int(count) for count in counts], float(test.p_value[0])])
        yield [shares, looks]


def main():
    # Peers square and divide beyond the range of doubles here and there; what comes out is right.
    warnings.simplefilter("ignore")
    generator = np.random.default_rng(6)
    answers = {
        "versions": {name: version(name) for name in ("gbstats", "confseq", "savvi")},
        "normal_mixture": list(normal_mixture()),
        "rate_interval": list(rate_interval()),
        "rate_evidence": list(rate_evidence()),
        "mean_effect": list(mean_effect()),
        "rate_effect": list(rate_effect()),
        "cuped": list(cuped(generator)),
        "sample_ratio": list(sample_ratio(generator)),
        "sequential_sample_ratio": list(sequential_sample_ratio(generator)),
    }
    lines = []
    for name, rows in answers.items():
        if name == "versions":
            lines.append(f'"{name}": {json.dumps(rows)}')
        else:
            rows = [[float(x) if isinstance(x, np.floating) else x for x in row] for row in rows]
            # Where a peer's numbers run over, it has no answer.
            rows = [row for row in rows if all(math.isfinite(x) for x in row if isinstance(x, float))]
            body = ",\n".join(json.dumps(row, allow_nan=False) for row in rows)
            lines.append(f'"{name}": [\n{body}]')
        print(f"{name}: {len(rows)}")
    Path(__file__).with_name("answers.json").write_text("{" + ",\n".join(lines) + "}\n")


main()
