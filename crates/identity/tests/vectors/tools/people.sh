#!/bin/sh
# Files as people have them that are no key and no certificate of the usual form, into the folder
# given: what other programs write, and what is left of files that were cut, padded or copied.
#
# Written for OpenSSL 3.0, keytool of JDK 17, GnuPG 2.2, zip, gzip, tar and Python 3 with `cryptography` 48. All but the
# encrypted and the zipped files come out the same every time.
set -eu
cd "$(dirname "$0")/.."
vectors=$PWD
out=$1
pass="pass:correct horse"
mkdir -p "$out"

# Keys that lack numbers: n, e and d alone, with zeros and without; all but the CRT members.
openssl rsa -in key.pem -noout -text >"$out/numbers" 2>/dev/null
python3 - "$out" <<'PYTHON'
import base64, re, sys
out = sys.argv[1]
text = open(out + "/numbers").read()
def number(name):
    found = re.search(name + r":\s*((?:\s+[0-9a-f:]+\n)+)", text)
    return int(re.sub(r"[\s:]", "", found.group(1)), 16)
n, d = number("modulus"), number("privateExponent")
p, q = number("prime1"), number("prime2")
def length(content):
    if len(content) < 128: return bytes([len(content)])
    size = (len(content).bit_length() + 7) // 8
    return bytes([0x80 | size]) + len(content).to_bytes(size, "big")
def integer(value):
    content = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + length(content) + content
def write(name, numbers):
    content = b"".join(map(integer, numbers))
    der = b"\x30" + length(content) + content
    body = base64.b64encode(der).decode()
    lines = [body[at:at + 64] for at in range(0, len(body), 64)]
    label = "RSA PRIVATE KEY"
    open(f"{out}/{name}", "w").write("\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]))
write("rsa-ned-zeros.pem", [0, n, 65537, d, 0, 0, 0, 0, 0])
write("rsa-ned.pem", [0, n, 65537, d])
write("rsa-primes-zeros.pem", [0, n, 65537, d, p, q, 0, 0, 0])
write("rsa-primes.pem", [0, n, 65537, d, p, q])
write("rsa-ned-damaged.pem", [0, n, 65537, d + 2, 0, 0, 0, 0, 0])
PYTHON
rm "$out/numbers"
openssl rsa -in "$out/rsa-ned-zeros.pem" -noout # openssl opens it

# An Ed25519 key as ring writes it: version 2, the public key under an explicit tag.
seed=$(openssl pkey -in ed25519.key -outform DER | tail -c 32 | xxd -p -c 64)
public=$(openssl pkey -in ed25519.key -pubout -outform DER | tail -c 32 | xxd -p -c 64)
pem() { printf -- '-----BEGIN %s-----\n' "$1"; xxd -r -p | openssl base64; printf -- '-----END %s-----\n' "$1"; }
echo "3053020101300506032b657004220420${seed}a123032100${public}" | pem "PRIVATE KEY" >"$out/ed25519-ring.pem"
echo "3051020101300506032b657004220420${seed}812100${public}" | pem "PRIVATE KEY" >"$out/ed25519-v2.pem"
echo "302c020100300506032b65700420${seed}" | pem "PRIVATE KEY" >"$out/ed25519-bare.pem"

# Short keys under a passphrase, in every scheme, and one of a curve that is not supported.
openssl pkcs8 -topk8 -in refused/small.pem -iter 16 -passout "$pass" -out "$out/small-pbes2.pem"
openssl pkcs8 -topk8 -in refused/small.pem -iter 16 -v1 PBE-SHA1-3DES -passout "$pass" -out "$out/small-pbe.pem"
openssl rsa -in refused/small.pem -traditional -aes128 -passout "$pass" -out "$out/small-traditional.pem"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:sect283k1 |
    openssl pkcs8 -topk8 -iter 16 -passout "$pass" -out "$out/rare-curve-pbes2.pem"
openssl dsa -in openssl/refused/DSA.pem -aes128 -passout "$pass" -out "$out/dsa-traditional.pem"

# DSA, parameters and revocation lists.
openssl dsa -in openssl/refused/DSA.pem -outform DER -out "$out/dsa.der"
openssl dsaparam -in openssl/refused/dsa-parameters.pem -outform DER -out "$out/dsa-parameters.der"
openssl ecparam -name prime256v1 -outform DER -out "$out/ec-parameters.der"
openssl ecparam -name prime256v1 -out "$out/ec-parameters.pem"
openssl ecparam -name prime256v1 -param_enc explicit -outform DER -out "$out/ec-parameters-explicit.der"
openssl pkey -in key.pem -pubout -outform DER -out "$out/public.der"
openssl rsa -in key.pem -RSAPublicKey_out -outform DER -out "$out/public-pkcs1.der"
mkdir "$out/ca"
: >"$out/ca/index"
printf '[ca]\ndefault_ca=it\n[it]\ndatabase=%s/ca/index\ndefault_md=sha256\n' "$out" >"$out/ca/config"
openssl ca -config "$out/ca/config" -gencrl -crldays 36500 -keyfile p256.key -cert p256.crt -out "$out/list.pem"
openssl crl -in "$out/list.pem" -outform DER -out "$out/list.der"
rm -r "$out/ca"

# BER with lengths that are not stated, as `openssl smime` and `cms -stream` write it.
echo text | openssl smime -sign -nodetach -stream -indef -outform DER -signer p256.crt -inkey p256.key \
    -out "$out/indefinite.p7b"
openssl pkcs12 -export -inkey p256.key -in p256.crt -passout "$pass" -out "$out/store.p12"
python3 - "$out" <<'PYTHON'
import sys
out = sys.argv[1]
store = open(out + "/store.p12", "rb").read()
def head(at):
    first = store[at + 1]
    size = first & 0x7F if first & 0x80 else 0
    return 2 + size, int.from_bytes(store[at + 2:at + 2 + size], "big") if size else first
skip, _ = head(0)
content = store[skip:]
open(out + "/indefinite.p12", "wb").write(b"\x30\x80" + content + b"\0\0")
# The outer length stated and the next one not.
version, auth = content[:3], content[3:]
size = auth[1] & 0x7F
length = int.from_bytes(auth[2:2 + size], "big")
inner = b"\x30\x80" + auth[2 + size:2 + size + length] + b"\0\0"
whole = version + inner + auth[2 + size + length:]
open(out + "/indefinite-inside.p12", "wb").write(b"\x30\x82" + len(whole).to_bytes(2, "big") + whole)
PYTHON
head -c 700 "$out/store.p12" >"$out/cut.p12"
head -c 500 cert.der >"$out/cut.der"
(cat cert.der && head -c 512 /dev/zero) >"$out/padded.der"
(cat cert.der && printf 'and more') >"$out/followed.der"

# Stores, archives and files of other programs.
keytool -importcert -noprompt -alias a -file p256.crt -keystore "$out/store.jks" -storetype JKS -storepass "correct horse" 2>/dev/null
keytool -importcert -noprompt -alias a -file p256.crt -keystore "$out/store.jceks" -storetype JCEKS -storepass "correct horse" 2>/dev/null
(cd "$out" && zip -q -X files.zip list.pem && gzip -n -c list.pem >list.pem.gz && tar --mtime=@0 --owner=0 --group=0 -cf files.tar list.pem)
openssl rsa -in key.pem -outform MSBLOB -out "$out/key.blob"
openssl rsa -in key.pem -pvk-none -outform PVK -out "$out/key.pvk" -provider legacy -provider default 2>/dev/null
openssl enc -aes-256-cbc -pbkdf2 -in key.pem -pass "$pass" -out "$out/key.enc"
GNUPGHOME=$(mktemp -d) && export GNUPGHOME
for armour in "" --armor; do
    gpg --batch --yes $armour --pinentry-mode loopback --passphrase "correct horse" --symmetric \
        -o "$out/key.gpg${armour:+.asc}" key.pem
done
gpgconf --kill gpg-agent || true
# The agent takes its sockets away itself, a moment later or sooner than this.
rm -rf "$GNUPGHOME"
(umask 077 && cp refused/openssh "$out/openssh")
ssh-keygen -y -f "$out/openssh" >"$out/openssh.pub"
rm "$out/openssh"

# PEM inside JSON, as PHP, .NET and JavaScript write it; and inside of URLs and XML.
python3 - "$out" <<'PYTHON'
import json, sys, urllib.parse, xml.sax.saxutils
out = sys.argv[1]
chain, key = open("chain.pem").read(), open("key.pem").read()
text = json.dumps({"certificate": chain, "key": key})
open(out + "/javascript.json", "w").write(text)
open(out + "/php.json", "w").write(text.replace("/", "\\/"))
open(out + "/dotnet.json", "w").write(text.replace("+", "\\u002B"))
open(out + "/twice.json", "w").write(json.dumps({"secret": text.replace("/", "\\/")}))
open(out + "/url.txt", "w").write(urllib.parse.quote(chain + key))
entity = {"\n": "&#10;", "+": "&#x2B;"}
open(out + "/attribute.xml", "w").write('<add value="' + xml.sax.saxutils.escape(chain + key, entity) + '"/>')
PYTHON

# Names in strings of old types. Openssl makes no UniversalString.
for kind in teletex:4 bmp:2048; do
    printf '[req]\nprompt=no\ndistinguished_name=name\nstring_mask=MASK:%s\n[name]\nO=Gr\303\274n\nCN=old.example.com\n' \
        "${kind#*:}" >"$out/config"
    openssl req -x509 -utf8 -new -key p256.key -config "$out/config" -days 36500 -out "$out/${kind%:*}.pem"
done
rm "$out/config"
python3 - "$out" <<'PYTHON'
import datetime, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.name import _ASN1Type
key = serialization.load_pem_private_key(open("p256.key", "rb").read(), None)
universal = lambda oid, text: x509.NameAttribute(oid, text, _type=_ASN1Type.UniversalString)
name = x509.Name([
    universal(x509.NameOID.ORGANIZATION_NAME, "Gr\u00fcn"),
    universal(x509.NameOID.COMMON_NAME, "old.example.com"),
])
start = datetime.datetime(2026, 1, 1)
builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start.replace(year=2126))
certificate = builder.sign(key, hashes.SHA256())
open(sys.argv[1] + "/universal.pem", "wb").write(certificate.public_bytes(serialization.Encoding.PEM))
PYTHON
