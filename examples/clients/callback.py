# A verification whose result comes later, by a callback, with Python's requests and its own HTTP server.
#
#   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
#   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... \
#   CALLBACK_URL=https://... CALLBACK_PORT=8081 python3 callback.py request.json
#
# CALLBACK_URL is the public address of what forwards to CALLBACK_PORT. Without it this machine calls itself, for which
# the service has to be a local one.

import json
import os
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

env = os.environ
FINAL = {"completed", "complete", "failed", "canceled", "timeoutcanceled"}
hints = queue.Queue(maxsize=1000)


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


class Receiver(BaseHTTPRequestHandler):
    """Callbacks are not signed, come before the end and more than once: each is a hint to ask, and nothing else."""

    timeout = 10

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > 65536:
            self.send_error(413)
            return
        body = self.rfile.read(int(length))
        self.send_response(204)
        self.end_headers()
        try:
            hints.put_nowait(str(json.loads(body)["TransactionId"]))
        except (ValueError, KeyError, TypeError, queue.Full):
            pass  # not from the service

    def log_message(self, *_):
        pass


session = requests.Session()
session.mount(env["NAPI_URL"], ClientCertificateAdapter())


def call(method, path, body=None):
    response = session.request(
        method,
        env["NAPI_URL"] + path,
        json=body,
        headers={"Accept": "application/json"},
        auth=(env["NAPI_USER"], env["NAPI_PASSWORD"]),
        verify=env.get("NAPI_CA_FILE", True),  # a file only for a local server
        timeout=30,
        allow_redirects=False,
    )
    if response.status_code != 200:
        sys.exit(f"HTTP {response.status_code}: {response.text}")
    return response.json()


server = ThreadingHTTPServer(("127.0.0.1", int(env.get("CALLBACK_PORT", "0"))), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = env.get("CALLBACK_URL", f"http://127.0.0.1:{server.server_port}/napi")

with open(sys.argv[1], encoding="utf-8") as file:
    request = json.load(file)
transaction = call("POST", "/verifications/v1/verify", {**request, "CallBackUrl": url})["TransactionID"]
while True:
    if hints.get() != transaction:
        continue
    status = call("GET", f"/verifications/v1/transaction/{quote(transaction, safe='')}/status")
    if status["Status"].lower() in FINAL:
        break
record_id = status.get("TransactionRecordId")
if not record_id:
    sys.exit(f"{status['Status']}, without a record; transaction {transaction}")
record = call("GET", f"/verifications/v1/transactionrecord/{quote(record_id, safe='')}")["Record"]
print(record["RecordStatus"], record["TransactionRecordID"])
