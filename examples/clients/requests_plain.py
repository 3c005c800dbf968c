# Hello from NAPI over mutual TLS, with Python's requests and a key without a passphrase.
#
#   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
#   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key python3 requests_plain.py

import os
import sys

import requests

env = os.environ
certificate = (env["NAPI_CERTIFICATE"], env["NAPI_KEY"]) if "NAPI_CERTIFICATE" in env else None

response = requests.get(
    env["NAPI_URL"] + "/connection/v1/testauthentication",
    headers={"Accept": "application/json"},
    auth=(env["NAPI_USER"], env["NAPI_PASSWORD"]),
    cert=certificate,
    verify=env.get("NAPI_CA_FILE", True),  # a file only for a local server
    timeout=30,
)
if response.status_code != 200:
    sys.exit(f"HTTP {response.status_code}: {response.text}")
print(response.json())
