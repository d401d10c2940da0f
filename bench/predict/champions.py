"""Alias `champion` of a series, moved as by promotions, with the history that responses are compared with."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from bench.predict.models import attribute, item


@dataclass(frozen=True)
class ServicePeriod:
    """Time of a version as champion, until the next promotion began."""

    version: int
    start: float
    end: float


@dataclass
class Champions:
    """Versions 1 to `count`, of which the first is champion. Times are of `time.perf_counter`."""

    dynamodb: Any
    table: str
    series: str
    count: int
    current: int = 1
    revision: int = 1
    since: float = field(default_factory=time.perf_counter)
    past: list[ServicePeriod] = field(default_factory=list)

    def swap(self) -> None:
        """Promotes the next version by number, after the last the first, as the registry of the Rust side does: alias,
        history and the status of both versions change together, if the alias was not moved in between."""
        began, to = time.perf_counter(), self.current % self.count + 1
        seconds, nanos = divmod(time.time_ns(), 10**9)
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanos:09}Z"
        move = {"version": to, "previous": self.current, "revision": self.revision + 1}
        history = move | {"series": self.series, "at": at, "reason": "bench"}
        self.dynamodb.transact_write_items(
            TransactItems=[
                self._put(
                    "ALIAS#champion", move | {"since": at}, "revision = :seen", {":seen": attribute(self.revision)}
                ),
                self._put(f"HISTORY#{at}#{self.revision + 1:06}", history, "attribute_not_exists(pk)", {}),
                self._mark(to, "champion"),
                self._mark(self.current, "retired"),
            ]
        )
        self.past.append(ServicePeriod(self.current, self.since, began))
        self.current, self.revision, self.since = to, self.revision + 1, time.perf_counter()

    def age(self, version: int, sent: float, answered: float) -> float:
        """Seconds between the end of `version` as champion and the request at `sent`; 0 if it was still champion."""
        if version == self.current and answered >= self.since:
            return 0.0
        ends = [period.end for period in self.past if period.version == version and period.start <= answered]
        if not ends:
            raise RuntimeError(f"version {version} answered before it was champion")
        return max(0.0, sent - max(ends))

    def _put(self, key: str, record: dict[str, Any], condition: str, values: dict[str, Any]) -> dict[str, Any]:
        content = item(f"SERIES#{self.series}", key, record)
        put = {"TableName": self.table, "Item": content, "ConditionExpression": condition}
        return {"Put": put | ({"ExpressionAttributeValues": values} if values else {})}

    def _mark(self, version: int, status: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self.table,
                "Key": {"pk": {"S": f"SERIES#{self.series}"}, "sk": {"S": f"VERSION#{version:06}"}},
                "UpdateExpression": "SET #status = :status",
                "ConditionExpression": "attribute_exists(pk)",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":status": {"S": status}},
            }
        }
