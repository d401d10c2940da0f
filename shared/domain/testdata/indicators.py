"""Writes indicators.csv: 160 random bars and TA-Lib's values for them.

    pip install TA-Lib==0.8.2 numpy==2.4.6 && python indicators.py > indicators.csv
"""

import csv
import sys

import numpy as np
import talib as ta

BARS = 160
rng = np.random.default_rng(20231)
close = np.round(1200 * np.exp(np.cumsum(rng.standard_t(5, BARS) * 0.02)), 2)
open_ = np.round(np.concatenate([[1200.0], close[:-1]]) * np.exp(rng.normal(0, 0.001, BARS)), 2)
high = np.round(np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.012, BARS))), 2)
low = np.round(np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.012, BARS))), 2)
volume = np.round(np.exp(rng.normal(10, 0.6, BARS)), 3)


def sma_after_first(values, period):
    """TA-Lib's SMA of a column whose first value is missing."""
    return np.concatenate([[np.nan], ta.SMA(values[1:].copy(), period)])


upper, middle, lower = ta.BBANDS(close, 20, 2, 2, 0)
line, signal, histogram = ta.MACD(close, 12, 26, 9)
return_1 = ta.LN(ta.ROCR(close, 1))
log_range = ta.LN(high / low)
columns = {
    "open": open_,
    "high": high,
    "low": low,
    "close": close,
    "volume": volume,
    "sma_20": ta.SMA(close, 20),
    "ema_20": ta.EMA(close, 20),
    "macd_line": line,
    "macd_signal": signal,
    "macd_histogram": histogram,
    "rsi_14": ta.RSI(close, 14),
    "bollinger_upper": upper,
    "bollinger_middle": middle,
    "bollinger_lower": lower,
    "true_range": ta.TRANGE(high, low, close),
    "atr_14": ta.ATR(high, low, close, 14),
    "roc_10": ta.ROCP(close, 10),
    "log_return_5": ta.LN(ta.ROCR(close, 5)),
    "volatility_20": ta.SQRT(sma_after_first(return_1 * return_1, 20)),
    "parkinson_20": ta.SQRT(ta.SMA(log_range * log_range, 20) / (4 * np.log(2))),
    "volume_ratio_20": volume / ta.SMA(volume, 20),
    "volume_z_score_20": (volume - ta.SMA(volume, 20)) / ta.STDDEV(volume, 20, 1),
    "stochastic_14": ta.STOCHF(high, low, close, 14, 1, 0)[0],
    "highest_60": ta.MAX(high, 60),
    "lowest_60": ta.MIN(low, 60),
}
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(columns)
for row in zip(*columns.values()):
    out.writerow("" if np.isnan(value) else repr(float(value)) for value in row)
