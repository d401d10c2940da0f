"""The saved state of the chaos test is the same for the same behaviour, whatever commit and clock made it."""

from __future__ import annotations

import json
import urllib.parse
from pathlib import Path
from typing import Any

from localstack.chaos import golden
from localstack.chaos.state import State

SERIES = "eth-usd-1d-h1"


def saved(
    path: Path, run: str, clock: str, attributes: tuple[str, ...] = ("kind", "series"), probability: str = "0.6"
) -> Any:
    """Saved state of one run with its model, a report, a message and two leases."""
    model = f"WVMA {run}".encode()
    report = {"model": {"sha256": golden.sha256(model)}, "probability_up": float(probability)}
    state = State(
        objects={
            f"models/{SERIES}/1/model.wvm": model,
            f"reports/{SERIES}/2023-11-01T000500Z.json": json.dumps(report).encode(),
            f"reports/{SERIES}/2023-11-02T000500Z.json": json.dumps(report).encode(),
        },
        records={
            f"runs SERIES#{SERIES} RUN#{run}": {"code_version": run, "started_at": clock, "rows": "9"},
            f"runs RUN#{run} TRIAL#0": {"pk": f"RUN#{run}", "log_loss": "0.7"},
        },
    )
    lease = {"pk": {"S": "LOCK#x"}, "token": {"S": clock}, "acquired_at": {"S": clock}, "expires_at": {"N": clock}}
    form = {"Message": json.dumps({"default": json.dumps({"run": run, "text": "one\ntwo"})})}
    for number, name in enumerate(attributes, 1):
        form |= {
            f"MessageAttributes.entry.{number}.Name": name,
            f"MessageAttributes.entry.{number}.Value.StringValue": f"{name}!",
        }
    bodies = {
        "score sns:Publish drift": [urllib.parse.urlencode(form)],
        "train dynamodb:PutItem locks LOCK#train": [
            json.dumps({"ConditionExpression": "attribute_not_exists(pk)", "Item": lease}),
            json.dumps({"ConditionExpression": f"token is {clock}", "Item": lease}),
        ],
    }
    golden.save(
        path,
        state,
        {
            "bodies": bodies,
            "counts": {},
            "seen": {"score sns:Publish": 1, "train dynamodb:PutItem locks LOCK#train": 2},
        },
    )
    return json.loads(path.read_text())


def test_commit_clock_and_order_of_attributes_change_nothing(tmp_path: Path) -> None:
    first = saved(tmp_path / "a", "20231104T000000Z-0123456789ab", "2026-01-01T00:00:00Z")
    second = saved(
        tmp_path / "b", "20231104T000000Z-ba9876543210", "2027-01-01T00:00:00Z", attributes=("series", "kind")
    )
    assert first == second
    assert first["records"][f"runs SERIES#{SERIES} RUN#20231104T000000Z-th-usd-1d-h1"]["rows"] == "9"
    assert first["requests"]["score sns:Publish drift"][0]["Message"]["default"]["text"] == ["one", "two"]
    assert len(first["requests"]["train dynamodb:PutItem locks LOCK#train"]) == 1, "a renewal depends on the machine"
    assert list(first["writes"]) == ["score sns:Publish"]


def test_a_changed_value_shows_in_full_reports_and_in_hashes_of_the_others(tmp_path: Path) -> None:
    first = saved(tmp_path / "a", "20231104T000000Z-0123456789ab", "t")["objects"]
    second = saved(tmp_path / "b", "20231104T000000Z-0123456789ab", "t", probability="0.7")["objects"]
    changed = [key for key in first if first[key] != second[key]]
    assert changed == [f"reports/{SERIES}/2023-11-01T000500Z.json", f"reports/{SERIES}/2023-11-02T000500Z.json"]
    assert "values_sha256" in first[changed[0]] and second[changed[1]]["probability_up"] == 0.7


def test_a_renamed_field_leaves_the_hash_of_values_as_it_was() -> None:
    hashes = [
        golden.shown("a.json", content, full=False)
        for content in (b'{"over": 1, "b": [true]}', b'{"recovered": 1, "b": [true]}')
    ]
    assert hashes[0] == hashes[1]
