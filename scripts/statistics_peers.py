"""Times other libraries on two files of numbers: statistics_peers.py REFERENCE CURRENT ROUNDS

Prints one line of JSON a case: {"case", "seconds"}, the median of the rounds. A library that is not installed is left
out.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")


def tell(case, rounds, work):
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"case": case, "seconds": sorted(seconds)[len(seconds) // 2]}), flush=True)


def scipy(paths, rounds):
    import pandas
    from scipy import stats

    def read():
        return [pandas.read_csv(path) for path in paths]

    reference, current = read()

    def report():
        for name in reference.columns:
            a, b = reference[name].to_numpy(), current[name].to_numpy()
            stats.ks_2samp(a, b, method="asymp")
            stats.anderson_ksamp([a, b])
            stats.cramervonmises_2samp(a, b, method="asymptotic")
            stats.mannwhitneyu(a, b)
            stats.wasserstein_distance(a, b)
            stats.energy_distance(a, b)

    def ks():
        for name in reference.columns:
            stats.ks_2samp(reference[name].to_numpy(), current[name].to_numpy(), method="asymp")

    tell("pandas, reading both files", rounds, read)
    tell("scipy, Kolmogorov-Smirnov alone, in memory", rounds, ks)
    tell("scipy, six statistics, in memory", rounds, report)


def evidently(paths, rounds):
    import pandas
    from evidently import Dataset, Report
    from evidently.presets import DataDriftPreset

    reference, current = (Dataset.from_pandas(pandas.read_csv(path)) for path in paths)
    tell("Evidently, DataDriftPreset, in memory", rounds, lambda: Report([DataDriftPreset()]).run(current, reference))


def main():
    paths, rounds = sys.argv[1:3], int(sys.argv[3])
    for peer in (scipy, evidently):
        try:
            peer(paths, rounds)
        except ImportError as error:
            print(f"left out: {error}", file=sys.stderr)


main()
