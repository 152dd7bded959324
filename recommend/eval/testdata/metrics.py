# Writes metrics.csv: what scikit-learn says of random lists.
#
#	apt-get install python3-sklearn && python3 metrics.py > metrics.csv
import csv, random, sys
import numpy as np
import sklearn
from sklearn import metrics

draw = random.Random(20261122)
print("# What scikit-learn", sklearn.__version__, "says of random lists of products, a letter each: see metrics.py.")
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["k", "targets", "list", "recall", "precision", "ndcg", "map", "hit_rate", "mrr"])
for case in range(300):
    n = draw.randint(3, 26)
    targets = sorted(draw.sample(range(n), draw.randint(1, min(n - 1, 8))))
    ranking = list(range(n))
    draw.shuffle(ranking)
    k = n if case % 3 == 0 else draw.randint(1, n)
    score, truth, top = np.zeros((1, n)), np.zeros((1, n), dtype=int), np.zeros(n, dtype=int)
    for place, product in enumerate(ranking):
        score[0, product] = n - place
    truth[0, targets], top[ranking[:k]] = 1, 1
    recall = metrics.recall_score(truth[0], top)
    precision = metrics.precision_score(truth[0], top)
    ndcg = metrics.ndcg_score(truth, score, k=k)
    # It knows the average precision of whole rankings only.
    ap = repr(float(metrics.average_precision_score(truth[0], score[0]))) if k == n else ""
    # The reciprocal rank is the average precision of the target that stands first, alone.
    first = 0.0
    for t in filter(lambda t: top[t], targets):
        one = np.zeros((1, n), dtype=int)
        one[0, t] = 1
        first = max(first, metrics.label_ranking_average_precision_score(one, score))
    name = lambda products: "".join(chr(97 + p) for p in products)
    out.writerow([k, name(targets), name(ranking[:k]), *map(lambda x: repr(float(x)), (recall, precision, ndcg)), ap, float(recall > 0), repr(float(first))])
