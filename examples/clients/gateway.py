# Hello and a verification by way of `napi-mtls gateway`, with Python's requests: no key, no certificate, no TLS.
#
#   NAPI_GATEWAY=http://127.0.0.1:8080 NAPI_USER=... NAPI_PASSWORD=... python3 gateway.py request.json

import json
import os
import sys

import requests

env = os.environ
gateway = env.get("NAPI_GATEWAY", "http://127.0.0.1:8080")

session = requests.Session()  # keeps its connection
session.trust_env = False  # no proxy on the way to this machine
session.auth = (env["NAPI_USER"], env["NAPI_PASSWORD"])
session.headers["Accept"] = "application/json"


def call(method, path, body=None):
    # The gateway gives up after 150 s, and says so.
    headers = {"Content-Type": "application/json"} if body else {}
    response = session.request(method, gateway + path, data=body, headers=headers, timeout=160)
    # What the gateway answers itself is application/problem+json: type, detail, side, remedy.
    if response.status_code != 200:
        sys.exit(f"HTTP {response.status_code}: {response.text}")
    return response.text


print(call("GET", "/connection/v1/testauthentication").strip('"'))

with open(sys.argv[1], "rb") as file:
    request = file.read()
# Not sent again if it fails: there is no idempotency key, and each one that arrives is billed.
result = json.loads(call("POST", "/verifications/v1/verify", request))
record = result.get("Record") or {}
# Without a record id there is no result, whatever RecordStatus says.
if not record.get("TransactionRecordID"):
    sys.exit(f"no result; transaction {result.get('TransactionID')}")
print(record["RecordStatus"], record["TransactionRecordID"])
