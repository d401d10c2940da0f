"""Features of peer.py as users of pandas and TA-Lib usually write them.

Each feature is a Series. Windows are pandas' own where TA-Lib has no such indicator, and each run without a gap is a group.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import talib as ta

WARM_UP = 120
DAY, WEEK, FIRST_MONDAY = 86_400, 7 * 86_400, 4 * 86_400


def recursive(bars: pd.DataFrame) -> pd.DataFrame:
    """Recursive indicators of bars without a gap."""
    high, low, close = bars["high"], bars["low"], bars["close"]
    line, _, histogram = ta.MACD(close, 12, 26, 9)
    return pd.DataFrame(
        {
            "atr": ta.ATR(high, low, close, 14),
            "ema_12": ta.EMA(close, 12),
            "ema_26": ta.EMA(close, 26),
            "macd_line": line,
            "macd_histogram": histogram,
            "adx": ta.ADX(high, low, close, 14),
            "directional": ta.PLUS_DI(high, low, close, 14) - ta.MINUS_DI(high, low, close, 14),
            "rsi_7": ta.RSI(close, 7),
            "rsi_14": ta.RSI(close, 14),
        }
    )


def ratio(numerator: pd.Series, denominator: pd.Series, neutral: float) -> pd.Series:
    return (numerator / denominator).mask(denominator == 0, neutral)


def features(bars: pd.DataFrame, step: int) -> pd.DataFrame:
    """Features by open time, for the bars that have all of them."""
    o, h, l, c, v = (bars[name] for name in ("open", "high", "low", "close", "volume"))
    seconds = pd.Series(bars.index.as_unit("s").asi8, index=bars.index)
    run = (seconds.diff() != step).cumsum()
    s = pd.concat([recursive(group) for _, group in bars.groupby(run)])
    atr = s["atr"]

    r = np.log(c).diff()
    squares = r**2
    vol = {n: np.sqrt(squares.rolling(n).mean()) for n in (5, 20, 60, 120)}
    span = {n: np.log(c).diff(n) for n in (3, 5, 7, 14, 20, 30, 60, 120)}
    upper, middle, lower = ta.BBANDS(c, 20, 2, 2, 0)
    log_range = np.log(h / l)
    parkinson = np.sqrt((log_range**2).rolling(20).mean() / (4 * np.log(2)))
    terms = (0.5 * log_range**2 - (2 * np.log(2) - 1) * np.log(c / o) ** 2).clip(lower=0)
    garman_klass = np.sqrt(terms.rolling(20).mean())
    typical = (h + l + c) / 3
    vwap = (typical * v).rolling(20).sum() / v.rolling(20).sum()
    money, moved = c * v, r.abs()
    short = moved.rolling(5).mean() * money.rolling(60).mean()
    long = moved.rolling(60).mean() * money.rolling(5).mean()
    weekly = c.diff(7)
    gained = sum(weekly.clip(lower=0).shift(7 * k) for k in range(14))
    lost = sum((-weekly).clip(lower=0).shift(7 * k) for k in range(14))
    sign = np.sign(c.diff())
    top, bottom = np.maximum(o, c), np.minimum(o, c)
    close_time = seconds + step
    day = 2 * np.pi * (close_time % DAY) / DAY
    week = 2 * np.pi * ((close_time - FIRST_MONDAY) % WEEK) / WEEK

    table = pd.DataFrame(
        {
            "return_1": r,
            "return_3": span[3],
            "return_7": span[7],
            "return_14": span[14],
            "return_30": span[30],
            "return_60": span[60],
            "direction_1": np.sign(c.diff(1)),
            "direction_7": np.sign(c.diff(7)),
            "direction_24": np.sign(c.diff(24)),
            "momentum_1": ratio(r, vol[20], 0),
            "momentum_5": ratio(span[5], vol[20] * np.sqrt(5), 0),
            "momentum_20": ratio(span[20], vol[20] * np.sqrt(20), 0),
            "momentum_120": ratio(span[120], vol[120] * np.sqrt(120), 0),
            "roc_10": ta.ROCP(c, 10),
            "sma_10_distance": ratio(c - ta.SMA(c, 10), atr, 0),
            "sma_20_distance": ratio(c - ta.SMA(c, 20), atr, 0),
            "sma_50_distance": ratio(c - ta.SMA(c, 50), atr, 0),
            "ema_12_distance": ratio(c - s["ema_12"], atr, 0),
            "ema_26_distance": ratio(c - s["ema_26"], atr, 0),
            "vwap_20_distance": ratio(c - vwap, atr, 0),
            "macd_line": s["macd_line"] / c,
            "macd_histogram": s["macd_histogram"] / c,
            "adx_14": s["adx"] / 100,
            "directional_14": s["directional"] / 100,
            "aroon_25": ta.AROONOSC(h, l, 25) / 100,
            "rsi_7": s["rsi_7"] / 100,
            "rsi_14": s["rsi_14"] / 100,
            "block_7_rsi_14": ratio(gained, gained + lost, 0.5),
            "stochastic_14": ta.STOCHF(h, l, c, 14, 1, 0)[0] / 100,
            "cci_20": ta.CCI(h, l, c, 20) / 100,
            "up_share_10": 0.5 + 0.5 * sign.rolling(10).mean(),
            "bollinger_place": ratio(c - lower, upper - lower, 0.5),
            "bollinger_width": (upper - lower) / middle,
            "drawdown_60": np.log(c / h.rolling(60).max()),
            "drawdown_120": np.log(c / h.rolling(120).max()),
            "place_120": ta.STOCHF(h, l, c, 120, 1, 0)[0] / 100,
            "atr_14": atr / c,
            "volatility_ratio": ratio(vol[5], vol[60], 1),
            "volatility_ratio_120": ratio(vol[20], vol[120], 1),
            "variance_ratio_7": ratio((span[7] ** 2).rolling(54).mean(), 7 * squares.rolling(60).mean(), 1),
            "autocorrelation_20": r.rolling(20).corr(r.shift()),
            # Converts the skewness of the sample to that of the population.
            "skewness_20": r.rolling(20).skew() * 18 / np.sqrt(20 * 19),
            "downside_20": ratio(squares.where(r <= 0, 0).rolling(20).mean(), squares.rolling(20).mean(), 0.5),
            "garman_klass_20": ratio(garman_klass, garman_klass + vol[20], 0.5),
            "volatility_20": vol[20],
            "range": ratio(log_range, parkinson, 0),
            "parkinson_20": parkinson,
            "body": ratio(c - o, h - l, 0),
            "upper_wick": ratio(h - top, h - l, 0),
            "lower_wick": ratio(bottom - l, h - l, 0),
            "volume_ratio": ratio(v, v.rolling(20).mean(), 1),
            "volume_z_score": ratio(v - v.rolling(20).mean(), v.rolling(20).std(ddof=0), 0),
            "signed_volume_20": ratio(ta.OBV(c, v).diff(20), v.rolling(20).sum(), 0),
            "mfi_14": ta.MFI(h, l, c, v, 14) / 100,
            "volume_correlation_20": r.rolling(20).corr(ratio(v.diff(), v + v.shift(), 0)),
            "illiquidity": ratio(short, short + long, 0.5),
            "day_sin": np.sin(day),
            "day_cos": np.cos(day),
            "week_sin": np.sin(week),
            "week_cos": np.cos(week),
        }
    )
    return table[seconds.groupby(run).cumcount() >= WARM_UP].dropna()
