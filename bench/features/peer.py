"""Peer of the features: the same columns with TA-Lib, NumPy and pandas.

    python -m bench.features.peer WAY HISTORY 1h                   print the times as one JSON object
    python -m bench.features.peer WAY HISTORY 1h check TABLE 1e-6  compare with the rows that Rust wrote to TABLE

WAY is `plain`, see pandas_peer.py, or `tuned`, see below. The tuned way is the result of profiling: arrays instead of Series,
all windows by TA-Lib, intermediate results shared between features, tables for sines.

Indicators with a fixed look-back are computed over the complete history, and rows whose window has a gap are dropped in the
end. Recursive indicators start again after each gap, as in Rust: `by_run` calls TA-Lib once per run without a gap.
Formulas, periods and neutral values are documented with the features in Rust.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import talib as ta

from bench.features import pandas_peer
from bench.features.pandas_peer import DAY, FIRST_MONDAY, WEEK

STEPS = {"1h": 3600, "1d": 86_400}
WARM_UP, WINDOW = pandas_peer.WARM_UP, 475
# Average range, relative to the price, below which a market counts as constant.
MIN_RELATIVE_RANGE = 1e-12
RUNS, ROWS = 5, 50


def read(path: str) -> pd.DataFrame:
    return pd.read_csv(path, index_col="timestamp", parse_dates=True).astype("float64")


def quotient(numerator: np.ndarray, denominator: np.ndarray, neutral: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator == 0, neutral, numerator / denominator)


def before(values: np.ndarray, bars: int = 1) -> np.ndarray:
    """Values of `bars` bars earlier."""
    return np.concatenate([np.full(min(bars, len(values)), np.nan), values[:-bars]])


def strided_sum(values: np.ndarray, span: int, count: int) -> np.ndarray:
    """Sums of `count` values that are `span` bars apart."""
    padded = np.concatenate([np.nan_to_num(values), np.zeros(-len(values) % span)]).reshape(-1, span)
    sums = padded.cumsum(axis=0)
    sums[count:] -= sums[:-count].copy()
    return sums.reshape(-1)[: len(values)]


def by_run(indicators: Callable[..., list[np.ndarray]], ends: np.ndarray, *inputs: np.ndarray) -> list[np.ndarray]:
    """Indicators that start again after each gap. Runs shorter than the warm-up have no rows and are skipped."""
    outputs: list[np.ndarray] = []
    for first, end in pairwise(ends):
        if outputs and end - first <= WARM_UP:
            continue
        parts = indicators(*(values[first:end] for values in inputs))
        if not outputs:
            outputs = [np.full(len(inputs[0]), np.nan) for _ in parts]
        for output, part in zip(outputs, parts, strict=True):
            output[first:end] = part
    return outputs


def recursive(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> list[np.ndarray]:
    line, _, histogram = ta.MACD(close, 12, 26, 9)
    return [
        ta.ATR(high, low, close, 14),
        ta.EMA(close, 12),
        ta.EMA(close, 26),
        line,
        histogram,
        ta.ADX(high, low, close, 14),
        ta.PLUS_DI(high, low, close, 14) - ta.MINUS_DI(high, low, close, 14),
        ta.RSI(close, 7),
        ta.RSI(close, 14),
    ]


def features(bars: pd.DataFrame, step: int) -> pd.DataFrame:
    """Features by open time, for the bars that have all of them."""
    seconds = bars.index.as_unit("s").asi8
    o, h, l, c, v = (bars[name].to_numpy() for name in ("open", "high", "low", "close", "volume"))
    gaps = np.flatnonzero(np.diff(seconds) != step) + 1
    ends = np.concatenate([[0], gaps, [len(c)]])
    age = np.arange(len(c)) - np.repeat(ends[:-1], np.diff(ends))

    atr, ema_12, ema_26, macd_line, macd_histogram, adx, directional, rsi_7, rsi_14 = by_run(recursive, ends, h, l, c)
    log_close, log_range = np.log(c), np.log(h / l)
    r = log_close - before(log_close)
    squares = r * r
    square_mean = {n: ta.SMA(squares, n) for n in (5, 20, 60, 120)}
    vol = {n: np.sqrt(mean) for n, mean in square_mean.items()}
    span = {n: log_close - before(log_close, n) for n in (3, 5, 7, 14, 20, 30, 60, 120)}
    upper, middle, lower = ta.BBANDS(c, 20, 2, 2, 0)
    unit = np.where(atr > MIN_RELATIVE_RANGE * c, atr, 0)
    parkinson = np.sqrt(ta.SMA(log_range * log_range, 20) / (4 * np.log(2)))
    body = np.log(c / o)
    garman_klass = np.sqrt(ta.SMA(np.maximum(0.5 * log_range**2 - (2 * np.log(2) - 1) * body**2, 0), 20))
    money, moved = c * v, np.abs(r)
    short, long = ta.SMA(moved, 5) * ta.SMA(money, 60), ta.SMA(moved, 60) * ta.SMA(money, 5)
    mean_r, mean_cube = ta.SMA(r, 20), ta.SMA(squares * r, 20)
    variance = square_mean[20] - mean_r**2
    third = mean_cube - 3 * mean_r * square_mean[20] + 2 * mean_r**3
    change = c - before(c)
    weekly = c - before(c, 7)
    gained, lost = strided_sum(np.maximum(weekly, 0), 7, 14), strided_sum(np.maximum(-weekly, 0), 7, 14)
    typical = (h + l + c) / 3
    volume_mean = ta.SMA(v, 20)
    height = h - l

    closes = np.arange(0, WEEK, step)
    phases = [f(2 * np.pi * (closes % period) / period) for period in (DAY, WEEK) for f in (np.sin, np.cos)]
    bar_of_week = (seconds + step - FIRST_MONDAY) % WEEK // step

    def momentum(move: np.ndarray, n: int, of: int) -> np.ndarray:
        return quotient(move, vol[of] * np.sqrt(n), 0)

    columns = {
        "return_1": r,
        "return_3": span[3],
        "return_7": span[7],
        "return_14": span[14],
        "return_30": span[30],
        "return_60": span[60],
        "direction_1": np.sign(c - before(c)),
        "direction_7": np.sign(c - before(c, 7)),
        "direction_24": np.sign(c - before(c, 24)),
        "momentum_1": momentum(r, 1, 20),
        "momentum_5": momentum(span[5], 5, 20),
        "momentum_20": momentum(span[20], 20, 20),
        "momentum_120": momentum(span[120], 120, 120),
        "roc_10": ta.ROCP(c, 10),
        "sma_10_distance": quotient(c - ta.SMA(c, 10), unit, 0),
        "sma_20_distance": quotient(c - middle, unit, 0),
        "sma_50_distance": quotient(c - ta.SMA(c, 50), unit, 0),
        "ema_12_distance": quotient(c - ema_12, unit, 0),
        "ema_26_distance": quotient(c - ema_26, unit, 0),
        "vwap_20_distance": quotient(c - quotient(ta.SUM(typical * v, 20), ta.SUM(v, 20), c), unit, 0),
        "macd_line": macd_line / c,
        "macd_histogram": macd_histogram / c,
        "adx_14": adx / 100,
        "directional_14": directional / 100,
        "aroon_25": ta.AROONOSC(h, l, 25) / 100,
        "rsi_7": rsi_7 / 100,
        "rsi_14": rsi_14 / 100,
        "block_7_rsi_14": quotient(gained, gained + lost, 0.5),
        "stochastic_14": ta.STOCHF(h, l, c, 14, 1, 0)[0] / 100,
        "cci_20": ta.CCI(h, l, c, 20) / 100,
        "up_share_10": 0.5 + 0.5 * ta.SMA(np.sign(change), 10),
        "bollinger_place": quotient(c - lower, upper - lower, 0.5),
        "bollinger_width": (upper - lower) / middle,
        "drawdown_60": np.log(c / ta.MAX(h, 60)),
        "drawdown_120": np.log(c / ta.MAX(h, 120)),
        "place_120": ta.STOCHF(h, l, c, 120, 1, 0)[0] / 100,
        "atr_14": atr / c,
        "volatility_ratio": quotient(vol[5], vol[60], 1),
        "volatility_ratio_120": quotient(vol[20], vol[120], 1),
        "variance_ratio_7": quotient(ta.SMA(span[7] ** 2, 54), 7 * square_mean[60], 1),
        "autocorrelation_20": ta.CORREL(r, before(r), 20),
        "skewness_20": quotient(third, variance**1.5, 0),
        "downside_20": quotient(ta.SMA(np.minimum(r, 0) ** 2, 20), square_mean[20], 0.5),
        "garman_klass_20": quotient(garman_klass, garman_klass + vol[20], 0.5),
        "volatility_20": vol[20],
        "range": quotient(log_range, parkinson, 0),
        "parkinson_20": parkinson,
        "body": quotient(c - o, height, 0),
        "upper_wick": quotient(h - np.maximum(o, c), height, 0),
        "lower_wick": quotient(np.minimum(o, c) - l, height, 0),
        "volume_ratio": quotient(v, volume_mean, 1),
        "volume_z_score": quotient(v - volume_mean, ta.STDDEV(v, 20, 1), 0),
        "signed_volume_20": quotient(ta.SUM(np.sign(change) * v, 20), ta.SUM(v, 20), 0),
        "mfi_14": ta.MFI(h, l, c, v, 14) / 100,
        "volume_correlation_20": ta.CORREL(r, quotient(v - before(v), v + before(v), 0), 20),
        "illiquidity": quotient(short, short + long, 0.5),
        "day_sin": phases[0][bar_of_week],
        "day_cos": phases[1][bar_of_week],
        "week_sin": phases[2][bar_of_week],
        "week_cos": phases[3][bar_of_week],
    }
    table = pd.DataFrame(columns, index=bars.index)
    return table[(age >= WARM_UP) & np.isfinite(table.to_numpy()).all(axis=1)]


Way = Callable[[pd.DataFrame, int], pd.DataFrame]


def fastest(way: Way, bars: pd.DataFrame, step: int) -> float:
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        way(bars, step)
        best = min(best, time.perf_counter() - start)
    return best


def one_row(way: Way, bars: pd.DataFrame, step: int) -> float:
    """The median seconds for the last row of a window."""
    seconds = []
    for end in range(len(bars), len(bars) - ROWS, -1):
        window = bars.iloc[end - WINDOW : end]
        start = time.perf_counter()
        way(window, step).tail(1)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def difference(way: Way, bars: pd.DataFrame, step: int, path: str, same: float) -> dict[str, object]:
    """Largest difference of each column, relative to the larger of Rust's value and the column's root mean square, and
    the number of rows that differ by more than `same`."""
    ours = way(bars, step)
    theirs = np.fromfile(path).reshape(-1, ours.shape[1] + 1)
    if not np.array_equal(theirs[:, 0], ours.index.as_unit("s").asi8):
        raise SystemExit(f"Rust has {len(theirs)} rows, Python {len(ours)}, or their times differ")
    theirs = theirs[:, 1:]
    scale = np.maximum(np.abs(theirs), np.sqrt(np.mean(theirs**2, axis=0)))
    relative = np.abs(ours.to_numpy() - theirs) / scale
    worst, beyond = relative.max(axis=0).tolist(), (relative > same).sum(axis=0).tolist()
    columns = {name: {"difference": w, "rows": b} for name, w, b in zip(ours.columns, worst, beyond, strict=True)}
    return {"rows": len(ours), "columns": columns}


def main() -> None:
    name, path, interval, *check = sys.argv[1:]
    way = {"plain": pandas_peer.features, "tuned": features}[name]
    bars, step = read(path), STEPS[interval]
    if check:
        print(json.dumps(difference(way, bars, step, check[1], float(check[2]))))
        return
    sizes = [len(bars) // part for part in (8, 4, 2, 1)]
    seconds = [fastest(way, bars.iloc[:size], step) for size in sizes]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    report = {"rows": sizes, "seconds": seconds, "row_seconds": one_row(way, bars, step), "peak_mb": peak}
    print(json.dumps(report | {"warm_up_bars": WARM_UP, "window_bars": WINDOW}))


if __name__ == "__main__":
    main()
