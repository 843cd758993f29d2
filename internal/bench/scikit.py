# Trains scikit-learn on fastText lines, and prints how long it takes to label others, and the first labels.
import json, sys, time
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC


def read(name):
    pairs = [line.rstrip("\n").split(" ", 1) for line in open(name, encoding="utf-8")]
    return [p[1] if len(p) > 1 else "" for p in pairs], [p[0] == "__label__true" for p in pairs]


texts, labels = read(sys.argv[1])
model = make_pipeline(
    make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, strip_accents="unicode"),
        TfidfVectorizer(ngram_range=(3, 5), analyzer="char_wb", sublinear_tf=True, strip_accents="unicode"),
    ),
    LinearSVC(C=0.1),
)
model.fit(texts, labels)
many, _ = read(sys.argv[2])
start = time.perf_counter()
said = model.predict(many)
seconds = time.perf_counter() - start
json.dump({"Version": sklearn.__version__, "Seconds": seconds, "Said": [bool(x) for x in said[: int(sys.argv[3])]]}, sys.stdout)
