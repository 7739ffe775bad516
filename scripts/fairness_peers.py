"""Times other libraries on a file of decisions: fairness_peers.py FILE ROUNDS [--bootstrap]

Prints one line of JSON a case: {"case", "seconds"}, the median of the rounds. A library that is not installed is left
out. The rows are read before the clock starts.
"""

import json
import logging
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)  # of parts that nobody installed

import pandas as pd  # noqa: E402


def tell(case, rounds, work):
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"case": case, "seconds": sorted(seconds)[len(seconds) // 2]}), flush=True)


def fairlearn(rows, rounds, bootstrap):
    from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate
    from fairlearn.metrics import true_positive_rate
    from sklearn.metrics import accuracy_score, precision_score

    metrics = {
        "selection_rate": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate,
        "fnr": false_negative_rate, "ppv": precision_score, "accuracy": accuracy_score,
    }

    def audit(names, **options):
        frame = MetricFrame(
            metrics=metrics, y_true=rows.y_true, y_pred=rows.y_pred, sensitive_features=rows[names], **options)
        return frame.by_group, frame.difference(), frame.ratio()

    tell("fairlearn, 10 groups, rates without intervals", rounds, lambda: audit(["group"]))
    tell("fairlearn, 40 intersections, rates without intervals", rounds, lambda: audit(["group", "column"]))
    if bootstrap:
        tell("fairlearn, 10 groups, bootstrap of 100", 1,
             lambda: audit(["group"], n_boot=100, ci_quantiles=[0.025, 0.975], random_state=1))


def aif360(rows, rounds):
    from aif360.sklearn.metrics import base_rate, disparate_impact_ratio, equal_opportunity_difference
    from aif360.sklearn.metrics import average_odds_difference, statistical_parity_difference

    measures = [
        disparate_impact_ratio, statistical_parity_difference, equal_opportunity_difference, average_odds_difference,
    ]

    def audit(groups):
        truth = pd.Series(rows.y_true.to_numpy(), index=groups)
        answers = pd.Series(rows.y_pred.to_numpy(), index=groups)
        base_rate(truth)
        for group in groups.unique():
            for measure in measures:
                measure(truth, answers, prot_attr=groups.name, priv_group=group)

    tell("aif360, 10 groups, four measures without intervals", rounds, lambda: audit(pd.Index(rows.group, name="g")))
    both = pd.Index(rows.group + rows.column, name="g")
    tell("aif360, 40 intersections, the same", rounds, lambda: audit(both))


def main():
    rows, rounds = pd.read_csv(sys.argv[1], dtype={"group": object, "column": object}), int(sys.argv[2])
    for peer in (lambda: fairlearn(rows, rounds, "--bootstrap" in sys.argv), lambda: aif360(rows, rounds)):
        try:
            peer()
        except ImportError as error:
            print(f"left out: {error}", file=sys.stderr)


main()
