"""Checks of the emulator and the exchange server that are up: they do what the system needs of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

from localstack.service import DIRECT
from localstack.system import EXCHANGE_URL


def root_is_known() -> str:
    return str(boto3.client("sts").get_caller_identity()["Arn"])


def unknown_key_is_refused() -> str:
    try:
        boto3.client("sts", aws_access_key_id="AKIAUNKNOWN000000000", aws_secret_access_key="x").get_caller_identity()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    raise AssertionError("an unknown key was accepted: credentials are not checked")


def role_is_denied_what_it_lacks() -> str:
    iam, name = boto3.client("iam"), f"smoke-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    try:
        got = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="smoke")["Credentials"]
        keys = {
            "aws_access_key_id": "AccessKeyId",
            "aws_secret_access_key": "SecretAccessKey",
            "aws_session_token": "SessionToken",
        }
        boto3.client("dynamodb", **{ours: got[theirs] for ours, theirs in keys.items()}).list_tables()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    finally:
        iam.delete_role(RoleName=name)
    raise AssertionError("a role without any policy listed tables: IAM is not enforced")


def objects_come_back() -> str:
    s3, bucket = boto3.client("s3"), f"smoke-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    try:
        s3.put_object(Bucket=bucket, Key="a/b", Body=b"weather")
        assert s3.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"weather"
        s3.delete_object(Bucket=bucket, Key="a/b")
    finally:
        s3.delete_bucket(Bucket=bucket)
    return "put, got, deleted"


def fetch(path: str) -> tuple[Any, str]:
    """Response of the exchange server, and the provenance of its bars."""
    with DIRECT.open(f"{EXCHANGE_URL}{path}", timeout=10) as answer:
        return json.load(answer), answer.headers["x-market-history"]


def exchange_serves_bars() -> str:
    rows, history = fetch("/products/ETH-USD/candles?granularity=86400")
    assert len(rows) == 300, f"{len(rows)} rows"
    return f"300 daily bars, {history}"


def sources_agree_on_the_last_close() -> str:
    status, _ = fetch("/control/status")
    day = 86_400
    opens = int(datetime.fromisoformat(status["now"].replace("Z", "+00:00")).timestamp()) // day * day - day
    coinbase = fetch("/products/ETH-USD/candles?granularity=86400")[0][0][4]
    kraken = fetch(f"/0/public/OHLC?pair=ETHUSD&interval=1440&since={opens - 1}")[0]["result"]["XETHZUSD"][0][4]
    ohlc = fetch("/api/v2/ohlc/ethusd/?step=86400&limit=1&exclude_current_candle=true")[0]["data"]["ohlc"]
    binance = fetch(f"/api/v3/klines?symbol=ETHUSDT&interval=1d&startTime={opens}000&limit=1")[0][0][4]
    chart = fetch(f"/v8/finance/chart/ETH-USD?interval=1d&period1={opens}&period2={opens + day}")[0]["chart"]
    yahoo = chart["result"][0]["indicators"]["quote"][0]["close"][0]
    closes = {float(close) for close in (coinbase, kraken, ohlc[0]["close"], binance, yahoo)}
    assert len(closes) == 1, f"closes {sorted(closes)}"
    return f"{', '.join(status['sources'])}: {closes.pop()}"


def run() -> int:
    checks: list[Callable[[], str]] = [
        root_is_known,
        unknown_key_is_refused,
        role_is_denied_what_it_lacks,
        objects_come_back,
        exchange_serves_bars,
        sources_agree_on_the_last_close,
    ]
    failed = 0
    for check in checks:
        try:
            print(f"ok    {check.__name__.replace('_', ' ')}: {check()}")
        except Exception as error:  # any failure of a check is its result
            failed += 1
            print(f"FAIL  {check.__name__.replace('_', ' ')}: {error}")
    return 1 if failed else 0
