"""What Python's `cryptography` makes of the base keys, into the folder given.

It fixes the cipher and 2048 iterations of PKCS#8; only PKCS#12 can be built to order.
"""

import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

BASE = pathlib.Path(__file__).resolve().parent.parent
OUT = pathlib.Path(sys.argv[1])
ENCRYPTION = BestAvailableEncryption(b"correct horse")
KEYS = {"rsa": "key.pem", "p256": "p256.key", "p384": "p384.key", "ed25519": "ed25519.key"}

for folder in ("refused", "stores"):
    (OUT / folder).mkdir(parents=True, exist_ok=True)


def load(name):
    return load_pem_private_key((BASE / KEYS[name]).read_bytes(), None)


for name in KEYS:
    key = load(name)
    for end, encoding in (("pem", Encoding.PEM), ("der", Encoding.DER)):
        forms = {"pkcs8": (PrivateFormat.PKCS8, NoEncryption())}
        forms["encrypted"] = (PrivateFormat.PKCS8, ENCRYPTION)
        if name != "ed25519":
            forms["traditional-plain"] = (PrivateFormat.TraditionalOpenSSL, NoEncryption())
            if end == "pem":
                forms["traditional"] = (PrivateFormat.TraditionalOpenSSL, ENCRYPTION)
        for form, (private_format, encryption) in forms.items():
            (OUT / f"{name}-{form}.{end}").write_bytes(
                key.private_bytes(encoding, private_format, encryption)
            )

for name in ("p256", "ed25519"):
    (OUT / "refused" / f"openssh-{name}").write_bytes(
        load(name).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    )

certificate = x509.load_pem_x509_certificate((BASE / "p256.crt").read_bytes())
for name, pbe, digest in (
    ("3des", pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC, hashes.SHA1()),
    ("aes-256", pkcs12.PBES.PBESv2SHA256AndAES256CBC, hashes.SHA256()),
):
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(16)
        .key_cert_algorithm(pbe)
        .hmac_hash(digest)
        .build(b"correct horse")
    )
    store = pkcs12.serialize_key_and_certificates(
        b"client", load("p256"), certificate, None, encryption
    )
    (OUT / "stores" / f"{name}.p12").write_bytes(store)
