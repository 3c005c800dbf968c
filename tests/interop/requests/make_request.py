# A private key and a certification request, with Python's cryptography.
#
#   C=CA ST='British Columbia' L=Vancouver O='Acme Identity Inc.' CN=napi.acme.example \
#   KEY_PASSPHRASE=... python3 make_request.py napi.key napi.csr [ec]

import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

FIELDS = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "CN": NameOID.COMMON_NAME,
}

key_path, request_path, *kind = sys.argv[1:]
if kind == ["ec"]:
    key = ec.generate_private_key(ec.SECP256R1())
else:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

subject = x509.Name(
    [x509.NameAttribute(oid, os.environ[name]) for name, oid in FIELDS.items() if os.environ.get(name)]
)
request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())

passphrase = os.environ.get("KEY_PASSPHRASE")
encryption = (
    serialization.BestAvailableEncryption(passphrase.encode())
    if passphrase
    else serialization.NoEncryption()
)
pem = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
)
with open(os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
    file.write(pem)
with open(request_path, "wb") as file:
    file.write(request.public_bytes(serialization.Encoding.PEM))
