# What a certification request says, and whether its signature verifies, with Python's cryptography.
#
#   python3 read_request.py napi.csr

import sys

from cryptography import x509

with open(sys.argv[1], "rb") as file:
    request = x509.load_pem_x509_csr(file.read())
print("subject:", request.subject.rfc4514_string())
for extension in request.extensions:
    print("extension:", extension.value)
if not request.is_signature_valid:
    sys.exit("the signature does not verify")
print("the signature verifies")
