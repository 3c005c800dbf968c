#!/bin/sh
# Makes every file in this folder anew. Written for OpenSSL 3.0 and the ssh-keygen of OpenSSH 9; what
# it calls in tools/ needs more, see README.md.
#
# The keys protect nothing. Iteration counts are low so that the tests are fast. The tests keep no
# digest of these files, so they pass with fresh ones too.
set -eu
cd "$(dirname "$0")"
pass="correct horse"
subject="/C=CA/ST=Ontario/L=Toronto/O=Example Corporation/CN=client.example.com"

# The identity: root -> intermediate -> leaf, and the key of the leaf in PKCS#8.
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 36500 \
    -subj "/C=CA/O=Example Trust/CN=Example Root"
openssl req -newkey rsa:2048 -nodes -keyout intermediate.key -out intermediate.csr \
    -subj "/C=CA/O=Example Trust/CN=Example Issuing CA"
printf 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >ext
openssl x509 -req -in intermediate.csr -CA root.pem -CAkey root.key -set_serial 2 -days 36500 \
    -extfile ext -out intermediate.pem
openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj "$subject"
printf 'extendedKeyUsage=clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >ext
openssl x509 -req -in request.pem -CA intermediate.pem -CAkey intermediate.key \
    -set_serial 0x8badf00d -days 36500 -extfile ext -out cert.pem
cat cert.pem intermediate.pem root.pem >chain.pem

# Other containers of the same certificate and key.
openssl x509 -in cert.pem -outform DER -out cert.der
openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der
openssl x509 -in cert.pem -text -out cert-with-text.pem
openssl x509 -in cert.pem -trustout -addtrust clientAuth -out trusted.pem
openssl pkcs12 -export -inkey key.pem -in cert.pem -certpbe NONE -keypbe NONE -nomac \
    -passout pass: -out plain.p12
openssl pkcs12 -in plain.p12 -nodes -passin pass: -out bag-attributes.pem

# PBES2: every cipher with every pseudo-random function, and scrypt.
for cipher in aes-128-cbc aes-192-cbc aes-256-cbc des3; do
    for hash in SHA1 SHA224 SHA256 SHA384 SHA512; do
        openssl pkcs8 -topk8 -in key.pem -v2 "$cipher" -v2prf "hmacWith$hash" -iter 16 \
            -passout "pass:$pass" -out "encrypted-$cipher-$hash.pem"
    done
    openssl pkcs8 -topk8 -in key.pem -v2 "$cipher" -scrypt -scrypt_N 16 -scrypt_r 8 -scrypt_p 1 \
        -passout "pass:$pass" -out "encrypted-$cipher-scrypt.pem"
done
openssl pkcs8 -topk8 -in key.pem -v2 aes-256-cbc -iter 16 -passout "pass:$pass" \
    -outform DER -out encrypted.der
openssl pkcs8 -topk8 -in key.pem -scrypt -passout "pass:$pass" -out encrypted-scrypt-default.pem

# What the guide to certificate requests tells people to type, with a passphrase.
openssl req -new -newkey rsa:2048 -keyout guide.key -out guide.csr -passout "pass:$pass" \
    -subj "$subject"
openssl x509 -req -in guide.csr -passin "pass:$pass" -signkey guide.key -days 36500 -extfile ext \
    -out guide.pem

# Base keys of the other algorithms, each with a certificate signed by itself.
for key in p256:EC:P-256 p384:EC:P-384 ed25519:ED25519:; do
    name=${key%%:*} rest=${key#*:}
    curve=${rest#*:}
    openssl genpkey -algorithm "${rest%:*}" ${curve:+-pkeyopt "ec_paramgen_curve:$curve"} \
        -out "$name.key"
    openssl req -x509 -new -key "$name.key" -out "$name.crt" -days 36500 \
        -subj "/C=CA/O=Example Corporation/CN=$name.example.com" \
        -addext extendedKeyUsage=clientAuth -addext basicConstraints=critical,CA:FALSE
done

# Other containers, encryptions and algorithms, most of them refused with an explanation.
mkdir -p refused
openssl pkcs8 -topk8 -in key.pem -v1 PBE-SHA1-3DES -passout "pass:$pass" -out refused/pbe-sha1-3des.pem
openssl pkcs8 -topk8 -in key.pem -v1 PBE-SHA1-RC2-40 -provider legacy -provider default \
    -passout "pass:$pass" -out refused/pbe-sha1-rc2-40.pem
openssl pkcs8 -topk8 -in key.pem -v1 PBE-MD5-DES -provider legacy -provider default \
    -passout "pass:$pass" -out refused/pbe-md5-des.pem
openssl pkcs8 -topk8 -in key.pem -v2 camellia-256-cbc -passout "pass:$pass" -out refused/camellia.pem
openssl pkcs8 -topk8 -in key.pem -v2prf hmacWithSHA512-256 -passout "pass:$pass" \
    -out refused/hmac-sha512-256.pem
openssl rsa -in key.pem -traditional -out refused/pkcs1.pem
openssl rsa -in key.pem -traditional -outform DER -out refused/pkcs1.der
sed 's/RSA PRIVATE/PRIVATE/' refused/pkcs1.pem >refused/pkcs1-under-another-label.pem
openssl rsa -in key.pem -traditional -aes256 -passout "pass:$pass" -out refused/traditional.pem
openssl rsa -in key.pem -pubout -out refused/public.pem
openssl rsa -in key.pem -RSAPublicKey_out -out refused/public-pkcs1.pem
openssl ecparam -name prime256v1 -genkey -out refused/ec.pem
openssl pkcs8 -topk8 -nocrypt -in refused/ec.pem -out refused/ec-pkcs8.pem
openssl pkcs8 -topk8 -in refused/ec.pem -iter 16 -passout "pass:$pass" -out refused/ec-encrypted.pem
openssl genpkey -algorithm ed25519 -out refused/ed25519.pem
openssl genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 -out refused/rsa-pss.pem
openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3 \
    -out refused/three-primes.pem
openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024 -out refused/small.pem
openssl pkcs12 -export -inkey key.pem -in cert.pem -passout "pass:$pass" -out refused/store.p12
openssl crl2pkcs7 -nocrl -certfile chain.pem -out refused/bundle.p7b
openssl crl2pkcs7 -nocrl -certfile chain.pem -outform DER -out refused/bundle-der.p7b
rm -f refused/openssh
ssh-keygen -q -t ed25519 -N '' -C test -f refused/openssh
rm refused/openssh.pub
openssl x509 -req -in request.pem -CA intermediate.pem -CAkey intermediate.key -set_serial 5 \
    -days 36500 -out refused/version-1.pem

rm -f ext ./*.csr root.key intermediate.key plain.p12

# What every tool makes of the base keys.
for tool in certtool keytool nss openssl ssh-keygen; do
    rm -rf "$tool"
    sh "tools/$tool.sh" "$PWD/$tool"
done
rm -rf people
sh tools/people.sh "$PWD/people"
rm -rf node python
node tools/node.mjs "$PWD/node"
python3 tools/python.py "$PWD/python"
