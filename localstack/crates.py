"""Names of this project's crates that Python builds or runs; the Makefile has those that only make needs."""

from __future__ import annotations

EXCHANGE_SIMULATOR = "exchange-simulator"
MARKET_SIMULATOR = "market-simulator"
FEATURES = "features"
TRAINING = "training"
INGEST = "ingest"
RESEARCH = "research"
