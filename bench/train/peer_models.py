"""Candidates of the training's peer, fitted by scikit-learn and LightGBM.

Families, hyper-parameters and weights of rows are those of the Rust crate of the training, with its names and units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from optuna import Trial
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

YEAR = 365.25 * 86_400
DAY = 86_400
# Columns of direction_1, direction_7 and direction_24.
DIRECTIONS = slice(6, 9)
HALF_LIVES = [None, 4.0, 2.0, 1.0]
KINDS = {"random_forest": RandomForestClassifier, "extra_trees": ExtraTreesClassifier, "boosting": LGBMClassifier}

Forecast = Callable[[np.ndarray], np.ndarray]


@dataclass
class TrainingSet:
    """Bars with features and a label, and the base rate that is known at each."""

    x: np.ndarray
    up: np.ndarray
    climatology: np.ndarray
    bar: np.ndarray
    seconds: np.ndarray
    horizon: int

    def base_rate(self, rows: slice) -> float:
        return float((self.up[rows].sum() + 1) / (len(self.up[rows]) + 2))


def suggest(trial: Trial, settings: dict[str, Any], width: int) -> dict[str, Any]:
    """Candidate from the ranges of the Rust side."""
    family = trial.suggest_categorical("family", settings["search"]["families"])
    candidate = {"family": family, "half_life": HALF_LIVES[trial.suggest_int("half_life", 0, 3)]}
    if settings["horizon"] > 1:
        candidate["uniqueness"] = trial.suggest_categorical("uniqueness", [False, True])
    leaf, rounds, depths = (
        (10, (15, 150), [1, 2, 3]) if settings["interval_seconds"] == DAY else (60, (30, 250), [2, 4, 5])
    )
    if family == "logistic":
        candidate["ridge"] = trial.suggest_float("ridge", 0.003, 3.0, log=True)
        candidate["inputs"] = trial.suggest_categorical("inputs", ["all", "direction"])
    elif family == "boosting":
        candidate |= {
            "rounds": trial.suggest_int("rounds", *rounds, log=True),
            "rate": trial.suggest_float("rate", 0.01, 0.06, log=True),
            "depth": trial.suggest_categorical("depth", depths),
            "leaf_rows": leaf * trial.suggest_float("leaf", 4.0, 24.0, log=True),
            "l2": trial.suggest_float("l2", 3.0, 100.0, log=True),
            "sample": trial.suggest_float("sample", 0.4, 0.9),
            "columns": trial.suggest_float("columns", 0.1, 1.0, log=True),
        }
    else:
        candidate |= {
            "trees": 100,
            "levels": trial.suggest_int(f"{family}_levels", 3, 6),
            "leaf_rows": int(leaf * trial.suggest_float(f"{family}_leaf", 1.0, 12.0, log=True)),
            "features": int(trial.suggest_float(f"{family}_features", 4.0, width, log=True)),
        }
    return candidate


def parameters(candidate: dict[str, Any]) -> dict[str, Any]:
    """Hyper-parameters under their names in scikit-learn and LightGBM."""
    if candidate["family"] != "boosting":
        return {
            "n_estimators": candidate["trees"],
            # Levels count the root.
            "max_depth": candidate["levels"] - 1,
            "min_samples_leaf": candidate["leaf_rows"],
            "max_features": candidate["features"],
        }
    return {
        "n_estimators": candidate["rounds"],
        "learning_rate": candidate["rate"],
        "max_depth": candidate["depth"],
        "num_leaves": 2 ** candidate["depth"],
        # Hessian of one row at probability one half.
        "min_child_weight": 0.25 * candidate["leaf_rows"],
        "min_child_samples": 1,
        "reg_lambda": candidate["l2"],
        "subsample": candidate["sample"],
        "subsample_freq": 1,
        "colsample_bytree": candidate.get("columns", 1.0),
        "max_bin": 63,
        "force_col_wise": True,
        "verbose": -1,
    }


def fit(candidate: dict[str, Any], frame: TrainingSet, train: slice, max_rows: int, seed: int) -> Forecast:
    """Fits on at most `max_rows` rows. Returns the function that forecasts rows."""
    rows, weights = weigh(candidate, frame, train, max_rows)
    x, y = frame.x[rows], frame.up[rows]
    if candidate["family"] == "logistic":
        inputs = DIRECTIONS if candidate.get("inputs") == "direction" else slice(None)
        x = x[:, inputs]
        # Rounding can make the variance of a constant column negative; its scale is 1 then.
        with np.errstate(invalid="ignore"):
            scaler = StandardScaler().fit(x, sample_weight=weights)
        model = LogisticRegression(C=1 / (candidate["ridge"] * len(rows)), solver="newton-cholesky")
        model.fit(scaler.transform(x), y, sample_weight=weights)
        return lambda x: model.predict_proba(scaler.transform(x[:, inputs]))[:, 1]
    model = KINDS[candidate["family"]](**parameters(candidate), n_jobs=1, random_state=seed)
    model.fit(x, y, sample_weight=weights)
    return lambda x: model.predict_proba(x)[:, 1]


def weigh(candidate: dict[str, Any], frame: TrainingSet, train: slice, max_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit on, subsampled evenly, and their weights with mean 1."""
    n = len(frame.up[train])
    kept = min(n, max_rows)
    rows = train.start + n * np.arange(1, kept + 1) // kept - 1
    weights = np.ones(kept)
    if half_life := candidate.get("half_life"):
        weights *= 0.5 ** ((frame.seconds[rows[-1]] - frame.seconds[rows]) / YEAR / half_life)
    if candidate.get("uniqueness"):
        weights *= uniqueness(frame.bar[train], frame.horizon)[rows - train.start]
    return rows, weights / weights.mean()


def uniqueness(bar: np.ndarray, horizon: int) -> np.ndarray:
    """Mean inverse number of labels that cover the bars of a row's label."""
    starts = np.zeros(bar[-1] - bar[0] + horizon + 1)
    starts[bar - bar[0]] += 1
    starts[bar - bar[0] + horizon] -= 1
    covers = starts.cumsum()[:-1]
    shares = np.concatenate([[0.0], np.divide(1, covers, out=np.zeros_like(covers), where=covers > 0).cumsum()])
    return (shares[bar - bar[0] + horizon] - shares[bar - bar[0]]) / horizon
