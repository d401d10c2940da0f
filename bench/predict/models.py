"""Makes what predict's bench serves: `predict_models.py HISTORY DIRECTORY SERIES,...`, with scikit-learn.

Random forests, fitted on the history, are written twice: as scikit-learn's pickle for the peers, and, the very same
trees, as the artifact that predict reads. So both sides must give the same probabilities. In DIRECTORY there is then a
directory per size of forest with `objects/` as in the bucket and `items.json` as in the registry table, and one with
many versions of one series; and `mlflow/`, the first forest as MLflow keeps it, with `row.json`, a feature row as its
scoring server takes it. The bars are the history's, moved in time so that they end today.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import struct
import sys
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow.sklearn
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from bench.features import peer as features_peer

# As many as ingest writes.
WINDOW = features_peer.WINDOW + 50
STEP = 86_400
# Trees, depth, and rows in a leaf.
Size = tuple[int, int | None, int]
# By the name of the directory; the first is what a search of learn's usually finds, the last is near the limit of nodes.
TREES: dict[str, Size] = {"usual": (100, 5, 20), "large": (300, 8, 5)}
VERSIONS = 12
FORMAT, LEAF = 2, 65_535
NO_EDGE = {"verdict": "none", "brier_skill": 0.0, "brier_skill_ci": None, "n": 0}


def rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def current(bars: pd.DataFrame) -> pd.DataFrame:
    """The same bars, the last of which closed at the last midnight."""
    last = int(bars.index.as_unit("s").asi8[-1])
    return bars.set_axis(bars.index + pd.Timedelta(seconds=now() // STEP * STEP - STEP - last))


def fit(
    bars: pd.DataFrame, trees: int, depth: int | None, leaf: int, seed: int
) -> tuple[RandomForestClassifier, float]:
    rows = features_peer.features(bars, STEP)
    close = bars["close"]
    later = close.shift(-1).reindex(rows.index)
    rows, later = rows[later.notna()], later.dropna()
    up = (later > close.reindex(later.index)).to_numpy()
    forest = RandomForestClassifier(trees, max_depth=depth, min_samples_leaf=leaf, n_jobs=1, random_state=seed)
    return forest.fit(rows, up), float(up.mean())


def tree_arrays(tree: Any) -> tuple[list[int], list[int], list[float], list[float]]:
    """A tree level by level, so that a split's children stand side by side: feature, left child, threshold or share of
    `up`, and weight."""
    order, left = [0], []
    waiting = deque([0])
    while waiting:
        node = waiting.popleft()
        if tree.children_left[node] < 0:
            left.append(0)
            continue
        left.append(len(order))
        children = [tree.children_left[node], tree.children_right[node]]
        order += children
        waiting += children
    split = [tree.children_left[node] >= 0 for node in order]
    feature = [int(tree.feature[node]) if inner else LEAF for node, inner in zip(order, split)]
    value = [
        float(tree.threshold[node]) if inner else float(tree.value[node, 0, 1] / tree.value[node, 0].sum())
        for node, inner in zip(order, split)
    ]
    return feature, left, value, [float(tree.weighted_n_node_samples[node]) for node in order]


@dataclass(frozen=True)
class Version:
    """A fitted forest and what the registry knows of it. Each version of a series is fitted on a little less, has
    another band and was trained at another time, so that all its fields tell it from the others."""

    series: str
    number: int
    trained_at: str
    base_rate: float
    forest: RandomForestClassifier


def artifact(version: Version) -> bytes:
    """The file that shared/model/src/format.rs describes."""
    roots, arrays = [], ([], [], [], [])
    for estimator in version.forest.estimators_:
        feature, left, value, cover = tree_arrays(estimator.tree_)
        start = len(arrays[0])
        roots.append(start)
        for array, values in zip(arrays, (feature, [place and place + start for place in left], value, cover)):
            array += values
    nodes = len(arrays[0])
    header = json.dumps(
        {
            "series": version.series,
            "run": "bench",
            "feature_set": "v2",
            "feature_names": list(version.forest.feature_names_in_),
            "trained_at": version.trained_at,
            "trained_through": version.trained_at,
            "base_rate": version.base_rate,
            "edge": NO_EDGE,
            "band_half_width": 0.1 + version.number / 100,
            "calibration": {"platt": {"slope": 1.0, "intercept": 0.0}},
            "shrinkage": 1.0,
            "members": [{"family": "random_forest", "weight": 1.0, "trees": len(roots), "nodes": nodes}],
        }
    ).encode()
    types = ("<u4", "<u2", "<u4", "<f8", "<f4")
    numbers = b"".join(np.array(values, dtype=of).tobytes() for of, values in zip(types, (roots, *arrays)))
    return b"WVMA" + struct.pack("<II", FORMAT, len(header)) + header + numbers


def attribute(value: Any) -> dict[str, Any]:
    """A value as DynamoDB writes it."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": repr(value)}
        case str():
            return {"S": value}
        case list():
            return {"L": [attribute(one) for one in value]}
    return {"M": {name: attribute(one) for name, one in value.items()}}


def item(pk: str, sk: str, record: dict[str, Any]) -> dict[str, Any]:
    return {name: attribute(value) for name, value in {"pk": pk, "sk": sk, **record}.items()}


def registered(version: Version, model: bytes) -> list[dict[str, Any]]:
    """The version; and the alias, which names the first."""
    partition, number = f"SERIES#{version.series}", version.number
    record = {
        "series": version.series,
        "version": number,
        "run": "bench",
        "family": "random_forest",
        "artifact_key": f"models/{version.series}/{number}/model.wvm",
        "drift_key": None,
        "sha256": hashlib.sha256(model).hexdigest(),
        "format": FORMAT,
        "trained_at": version.trained_at,
        "registered_at": version.trained_at,
        "status": "champion" if number == 1 else "candidate",
        "edge": NO_EDGE,
        "base_rate": version.base_rate,
        "evaluation": {},
        "verdict": None,
    }
    alias = {"version": 1, "previous": None, "revision": 1, "since": version.trained_at}
    items = [item(partition, f"VERSION#{number:06}", record)]
    return items + [item(partition, "ALIAS#champion", alias)] if number == 1 else items


def window(bars: pd.DataFrame) -> list[dict[str, Any]]:
    times = bars.index.as_unit("s").asi8
    return [{"time": rfc3339(int(time)), **row} for time, row in zip(times, bars.to_dict("records"))]


def fitted(bars: pd.DataFrame, series: str, number: int, size: Size) -> Version:
    forest, base_rate = fit(bars.iloc[10 * number :], *size, seed=number)
    return Version(series, number, rfc3339(now() // STEP * STEP - 60 * number), base_rate, forest)


def write(directory: Path, bars: pd.DataFrame, versions: list[Version]) -> None:
    """A bucket and a registry."""
    items = []
    for version in versions:
        model = artifact(version)
        path = directory / "objects" / "models" / version.series / str(version.number) / "model.wvm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model)
        path.with_name("model.pickle").write_bytes(pickle.dumps(version.forest))
        items += registered(version, model)
    (directory / "items.json").write_text(json.dumps(items))
    content = {"symbol": "ETH-USD", "interval": "1d", "source": "coinbase", "updated_at": rfc3339(now())}
    path = directory / "objects" / "window" / "ETH-USD" / "1d.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content | {"bars": window(bars.iloc[-WINDOW:])}))


def write_mlflow(directory: Path, bars: pd.DataFrame, forest: RandomForestClassifier) -> None:
    row = features_peer.features(bars.iloc[-WINDOW:], STEP).tail(1)
    mlflow.sklearn.save_model(
        forest,
        directory / "mlflow",
        signature=mlflow.models.infer_signature(row, forest.predict_proba(row)),
        pyfunc_predict_fn="predict_proba",
        # A forest that this process has grown.
        skops_trusted_types=["sklearn.tree._tree.Tree"],
    )
    (directory / "row.json").write_text(json.dumps({"dataframe_split": row.to_dict("split", index=False)}))


def main() -> None:
    history, directory, series = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(",")
    bars = current(features_peer.read(str(history)))
    for name, size in TREES.items():
        first = fitted(bars, series[0], 1, size)
        slugs = series if name == "usual" else series[:1]
        write(directory / name, bars, [replace(first, series=slug) for slug in slugs])
        if name == "usual":
            write_mlflow(directory, bars, first.forest)
    versions = [fitted(bars, series[0], 1 + place, TREES["usual"]) for place in range(VERSIONS)]
    write(directory / "versions", bars, versions)


if __name__ == "__main__":
    main()
