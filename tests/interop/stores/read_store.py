# SHA-256 of the public half of the key in a PKCS#12 store, with Python's cryptography.
#
#   STORE_PASSPHRASE=... python3 read_store.py napi.p12

import hashlib
import os
import sys

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

with open(sys.argv[1], "rb") as file:
    store = pkcs12.load_pkcs12(file.read(), os.environ["STORE_PASSPHRASE"].encode())
public_key = store.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
print(store.cert.friendly_name.decode(), hashlib.sha256(public_key).hexdigest())
