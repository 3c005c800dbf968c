# A verification over mutual TLS, with Python's requests. The request is a file of JSON.
#
#   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
#   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... python3 verify.py request.json

import os
import sys

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

env = os.environ


class ClientCertificateAdapter(HTTPAdapter):
    """Opens the key itself, because the argument `cert` of requests has no place for a passphrase."""

    def init_poolmanager(self, *args, **kwargs):
        context = create_urllib3_context()
        if "NAPI_CERTIFICATE" in env:
            context.load_cert_chain(
                env["NAPI_CERTIFICATE"], env["NAPI_KEY"], env.get("NAPI_KEY_PASSPHRASE")
            )
        kwargs["ssl_context"] = context
        return super().init_poolmanager(*args, **kwargs)


session = requests.Session()
session.mount(env["NAPI_URL"], ClientCertificateAdapter())

with open(sys.argv[1], "rb") as file:
    request = file.read()
# Not sent again if it fails: there is no idempotency key, and each one that arrives is billed.
response = session.post(
    env["NAPI_URL"] + "/verifications/v1/verify",
    data=request,
    headers={"Accept": "application/json", "Content-Type": "application/json"},
    auth=(env["NAPI_USER"], env["NAPI_PASSWORD"]),
    verify=env.get("NAPI_CA_FILE", True),  # a file only for a local server
    timeout=130,  # a verification may take the service 120 s
    allow_redirects=False,
)
# An error has a text or JSON of another form: look at the status first.
if response.status_code != 200:
    sys.exit(f"HTTP {response.status_code}: {response.text}")
result = response.json()
record = result.get("Record") or {}
for error in (result.get("Errors") or []) + (record.get("Errors") or []):
    print(f"service error {error.get('Code')}: {error.get('Message')}", file=sys.stderr)
# Without a record id there is no result, whatever RecordStatus says.
if not record.get("TransactionRecordID"):
    sys.exit(f"no result; transaction {result.get('TransactionID')}")
print(record["RecordStatus"], record["TransactionRecordID"])
