"""Objects and records of the system at one time, and the way back to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localstack.system import Json, System
from localstack.tests.functions import restart, wait_until_idle

TABLES = ("runs", "registry", "forecasts")
# Properties of an object that a reader may depend on.
KEPT_HEADERS = ("ContentType", "CacheControl", "Metadata")
MAX_DELETED_OBJECTS = 1_000


@dataclass(frozen=True)
class Snapshot:
    objects: dict[str, tuple[str, Json]]
    """Entity tag, and the arguments of the call that writes the object, by key."""
    records: dict[str, dict[str, Json]]
    """Items by their keys, by table."""

    @classmethod
    def take(cls, system: System) -> Snapshot:
        wait_until_idle(system)
        objects = {key: (tag, read(system, key)) for key, tag in tags(system).items()}
        return cls(objects, {table: items(system, table) for table in TABLES})

    def restore(self, system: System) -> None:
        """Makes bucket and tables what they were. Functions start anew, because they keep what they have read."""
        wait_until_idle(system)
        changed = self.restore_objects(system)
        for table in TABLES:
            changed |= self.restore_table(system, table)
        if changed:
            for function in system.outputs["function_names"]:
                restart(system, function)

    def restore_objects(self, system: System) -> bool:
        s3, bucket, present = system.client("s3"), system.outputs["bucket"], tags(system)
        added = [{"Key": key} for key in present.keys() - self.objects.keys()]
        for start in range(0, len(added), MAX_DELETED_OBJECTS):
            batch = added[start : start + MAX_DELETED_OBJECTS]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        changed = [key for key, (tag, _) in self.objects.items() if present.get(key) != tag]
        for key in changed:
            s3.put_object(Bucket=bucket, Key=key, **self.objects[key][1])
        return bool(added or changed)

    def restore_table(self, system: System, table: str) -> bool:
        client, name = system.client("dynamodb"), system.outputs["table_names"][table]
        present, wanted = items(system, table), self.records[table]
        added = present.keys() - wanted.keys()
        changed = [key for key, item in wanted.items() if present.get(key) != item]
        for key in added:
            client.delete_item(
                TableName=name, Key={part: present[key][part] for part in ("pk", "sk") if part in present[key]}
            )
        for key in changed:
            client.put_item(TableName=name, Item=wanted[key])
        return bool(added or changed)


def tags(system: System) -> dict[str, str]:
    """Entity tags of all objects by key."""
    pages = system.client("s3").get_paginator("list_objects_v2").paginate(Bucket=system.outputs["bucket"])
    return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", [])}


def read(system: System, key: str) -> Json:
    response = system.client("s3").get_object(Bucket=system.outputs["bucket"], Key=key)
    headers = {name: response[name] for name in KEPT_HEADERS if response.get(name)}
    return {"Body": response["Body"].read(), **headers}


def items(system: System, table: str) -> dict[str, Json]:
    """Items of a table by `pk sk`."""
    pages = (
        system.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=system.outputs["table_names"][table], ConsistentRead=True)
    )
    found: list[dict[str, Any]] = [item for page in pages for item in page["Items"]]
    return {" ".join(item[part]["S"] for part in ("pk", "sk") if part in item): item for item in found}
