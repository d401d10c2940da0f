"""Peer of the training, with scikit-learn, LightGBM and Optuna.

    python -m bench.train.peer HISTORY SERIES SETTINGS             search by itself; print one JSON object
    python -m bench.train.peer HISTORY SERIES SETTINGS CANDIDATES  evaluate these candidates instead, in order

SETTINGS is the training configuration as JSON, as the Rust side prints it, so that folds, number of trials and limits are
equal. Also equal are the features (bench/features/peer.py), ranges and weights (peer_models.py), the ensemble of the best
trials, and calibration and shrinkage across folds. Calibration is Platt's where it is clearly better than none; Rust tries
isotonic regression too. Left out are Rust's additional results: Sharpe ratios, probability of overfitting, interval of the
skill, importances.

Two trials run at a time, each on one thread. That is faster than one trial on two threads, because a fit takes a few hundred
milliseconds at most and distributing it costs a part of that.
"""

# ruff: noqa: E402 # the number of threads must be set before NumPy is loaded

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

STARTED = time.perf_counter()
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np
import optuna
import pandas as pd
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from bench.features import peer as features_peer
from bench.train.peer_models import TrainingSet, fit, suggest

MAX_SELECTIONS, MIN_IMPROVEMENT, BOOSTING_MEMBERS = 12, 1e-6, 2
CORES = 2
# Forecasts by trial, then by fold.
Forecasts = dict[int, list[np.ndarray]]


def read(path: str, step: int, horizon: int) -> TrainingSet:
    bars = features_peer.read(path)
    features = features_peer.features(bars, step)
    # The target bar opens exactly one horizon later.
    later = bars["close"].reindex(bars.index + pd.Timedelta(seconds=step * horizon)).to_numpy()
    close = bars["close"].to_numpy()
    labelled = np.isfinite(later) & (later != close)
    up = later > close
    settled = np.concatenate([np.zeros(horizon), labelled[:-horizon].cumsum()])
    ups = np.concatenate([np.zeros(horizon), (labelled & up)[:-horizon].cumsum()])
    bar = bars.index.get_indexer(features.index)
    kept = labelled[bar]
    bar = bar[kept]
    seconds = bars.index.as_unit("s").asi8[bar]
    return TrainingSet(features.to_numpy()[kept], up[bar], ((ups + 1) / (settled + 2))[bar], bar, seconds, horizon)


def log_losses(p: np.ndarray, up: np.ndarray) -> np.ndarray:
    p = np.clip(p, np.finfo(float).eps, 1 - np.finfo(float).eps)
    return -np.log(np.where(up, p, 1 - p))


def log_loss(p: np.ndarray, up: np.ndarray) -> float:
    return float(log_losses(p, up).mean())


def walk_forward(rows: int, settings: dict[str, Any]) -> list[tuple[slice, slice]]:
    """Training and test rows of each fold, as `WalkForward` of the Rust side makes them."""
    gap = settings["horizon"] + settings["embargo"]
    first = max(settings["min_train"], int(rows * settings["min_train_share"])) + gap
    folds = settings["folds"]
    edges = [first + (rows - first) * k // folds for k in range(folds + 1)]
    return [(slice(0, start - gap), slice(start, end)) for start, end in pairwise(edges)]


def search(
    frame: TrainingSet, folds: list[Any], settings: dict[str, Any], given: list[dict[str, Any]]
) -> tuple[optuna.Study, dict[int, dict[str, Any]], Forecasts]:
    """Study, candidates by trial, and out-of-fold forecasts of the trials that were not pruned."""
    candidates: dict[int, dict[str, Any]] = {}
    forecasts: Forecasts = {}
    bases = [log_losses(frame.climatology[test], frame.up[test]) for _, test in folds]

    def objective(trial: optuna.Trial) -> float:
        number = trial.number
        candidate = given[number] if given else suggest(trial, settings, frame.x.shape[1])
        candidates[number] = candidate
        made: list[np.ndarray] = []
        excess: list[np.ndarray] = []
        mean = float("nan")
        for fold, (train, test) in enumerate(folds):
            forecast = fit(candidate, frame, train, settings["fit_rows"], 10 * number + fold)
            made.append(forecast(frame.x[test]))
            excess.append(log_losses(made[fold], frame.up[test]) - bases[fold])
            mean = float(np.concatenate(excess).mean())
            trial.report(mean, fold)
            if fold + 1 < len(folds) and trial.should_prune():
                raise optuna.TrialPruned
        forecasts[number] = made
        return mean

    startup = settings["search"]["startup"]
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(n_startup_trials=startup, seed=settings["seed"]),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=startup),
    )
    study.optimize(objective, n_trials=len(given) or settings["search"]["trials"], n_jobs=CORES)
    return study, candidates, forecasts


def select_ensemble(
    made: Forecasts, candidates: dict[int, dict[str, Any]], outcomes: list[Any], used: list[int]
) -> dict[int, float]:
    """Ensemble weights of each family's best trials in some folds, by greedy selection with replacement."""
    up = np.concatenate([outcomes[fold] for fold in used])
    joined = {trial: np.concatenate([forecasts[fold] for fold in used]) for trial, forecasts in made.items()}
    best: dict[tuple[str, str], list[int]] = {}
    for trial in sorted(joined, key=lambda trial: log_loss(joined[trial], up)):
        slot = candidates[trial]["family"], candidates[trial].get("inputs", "all")
        members = best.setdefault(slot, [])
        if len(members) < (BOOSTING_MEMBERS if slot[0] == "boosting" else 1):
            members.append(trial)
    picks = dict.fromkeys((trial for members in best.values() for trial in members), 0)
    total, lowest = np.zeros(len(up)), np.inf
    for count in range(1, MAX_SELECTIONS + 1):
        losses = {trial: log_loss((total + joined[trial]) / count, up) for trial in picks}
        added = min(losses, key=losses.__getitem__)
        if lowest - losses[added] <= MIN_IMPROVEMENT:
            break
        lowest = losses[added]
        picks[added] += 1
        total += joined[added]
    return {trial: number / sum(picks.values()) for trial, number in picks.items() if number}


def platt(p: np.ndarray, up: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    model = LogisticRegression(C=1e6, solver="newton-cholesky").fit(logit(p)[:, None], up)
    slope, intercept = max(float(model.coef_[0, 0]), 0.0), float(model.intercept_[0])
    if slope == 0.0:
        intercept = float(logit((up.sum() + 1) / (len(up) + 2)))
    return lambda p: expit(slope * logit(p) + intercept)


def clearly_better(own: np.ndarray, simpler: np.ndarray, up: np.ndarray, horizon: int) -> bool:
    """True if the log loss is lower by more than one standard error."""
    gains = log_losses(simpler, up) - log_losses(own, up)
    return bool(gains.mean() > np.sqrt(gains.var() * horizon / len(gains)))


def shrinkage(base: np.ndarray, deviation: np.ndarray, up: np.ndarray, horizon: int, penalty: float) -> float:
    """Share of the deviation from the base rate that the evidence supports, as on the Rust side."""
    variance = base * (1 - base)
    scores = (up - base) * deviation / variance
    lags = 2 * min(horizon - 1, len(scores) // 4)
    long_run = scores @ scores + sum(2 * (1 - k / (lags + 1)) * (scores[:-k] @ scores[k:]) for k in range(1, lags + 1))
    t_squared = scores.sum() ** 2 / max(long_run, np.finfo(float).tiny)
    if not (scores.sum() > 0 and t_squared > penalty):
        return 0.0
    return float(min(scores.sum() / (deviation**2 / variance).sum(), 1.0) * (1 - penalty / t_squared))


def main() -> None:
    path, series, *texts = sys.argv[1:]
    settings, *given = map(json.loads, texts)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    frame = read(path, settings["interval_seconds"], settings["horizon"])
    folds = walk_forward(len(frame.up), settings)
    study, candidates, made = search(frame, folds, settings, given[0] if given else [])

    outcomes = [frame.up[test] for _, test in folds]
    every = list(range(len(folds)))
    others = [[other for other in every if other != fold] for fold in every]
    bases = [np.full(len(outcomes[fold]), frame.base_rate(folds[fold][0])) for fold in every]

    def pooled(weights: dict[int, float], fold: int) -> np.ndarray:
        return sum(weight * made[trial][fold] for trial, weight in weights.items())

    def joined(parts: list[np.ndarray], used: list[int]) -> np.ndarray:
        return np.concatenate([parts[fold] for fold in used])

    raw, calibrated = [], []
    for fold in every:
        weights = select_ensemble(made, candidates, outcomes, others[fold])
        seen = np.concatenate([pooled(weights, other) for other in others[fold]])
        raw.append(pooled(weights, fold))
        calibrated.append(platt(seen, joined(outcomes, others[fold]))(raw[fold]))

    def chosen(used: list[int]) -> list[np.ndarray]:
        args = joined(calibrated, used), joined(raw, used), joined(outcomes, used), frame.horizon
        return calibrated if clearly_better(*args) else raw

    tested = slice(folds[0][1].start, folds[-1][1].stop)
    up, climatology = frame.up[tested], frame.climatology[tested]
    deviation = np.concatenate([chosen(others[fold])[fold] - bases[fold] for fold in every])
    share = shrinkage(climatology, deviation, up, frame.horizon, settings["evidence_penalty"])
    out_of_fold = climatology + share * deviation
    proven = clearly_better(out_of_fold, climatology, up, frame.horizon)
    weights = select_ensemble(made, candidates, outcomes, every)
    platt(np.concatenate([pooled(weights, fold) for fold in every]), joined(outcomes, every))
    members = [fit(candidates[trial], frame, slice(0, len(frame.up)), settings["fit_rows"], 0) for trial in weights]

    families = [candidate["family"] for candidate in candidates.values()]
    print(
        json.dumps(
            {
                "series": series,
                "rows": len(frame.up),
                "trials": len(study.trials),
                "tried": {family: families.count(family) for family in sorted(set(families))},
                "fits": sum(len(trial.intermediate_values) for trial in study.trials),
                "pruned": len(study.trials) - len(made),
                "best_trial_log_loss": min(
                    log_loss(joined(of, every), joined(outcomes, every)) for of in made.values()
                ),
                "log_loss": log_loss(out_of_fold, up),
                "log_loss_climatology": log_loss(climatology, up),
                "shrinkage": share if proven else 0.0,
                "members": [candidates[trial]["family"] for trial in weights][: len(members)],
                "seconds": time.perf_counter() - STARTED,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
            }
        )
    )


if __name__ == "__main__":
    main()
