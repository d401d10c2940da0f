"""Tests of train as deployed: evaluation, reproducibility, idempotency and the registry."""

from __future__ import annotations

import hashlib
import json
import math
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from localstack.system import DAILY, WEEKLY, Json, System, rfc3339, wait_for


def runs(system: System, series: str) -> list[Json]:
    return system.query("runs", f"SERIES#{series}", "RUN#")


def test_the_first_champion_is_climatology_and_its_run_is_recorded(system: System, trained: Json) -> None:
    versions = system.versions(DAILY)
    assert versions[0]["family"] == "climatology"
    assert [run["run"] for run in runs(system, DAILY)] == [trained["run"]]
    trials = system.query("runs", f"RUN#{trained['run']}", "TRIAL#")
    assert len(trials) == trained["trials"] > 1
    assert {trial["family"] for trial in trials} == {"logistic", "random_forest", "extra_trees", "boosting"}
    assert math.isclose(sum(float(trial["metrics"]["weight"]) for trial in trials), 1.0, abs_tol=1e-9)


def test_a_run_records_its_search_memory_and_evaluation(system: System, trained: Json) -> None:
    run = runs(system, DAILY)[0]
    assert run["search"]["ended"] == "trials"
    fitted = [len(t["metrics"]["fold_log_losses"]) for t in system.query("runs", f"RUN#{run['run']}", "TRIAL#")]
    assert run["search"]["pruned"] == sum(folds < max(fitted) for folds in fitted)
    assert math.isclose(
        sum(float(importance["share"]) for importance in run["search"]["importances"]), 1.0, abs_tol=1e-9
    )
    assert 5 < float(run["peak_memory_mb"]) < 512
    evaluation = run["evaluation"]
    assert float(run["holdout_log_loss"]) == float(evaluation["forecast"]["log_loss"])
    assert evaluation["selection"]["trials"] == run["search"]["selection"]["trials"] == trained["trials"]
    overfitting = "overfitting_probability"
    assert evaluation["selection"][overfitting] == run["search"]["selection"][overfitting]
    low, high = map(float, evaluation["forecast"]["intervals"]["auc"])
    # All three are one half if every forecast is the base rate.
    assert low <= float(evaluation["forecast"]["auc"]) <= high
    assert {"climatology", "persistence", "always_up", "after_costs", "band"} <= evaluation.keys()


def test_a_challenger_without_signal_is_rejected(system: System, trained: Json) -> None:
    """The market has no signal, so the direction must not serve. Its volatility clusters, so the distribution may."""
    verdict = next(run for run in runs(system, DAILY) if run["run"] == trained["run"])["verdict"]
    assert verdict["direction"]["promoted"] is False, trained["reasons"]
    assert verdict["parts"] in ("none", "distribution")
    assert trained["champion"] == (trained["version"] if trained["promoted"] else 1)
    assert trained["reasons"]


def test_the_artifact_is_the_one_that_was_registered(system: System, trained: Json) -> None:
    version = next(v for v in system.versions(DAILY) if v["run"] == trained["run"])
    assert hashlib.sha256(system.object(version["artifact_key"])).hexdigest() == version["sha256"]


def test_the_same_event_twice_trains_once(system: System, trained: Json, now: datetime) -> None:
    again = system.invoke("train", {"series": DAILY, "reason": "manual", "as_of": rfc3339(now)})
    assert (again["status"], again["run"]) == ("already_done", trained["run"])
    assert len(runs(system, DAILY)) == 1


def test_two_concurrent_trainings_make_one_run(system: System, trained: Json, now: datetime, restored: None) -> None:
    known = len(runs(system, WEEKLY))
    event = {"series": WEEKLY, "reason": "manual", "as_of": rfc3339(now - timedelta(days=1))}
    with ThreadPoolExecutor(2) as pool:
        statuses = {answer["status"] for answer in pool.map(lambda _: system.invoke("train", event), range(2))}
    assert statuses == {"trained", "already_done"}
    assert len(runs(system, WEEKLY)) == known + 1


def test_an_alert_during_a_training_waits_for_its_end(
    system: System, trained: Json, now: datetime, restored: None
) -> None:
    """An alert is not sent again: the training that it requests must not be lost to one with other bars."""
    known = len(runs(system, WEEKLY))
    scheduled = {"series": WEEKLY, "reason": "manual", "as_of": rfc3339(now - timedelta(days=2))}
    alert = {
        "series": WEEKLY,
        "version": 1,
        "as_of": rfc3339(now - timedelta(days=3)),
        "kind": "drift",
        "action": "retrain",
        "severity": "warning",
        "rules": ["severe_shift"],
        "reasons": ["the test"],
        "report_key": "reports/none.html",
        "text": "The test.",
    }
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(system.invoke, "train", scheduled)
        wait_for("the other run", lambda: len(runs(system, WEEKLY)) > known)
        requested = system.invoke("train", {"Records": [{"Sns": {"Message": json.dumps(alert)}}]})
        other = first.result()
    assert (requested["status"], other["status"]) == ("trained", "trained")
    run = next(run for run in runs(system, WEEKLY) if run["run"] == requested["run"])
    assert (run["reason"], run["alert"]["rules"]) == ("drift", ["severe_shift"])


def test_the_history_of_champions_begins_with_version_one(system: System, trained: Json) -> None:
    history = system.history(DAILY)
    assert [int(change["version"]) for change in history] == ([1, trained["version"]] if trained["promoted"] else [1])


def test_a_refit_on_all_rows_forecasts_in_the_shadow(system: System, trained: Json, scored: Json) -> None:
    """A training that was better than climatology on its hold-out brings its refit, which no caller is served by yet."""
    shadow = [version for version in system.versions(DAILY) if version["status"] == "shadow"]
    assert f"{trained['run']}-refit" in {version["run"] for version in shadow}
    newest = system.query("forecasts", f"SERIES#{DAILY}", "2")[-1]
    experts = {expert["expert"]: float(expert["weight"]) for expert in newest["experts"]}
    assert {f"version-{int(version['version'])}" for version in shadow} < experts.keys()
    assert math.isclose(sum(experts.values()), 1.0, abs_tol=1e-9) and experts["climatology"] > 0.5
    _, _, listed = system.api("GET", f"/v1/series/{DAILY}/versions")
    assert {version["version"] for version in listed["versions"] if version["status"] == "shadow"} == {
        int(version["version"]) for version in shadow
    }
