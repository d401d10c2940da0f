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


def shifted(values, bars):
    """The column as it was some bars ago."""
    return np.concatenate([np.full(bars, np.nan), values[:-bars]])


def after(first, function, *columns):
    """A function of columns whose first values are missing."""
    return np.concatenate([np.full(first, np.nan), function(*(column[first:].copy() for column in columns))])


upper, middle, lower = ta.BBANDS(close, 20, 2, 2, 0)
line, signal, histogram = ta.MACD(close, 12, 26, 9)
return_1 = ta.LN(ta.ROCR(close, 1))
log_range = ta.LN(high / low)
typical = ta.TYPPRICE(high, low, close)
obv = ta.OBV(close, volume)
garman_klass = log_range**2 / 2 - (2 * np.log(2) - 1) * ta.LN(close / open_) ** 2
mean, square, cube = (sma_after_first(return_1**power, 20) for power in (1, 2, 3))
volume_change = (volume - shifted(volume, 1)) / (volume + shifted(volume, 1))
impact_5, impact_60 = (sma_after_first(abs(return_1), n) / ta.SMA(close * volume, n) for n in (5, 60))
change_7 = close - shifted(close, 7)
blocks = [shifted(change_7, 7 * k) if k else change_7 for k in range(14)]
block_gains, block_losses = (sum(np.maximum(side * block, 0) for block in blocks) for side in (1, -1))
return_7 = ta.LN(ta.ROCR(close, 7))
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
    "plus_di_14": ta.PLUS_DI(high, low, close, 14),
    "minus_di_14": ta.MINUS_DI(high, low, close, 14),
    "adx_14": ta.ADX(high, low, close, 14),
    "cci_20": ta.CCI(high, low, close, 20),
    "mfi_14": ta.MFI(high, low, close, volume, 14),
    "aroon_25": ta.AROONOSC(high, low, 25),
    "rsi_7": ta.RSI(close, 7),
    "signed_volume_20": (obv - shifted(obv, 20)) / ta.SUM(volume, 20),
    "vwap_20": ta.SUM(typical * volume, 20) / ta.SUM(volume, 20),
    "garman_klass_20": ta.SQRT(ta.SMA(garman_klass, 20)),
    "skewness_20": (cube - 3 * mean * square + 2 * mean**3) / (square - mean**2) ** 1.5,
    "correlation_20": after(1, lambda x, y: ta.CORREL(x, y, 20), return_1, volume_change),
    "autocorrelation_20": after(2, lambda x, y: ta.CORREL(x, y, 20), return_1, shifted(return_1, 1)),
    "downside_20": sma_after_first(np.minimum(return_1, 0) ** 2, 20) / square,
    "up_share_10": sma_after_first((np.sign(return_1) + 1) / 2, 10),
    "illiquidity_5_60": impact_5 / (impact_5 + impact_60),
    "block_rsi_7_14": 100 * block_gains / (block_gains + block_losses),
    "variance_ratio_7_60": after(7, lambda x: ta.SMA(x, 54), return_7**2) / 7 / sma_after_first(return_1**2, 60),
}
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(columns)
for row in zip(*columns.values()):
    out.writerow("" if np.isnan(value) else repr(float(value)) for value in row)
