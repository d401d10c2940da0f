"""Models of predict's bench, by scikit-learn: `python -m bench.predict.models HISTORY DIRECTORY SERIES,...`.

Random forests are fitted on the history and written twice: as scikit-learn's pickle for the peers, and with the same trees as
the artifact that predict reads, so that both sides must give the same probabilities. DIRECTORY then has a directory per size
of forest, with `objects/` as in the bucket and `items.json` as in the registry table; one with many versions of one series;
and `mlflow/`, the first forest in MLflow's format, with `row.json`, a feature row for its scoring server. The bars are those
of the history, moved in time so that they end today.
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

# Number of bars that ingest writes.
WINDOW = features_peer.WINDOW + 275
STEP = 86_400
# Number of trees, maximal depth, minimal rows in a leaf.
Size = tuple[int, int | None, int]
# Sizes by the name of the directory: the usual result of a search, and one near the limit of nodes.
TREES: dict[str, Size] = {"usual": (100, 5, 20), "large": (300, 8, 5)}
VERSIONS = 12
FORMAT, LEAF = 4, 65_535
LEVELS = [0.01, 0.025, *(level / 20 for level in range(1, 20)), 0.975, 0.99]
"""Levels of the quantiles."""
RANGES, RISE_AND_FALL, WEEKDAYS = 4, 2, 7
"""Inputs of a range regression of days. The days of the week are none for whole weeks."""
NO_EDGE = {"verdict": "none", "brier_skill": 0.0, "brier_skill_ci": None, "n": 0}
NO_SKILL = {"verdict": "none", "crps_skill": 0.0, "crps_skill_ci": None, "n": 0, "coverage_80": None}


def rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def current(bars: pd.DataFrame) -> pd.DataFrame:
    """Bars moved in time, so that the last one closed at the last midnight."""
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
    """Feature, left child, threshold or share of `up`, and weight of the nodes of a tree, level by level, so that the
    children of a split are adjacent."""
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
    feature = [int(tree.feature[node]) if inner else LEAF for node, inner in zip(order, split, strict=True)]
    value = [
        float(tree.threshold[node]) if inner else float(tree.value[node, 0, 1] / tree.value[node, 0].sum())
        for node, inner in zip(order, split, strict=True)
    ]
    return feature, left, value, [float(tree.weighted_n_node_samples[node]) for node in order]


@dataclass(frozen=True)
class Version:
    """Fitted forest with its registry fields. Each version of a series is fitted on fewer bars, has another band and
    another training time, so that all fields differ between versions."""

    series: str
    number: int
    trained_at: str
    base_rate: float
    forest: RandomForestClassifier
    bars: pd.DataFrame


def distribution(version: Version) -> dict[str, Any]:
    """Distribution of the move by a range regression of plausible coefficients, which costs predict what a fitted one does."""
    bars, horizon = version.bars, int(version.series.rpartition("-h")[2])
    moves = np.log(bars["close"]).diff(horizon).dropna().to_numpy()
    log_range = float(np.log(np.log(bars["high"] / bars["low"]).clip(lower=1e-5)).mean())
    quantiles, scale = np.quantile(moves, LEVELS), float(moves.std())
    others = RISE_AND_FALL + (WEEKDAYS if horizon % WEEKDAYS else 0)
    member = {
        "weights": [1.0] * len(LEVELS),
        "scale": {
            "family": "range",
            "intercept": float(np.log(scale)),
            "means": [log_range] * RANGES + [0.0] * others,
            "slopes": [0.2] * RANGES + [0.0] * others,
        },
        "mean_log_scale": float(np.log(scale)),
        "log_scale_range": [float(np.log(scale)) - 3.0, float(np.log(scale)) + 3.0],
        "residuals": list(quantiles / scale),
    }
    return {
        "run": "bench",
        "trained_through": version.trained_at,
        "evidence": NO_SKILL,
        "climatology": list(quantiles),
        "model": {"members": [member], "adaptation_step": 0.02},
    }


def artifact(version: Version) -> bytes:
    """Artifact in the format that shared/model/src/format.rs describes."""
    roots: list[int] = []
    arrays: list[list[float]] = [[], [], [], []]
    for estimator in version.forest.estimators_:
        feature, left, value, cover = tree_arrays(estimator.tree_)
        start = len(arrays[0])
        roots.append(start)
        columns: tuple[Any, ...] = (feature, [child and child + start for child in left], value, cover)
        for array, values in zip(arrays, columns, strict=True):
            array += values
    nodes, features = len(arrays[0]), version.forest.n_features_in_
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
            # Any bar is within the range, so that no forecast warns of novel features.
            "trained_range": {"low": [-1e9] * features, "high": [1e9] * features, "threshold": 1.0},
            "distribution": distribution(version),
        }
    ).encode()
    types = ("<u4", "<u2", "<u4", "<f8", "<f4")
    numbers = b"".join(
        np.array(values, dtype=kind).tobytes() for kind, values in zip(types, (roots, *arrays), strict=True)
    )
    return b"WVMA" + struct.pack("<II", FORMAT, len(header)) + header + numbers


def attribute(value: Any) -> dict[str, Any]:
    """Value in the format of DynamoDB."""
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
            return {"L": [attribute(element) for element in value]}
    return {"M": {name: attribute(field) for name, field in value.items()}}


def item(pk: str, sk: str, record: dict[str, Any]) -> dict[str, Any]:
    return {name: attribute(value) for name, value in {"pk": pk, "sk": sk, **record}.items()}


def registered(version: Version, model: bytes) -> list[dict[str, Any]]:
    """Registry items of a version, and for the first one the alias."""
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
    return [*items, item(partition, "ALIAS#champion", alias)] if number == 1 else items


def window(bars: pd.DataFrame) -> list[dict[str, Any]]:
    times = bars.index.as_unit("s").asi8
    return [{"time": rfc3339(int(time)), **row} for time, row in zip(times, bars.to_dict("records"), strict=True)]


def fitted(bars: pd.DataFrame, series: str, number: int, size: Size) -> Version:
    own = bars.iloc[10 * number :]
    forest, base_rate = fit(own, *size, seed=number)
    return Version(series, number, rfc3339(now() // STEP * STEP - 60 * number), base_rate, forest, own)


def write(directory: Path, bars: pd.DataFrame, versions: list[Version]) -> None:
    """Writes the files of a bucket and a registry."""
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
        # The forest was made by this process.
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
