"""Names of this project's crates that Python builds or runs; the Makefile has those that only make needs."""

from __future__ import annotations

EXCHANGE_SIMULATOR = "replay"
MARKET_SIMULATOR = "simulator"
FEATURES = "domain"
TRAINING = "learn"
INGEST = "ingest"
BACKTEST = "backtest"
