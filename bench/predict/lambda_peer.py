"""Peer on Lambda: a Python function with the AWS SDK and scikit-learn, with the loop of a custom runtime.

Like predict it reads alias, version, model and window from the stores before the first request, checks the model's hash, and
reads the registry again after five seconds.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import pickle
import time
from typing import Any

import boto3
from botocore.config import Config

from bench.predict import peer as predict_peer

SERIES = os.environ["WEATHERVANE_SERIES"].split(",")[0]
BUCKET, TABLE = os.environ["WEATHERVANE_BUCKET"], os.environ["WEATHERVANE_REGISTRY_TABLE"]
CACHE_TTL = 5.0

s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
dynamodb = boto3.client("dynamodb")
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
known: dict[str, Any] = {"at": 0.0, "version": None}


def item(sort_key: str) -> dict[str, Any]:
    key = {"pk": {"S": f"SERIES#{SERIES}"}, "sk": {"S": sort_key}}
    return dict(dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"])


def read(key: str) -> bytes:
    return bytes(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def refresh() -> None:
    if time.time() - known["at"] < CACHE_TTL:
        return
    version = item("ALIAS#champion")["version"]["N"]
    if version != known["version"]:
        record = item(f"VERSION#{int(version):06}")
        # The pickle is beside the model in predict's own format.
        content = read(record["artifact_key"]["S"].replace("model.wvm", "model.pickle"))
        known.update(version=version, sha256=hashlib.sha256(content).hexdigest(), model=pickle.loads(content))
    known["bars"] = predict_peer.frame(json.loads(read("window/ETH-USD/1d.json"))["bars"])
    known["at"] = time.time()


def handler(event: dict[str, Any]) -> dict[str, Any]:
    refresh()
    body = event.get("body")
    bars = predict_peer.frame(json.loads(body)["bars"]) if body else known["bars"]
    answer = predict_peer.answer(known["model"], bars)
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(answer)}


refresh()
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    response = api.getresponse()
    request = response.getheader("lambda-runtime-aws-request-id")
    result = handler(json.loads(response.read()))
    api.request("POST", f"/2018-06-01/runtime/invocation/{request}/response", json.dumps(result))
    api.getresponse().read()
