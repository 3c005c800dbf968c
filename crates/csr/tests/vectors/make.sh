#!/bin/sh
# Makes every file here that openssl made, anew: run in this folder with OpenSSL 3.
# The key changes, so everything signed or encrypted with it changes too; `key-ours.pem` and
# `det-keygen-2048.txt` are not made here (README.md says where they come from).
set -eu

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem
openssl pkey -in key.pem -pubout -outform DER -out public-key.der
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out other-size.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out other-exponent.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other-kind.pem
openssl pkey -in other-kind.pem -pubout -outform DER -out other-kind-public.der

encrypt() { openssl pkcs8 -topk8 -in key.pem -passout pass:sesame "$@"; }
encrypt -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000 -out key-aes256.pem
encrypt -v2 des3 -v2prf hmacWithSHA1 -iter 2048 -out key-3des.pem
encrypt -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 10000001 -out key-too-many-iterations.pem
encrypt -scrypt -out key-scrypt.pem
encrypt -v1 PBE-SHA1-3DES -out key-pkcs12.pem

request() {
    out=$1 subject=$2
    shift 2
    openssl req -new -key key.pem -utf8 -config openssl.cnf -subj "$subject" "$@" -outform DER -out "requests/$out.der"
}
acme='/C=CA/ST=British Columbia/L=Vancouver/O=Acme Identity Inc./CN=napi.acme.example'
request acme "$acme"
request one-name "$acme" -addext 'subjectAltName=DNS:napi.acme.example'
request two-names "$acme" -addext 'subjectAltName=DNS:napi.acme.example,DNS:backup.acme.example'
request accents "/C=FR/ST=Île-de-France/L=Paris/O=Société Générale d'Identité/CN=napi.societe.example"
request beyond-latin '/C=JP/ST=東京都/L=千代田区/O=株式会社アクメ 🚀/CN=napi.acme.example'
request punctuation '/C=IE/ST=County Dublin/L=Baile Átha Cliath/O=O'"'"'Neill \+ Sons: A=B; "C"./CN=napi.acme.example'
long() { printf "%0$1d" 0 | sed "s/0/$2/g"; }
request longest "/C=DE/ST=$(long 128 é)/L=$(long 128 x)/O=$(long 64 ü)/CN=$(long 60 a).com"

# Every extension and every kind of name that a request can ask for.
names='DNS:*.acme.example,email:ops@acme.example,IP:192.0.2.1,IP:2001:db8::1,URI:https://acme.example/napi'
request every-name "$acme" -addext "subjectAltName=$names"
request usages "$acme" -addext 'subjectAltName=DNS:napi.acme.example' \
    -addext 'keyUsage=critical,digitalSignature,keyEncipherment' -addext 'extendedKeyUsage=clientAuth,serverAuth'
request last-bit "$acme" -addext 'keyUsage=critical,keyAgreement,decipherOnly' -addext 'extendedKeyUsage=emailProtection'

# Requests as others make them: every key and hash that is verified here, and two that are not.
foreign() {
    out=$1
    shift
    openssl req -new -utf8 -config openssl.cnf -subj "$acme" "$@" -out "foreign/$out.pem"
}
fresh() { openssl genpkey "$@" -out foreign.key; }
for hash in sha1 sha224 sha256 sha384 sha512; do
    foreign "rsa-$hash" -key key.pem -$hash
    for curve in 256 384 521; do
        fresh -algorithm EC -pkeyopt ec_paramgen_curve:P-$curve
        foreign "p$curve-$hash" -key foreign.key -$hash
    done
done
foreign rsa-pss -key key.pem -sigopt rsa_padding_mode:pss
fresh -algorithm ED25519
foreign ed25519 -key foreign.key
fresh -algorithm RSA -pkeyopt rsa_keygen_bits:1024
foreign rsa-1024 -key foreign.key

# What the lint has to find.
foreign new-label -key key.pem -newhdr
openssl req -in foreign/rsa-sha256.pem -text | sed 's/$/\r/' >foreign/text-and-crlf.pem
foreign wildcard -key key.pem -addext 'subjectAltName=DNS:*.acme.example'
foreign every-name -key key.pem -addext "subjectAltName=$names,RID:1.2.3,dirName:name" -config extras.cnf
foreign usages -key key.pem -addext 'keyUsage=keyCertSign' -addext 'extendedKeyUsage=serverAuth,1.2.3.4' \
    -addext 'basicConstraints=CA:TRUE'
openssl req -new -utf8 -config extras.cnf -key key.pem -out foreign/extras.pem
acme='/C=uk/ST=BC/L=Vancouver /O=Smith & Sons, Inc./CN=*.acme.example' foreign refused -key key.pem
acme='/C=CA/O=Acme/O=Acme/ST=British Columbia/L=Vancouver/CN=napi.acme.example' foreign repeated -key key.pem
acme="/C=CA/ST=British Columbia/L=Vancouver/O=$(printf 'Acme\033[2J')/CN=napi.acme.example" foreign escape -key key.pem
# T61String and BMPString, as old programs write them.
acme='/C=JP/ST=東京都/L=Orléans/O=Acme/CN=napi.acme.example' foreign old-strings -key key.pem -config old-strings.cnf
for kind in teletex:4 bmp:2048; do
    printf '[req]\nprompt=no\ndistinguished_name=name\nstring_mask=MASK:%s\n[name]\nO=Gr\303\274n\nCN=old.example.com\n' \
        "${kind#*:}" >foreign.cnf
    openssl req -new -utf8 -key key.pem -config foreign.cnf -out "foreign/${kind%:*}.pem"
done
rm foreign.cnf
# UniversalString, which openssl does not make: needs `cryptography` 48 for Python.
python3 - <<'PYTHON'
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.name import _ASN1Type
key = serialization.load_pem_private_key(open("key.pem", "rb").read(), None)
universal = lambda oid, text: x509.NameAttribute(oid, text, _type=_ASN1Type.UniversalString)
name = x509.Name([
    universal(x509.NameOID.ORGANIZATION_NAME, "Gr\u00fcn"),
    universal(x509.NameOID.COMMON_NAME, "old.example.com"),
])
request = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
open("foreign/universal.pem", "wb").write(request.public_bytes(serialization.Encoding.PEM))
PYTHON

# A certificate to renew.
openssl req -x509 -key key.pem -utf8 -config openssl.cnf -days 36500 -set_serial 1 \
    -subj '/C=CA/ST=British Columbia/L=Vancouver/O=Acme Identity Inc./OU=Added by the authority/CN=napi.acme.example' \
    -addext 'subjectAltName=DNS:napi.acme.example,DNS:backup.acme.example' -out certificate.pem
rm foreign.key
