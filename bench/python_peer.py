"""The peer: a Python function with the AWS SDK that answers the same route, with the loop of a custom runtime."""

import http.client
import json
import os

import boto3

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def handler(event: dict) -> dict:
    if event["rawPath"] == "/health":
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps({"status": "ok"})}
    return {"statusCode": 404, "body": "{}"}


while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    response = api.getresponse()
    request = response.getheader("lambda-runtime-aws-request-id")
    answer = handler(json.loads(response.read()))
    api.request("POST", f"/2018-06-01/runtime/invocation/{request}/response", json.dumps(answer))
    api.getresponse().read()
