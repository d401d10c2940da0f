"""Whether the emulator and the market server that are up do what the system needs of them; says what it saw."""

from __future__ import annotations

import json
import sys
import urllib.request
import uuid
from collections.abc import Callable

import boto3
from botocore.exceptions import ClientError

from system import MARKET_URL


def root_is_known() -> str:
    return boto3.client("sts").get_caller_identity()["Arn"]


def unknown_key_is_refused() -> str:
    try:
        boto3.client("sts", aws_access_key_id="AKIAUNKNOWN000000000", aws_secret_access_key="x").get_caller_identity()
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError("a key that nobody has was let through: credentials are not checked")


def role_is_denied_what_it_lacks() -> str:
    iam, name = boto3.client("iam"), f"smoke-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    try:
        got = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="smoke")["Credentials"]
        keys = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey", "aws_session_token": "SessionToken"}
        boto3.client("dynamodb", **{ours: got[theirs] for ours, theirs in keys.items()}).list_tables()
    except ClientError as error:
        return error.response["Error"]["Code"]
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


def market_serves_bars() -> str:
    with urllib.request.urlopen(f"{MARKET_URL}/products/ETH-USD/candles?granularity=86400", timeout=10) as answer:
        rows = json.load(answer)
        assert len(rows) == 300, f"{len(rows)} rows"
        return f"300 daily bars, {answer.headers['x-market-history']}"


def main() -> int:
    checks: list[Callable[[], str]] = [
        root_is_known, unknown_key_is_refused, role_is_denied_what_it_lacks, objects_come_back, market_serves_bars,
    ]
    failed = 0
    for check in checks:
        try:
            print(f"ok    {check.__name__.replace('_', ' ')}: {check()}")
        except Exception as error:  # any failure of a check is its result
            failed += 1
            print(f"FAIL  {check.__name__.replace('_', ' ')}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
