"""Many clients that log to one run at once, each batch twice: `writers.py CLIENTS BATCHES`. Prints the id of the run."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag


def write(run: str, writer: int, batches: int) -> None:
    client = MlflowClient()
    for batch in range(batches):
        step = writer * batches + batch
        metrics = [Metric("shared", float(step), step, step), Metric(f"own {writer}", float(batch), batch, batch)]
        for _ in range(2):
            client.log_batch(run, metrics, [Param(f"param {writer}", str(writer))], [RunTag(f"tag {step}", "x")])


def main() -> int:
    clients, batches = int(sys.argv[1]), int(sys.argv[2])
    run = MlflowClient().create_run("0").info.run_id
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(write, run, writer, batches) for writer in range(clients)]:
            done.result()
    client = MlflowClient()
    stored, count = client.get_run(run), clients * batches
    assert len(stored.data.params) == clients and len(stored.data.metrics) == clients + 1
    assert stored.data.metrics["shared"] == count - 1, stored.data.metrics["shared"]
    assert sum(key.startswith("tag ") for key in stored.data.tags) == count
    history = [(point.step, point.value) for point in client.get_metric_history(run, "shared")]
    assert history == [(step, float(step)) for step in range(count)], history
    print(run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
