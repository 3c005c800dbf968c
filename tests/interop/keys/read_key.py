# SHA-256 of the public half of a private key, with Python's cryptography.
#
#   KEY_PASSPHRASE=... python3 read_key.py napi.key

import hashlib
import os
import sys

from cryptography.hazmat.primitives import serialization

passphrase = os.environ.get("KEY_PASSPHRASE")
with open(sys.argv[1], "rb") as file:
    key = serialization.load_pem_private_key(file.read(), passphrase and passphrase.encode())
public_key = key.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
print(hashlib.sha256(public_key).hexdigest())
