"""Train, as deployed: evidence, reproducibility, one effect, and the registry that remembers."""

from __future__ import annotations

import hashlib
import json
import math
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from localstack.system import DAILY, WEEKLY
from localstack.system import rfc3339, wait_for


def test_the_first_champion_is_climatology_and_the_run_is_on_record(system, trained):
    versions = system.versions(DAILY)
    assert versions[0]["family"] == "climatology"
    runs = system.query("runs", f"SERIES#{DAILY}", "RUN#")
    assert [run["run"] for run in runs] == [trained["run"]]
    trials = system.query("runs", f"RUN#{trained['run']}", "TRIAL#")
    assert len(trials) == trained["trials"] > 1
    assert {trial["family"] for trial in trials} == {"logistic", "random_forest", "extra_trees", "boosting"}
    assert math.isclose(sum(float(trial["metrics"]["weight"]) for trial in trials), 1.0, abs_tol=1e-9)


def test_a_run_says_what_it_took_and_what_its_numbers_are_worth(system, trained):
    run = system.query("runs", f"SERIES#{DAILY}", "RUN#")[0]
    assert run["search"]["ended"] == "trials"
    fitted = [len(t["metrics"]["fold_log_losses"]) for t in system.query("runs", f"RUN#{run['run']}", "TRIAL#")]
    assert run["search"]["pruned"] == sum(folds < max(fitted) for folds in fitted)
    assert math.isclose(sum(float(one["share"]) for one in run["search"]["importances"]), 1.0, abs_tol=1e-9)
    assert 5 < float(run["peak_memory_mb"]) < 512
    evaluation = run["evaluation"]
    assert float(run["holdout_log_loss"]) == float(evaluation["forecast"]["log_loss"])
    assert evaluation["selection"]["trials"] == run["search"]["selection"]["trials"] == trained["trials"]
    overfitting = "overfitting_probability"
    assert evaluation["selection"][overfitting] == run["search"]["selection"][overfitting]
    low, high = map(float, evaluation["forecast"]["intervals"]["auc"])
    # All three are one half where every forecast is the base rate.
    assert low <= float(evaluation["forecast"]["auc"]) <= high
    assert {"climatology", "persistence", "always_up", "after_costs", "band"} <= evaluation.keys()


def test_the_verdict_follows_the_evidence(system, trained):
    """The market of this test carries no signal: a challenger must not become champion."""
    assert trained["promoted"] is False, trained["reasons"]
    assert trained["champion"] == 1
    assert trained["reasons"]


def test_the_artifact_is_the_one_that_was_registered(system, trained):
    version = next(v for v in system.versions(DAILY) if v["run"] == trained["run"])
    assert hashlib.sha256(system.object(version["artifact_key"])).hexdigest() == version["sha256"]


def test_the_same_event_twice_trains_once(system, trained, now):
    again = system.invoke("train", {"series": DAILY, "reason": "manual", "as_of": rfc3339(now)})
    assert (again["status"], again["run"]) == ("already_done", trained["run"])
    assert len(system.query("runs", f"SERIES#{DAILY}", "RUN#")) == 1


def test_two_trainings_at_once_are_one_and_the_second_says_so(system, trained, now):
    event = {"series": WEEKLY, "reason": "manual", "as_of": rfc3339(now - timedelta(days=1))}
    with ThreadPoolExecutor(2) as pool:
        statuses = {answer["status"] for answer in pool.map(lambda _: system.invoke("train", event), range(2))}
    assert statuses == {"trained", "already_done"}
    assert len(system.query("runs", f"SERIES#{WEEKLY}", "RUN#")) == 1


def test_an_alert_that_finds_a_training_at_work_waits_for_its_end(system, trained, now):
    """Nobody sends an alert again: a training that it asks for must not be lost to one with other bars."""
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
        wait_for("the other run", lambda: system.query("runs", f"SERIES#{WEEKLY}", "RUN#")[1:])
        asked = system.invoke("train", {"Records": [{"Sns": {"Message": json.dumps(alert)}}]})
        other = first.result()
    assert (asked["status"], other["status"]) == ("trained", "trained")
    run = next(run for run in system.query("runs", f"SERIES#{WEEKLY}", "RUN#") if run["run"] == asked["run"])
    assert (run["reason"], run["alert"]["rules"]) == ("drift", ["severe_shift"])


def test_who_was_champion_is_append_only_history(system, trained):
    history = system.history(DAILY)
    assert len(history) == 1
    assert history[0]["version"] == 1
