# Hello from NAPI over mutual TLS, with Python's requests and a key with a passphrase.
#
#   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
#   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... python3 requests_passphrase.py

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
# For this host alone: no other needs to be shown the certificate.
session.mount(env["NAPI_URL"], ClientCertificateAdapter())

response = session.get(
    env["NAPI_URL"] + "/connection/v1/testauthentication",
    headers={"Accept": "application/json"},
    auth=(env["NAPI_USER"], env["NAPI_PASSWORD"]),
    verify=env.get("NAPI_CA_FILE", True),  # a file only for a local server
    timeout=30,
)
if response.status_code != 200:
    sys.exit(f"HTTP {response.status_code}: {response.text}")
print(response.json())
