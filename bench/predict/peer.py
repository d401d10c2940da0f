"""Common part of predict's peers in Python: a forecast from bars, with the tuned features of bench/features/peer.py and the
same random forest of scikit-learn."""

from __future__ import annotations

import pickle
from typing import Any

import pandas as pd

from bench.features import peer as features_peer

STEP = 86_400


def load(path: str) -> Any:
    with open(path, "rb") as file:
        return pickle.load(file)


def frame(bars: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(bars)
    return table.set_index(pd.to_datetime(table.pop("time"))).astype("float64")


def answer(model: Any, bars: pd.DataFrame) -> dict[str, Any]:
    row = features_peer.features(bars, STEP).tail(1)
    decision = bars.index[-1] + pd.Timedelta(seconds=STEP)
    probability = float(model.predict_proba(row)[0, 1])
    return {"decision_time": decision.strftime("%Y-%m-%dT%H:%M:%SZ"), "probability_up": probability}
