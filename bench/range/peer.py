"""Peer of the distribution of the move: arch.

    python -m bench.range.peer HISTORY SERIES FIRST STEP    print one JSON object

GARCH(1,1) and EGARCH(1,1,1), both with a constant mean and Student's t distribution, on returns in percent. They are
refitted on all bars up to bar FIRST and then every STEP bars, each from the coefficients before, which is faster than
from arch's own start. Between two refits arch forecasts the variance after every bar with the coefficients fixed. Over
several bars it is the sum of the expected variances of GARCH; for EGARCH arch only simulates, so the expected logarithm
is continued, which costs nothing. Reading the file, outcomes and scores are not in the seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from bisect import insort

# Before NumPy is loaded.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np
from arch import arch_model
from arch.utility.exceptions import StartingValueWarning
from scipy.stats import t

from bench.features import peer as features_peer

STEP_SECONDS = {"1d": 86_400, "1h": 3_600}
LEVELS = np.array([0.01, 0.025, *np.arange(1, 20) / 20, 0.975, 0.99])


def crps(quantiles: np.ndarray, outcomes: np.ndarray) -> float:
    """Mean CRPS, as `contracts` defines it: twice the pinball loss, by the trapezoid rule with constant ends."""
    middles = (LEVELS[1:] + LEVELS[:-1]) / 2
    weights = np.diff(np.concatenate([[0.0], middles, [1.0]]))
    excess = outcomes[:, None] - quantiles
    losses = np.maximum(LEVELS * excess, (LEVELS - 1) * excess)
    return float((2 * losses @ weights).mean())


def outcomes_of(times: np.ndarray, closes: np.ndarray, seconds: int) -> np.ndarray:
    """Log return to the bar exactly `seconds` later; NaN without one."""
    target = np.searchsorted(times, times + seconds)
    found = (target < len(times)) & (times[np.minimum(target, len(times) - 1)] == times + seconds)
    return np.where(found, np.log(closes[np.minimum(target, len(times) - 1)] / closes), np.nan)


def climatology(outcomes: np.ndarray, first: int, horizon: int) -> np.ndarray:
    """Quantiles of all outcomes that are settled at each bar from `first` on."""
    quantiles = []
    settled: list[float] = sorted(outcomes[: first - horizon][np.isfinite(outcomes[: first - horizon])])
    for bar in range(first, len(outcomes)):
        if np.isfinite(outcomes[bar - horizon]):
            insort(settled, float(outcomes[bar - horizon]))
        position = LEVELS * (len(settled) - 1)
        below = position.astype(int)
        low = np.array([settled[index] for index in below])
        high = np.array([settled[min(index + 1, len(settled) - 1)] for index in below])
        quantiles.append(low + (high - low) * (position - below))
    return np.array(quantiles)


def walk_forward(kind: str, returns: np.ndarray, first: int, step: int, horizon: int) -> np.ndarray:
    """Quantiles of the move from each bar from `first` on. Return `i` is that of bar `i + 1`."""
    made, start = [], None
    for bar in range(first, len(returns) + 1, step):
        end = min(bar + step, len(returns) + 1)
        asymmetric = int(kind == "EGARCH")
        model = arch_model(
            returns[: end - 1], mean="Constant", vol=kind, p=1, o=asymmetric, q=1, dist="t", rescale=False
        )
        fitted = model.fit(last_obs=bar, update_freq=0, disp="off", show_warning=False, starting_values=start)
        start = fitted.params.to_numpy()
        steps = 1 if asymmetric else horizon
        variance = fitted.forecast(start=bar - 1, horizon=steps, reindex=False).variance.to_numpy()
        total = variance.sum(axis=1)
        if asymmetric:
            log_variance = np.log(variance[:, 0])
            for _ in range(1, horizon):
                log_variance = fitted.params["omega"] + fitted.params["beta[1]"] * log_variance
                total = total + np.exp(log_variance)
        freedom = fitted.params["nu"]
        standard = t.ppf(LEVELS, freedom) * np.sqrt((freedom - 2) / freedom)
        made.append((fitted.params["mu"] * horizon + np.sqrt(total)[:, None] * standard) / 100)
    return np.concatenate(made)


def main() -> None:
    # Coefficients at the edge are no start: arch takes its own there, and says so.
    warnings.simplefilter("ignore", StartingValueWarning)
    path, series, *schedule = sys.argv[1:]
    first, step = map(int, schedule)
    interval, horizon = series.split("-")[-2], int(series.split("-")[-1][1:])
    bars = features_peer.read(path)
    times = bars.index.as_unit("s").asi8
    closes = bars["close"].to_numpy()
    outcomes = outcomes_of(times, closes, horizon * STEP_SECONDS[interval])
    scored = outcomes[first:]
    known = np.isfinite(scored)
    all_seconds: dict[str, float] = {}
    scores = {"climatology": crps(climatology(outcomes, first, horizon)[known], scored[known])}
    for kind in ("GARCH", "EGARCH"):
        begun = time.perf_counter()
        quantiles = walk_forward(kind, 100 * np.diff(np.log(closes)), first, step, horizon)
        all_seconds[kind] = time.perf_counter() - begun
        scores[kind] = crps(quantiles[known], scored[known])
    refits = len(range(first, len(closes), step))
    print(json.dumps({"refits": refits, "decisions": int(known.sum()), "seconds": all_seconds, "crps": scores}))


if __name__ == "__main__":
    main()
