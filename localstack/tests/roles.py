"""Sessions with the roles of the functions, and the error codes of denied calls."""

from __future__ import annotations

import json

import boto3

from localstack.system import System

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException")


def as_role_of(system: System, function: str) -> boto3.Session:
    """Session with the credentials of a function's own role."""
    role = system.client("lambda").get_function_configuration(FunctionName=system.outputs["function_names"][function])[
        "Role"
    ]
    iam = system.client("iam")
    name = role.rsplit("/", 1)[1]
    policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
    assert policies, f"{name} has no inline policy"
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    me = system.client("sts").get_caller_identity()["Arn"]
    widened = {
        **trust,
        "Statement": [*trust["Statement"], {"Effect": "Allow", "Principal": {"AWS": me}, "Action": "sts:AssumeRole"}],
    }
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(widened))
    try:
        keys = system.client("sts").assume_role(RoleArn=role, RoleSessionName="least-privilege-test")["Credentials"]
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
