#!/bin/sh
# What keytool of JDK 17 makes of a base key, and what openssl gets out of that, into the folder
# given.
#
# keytool takes keys in from PKCS#12 only, which openssl makes.
set -eu
cd "$(dirname "$0")/.."
out=$1
pass="correct horse"
mkdir -p "$out/refused" "$out/stores"
for key in p256 rsa; do
    if [ $key = rsa ]; then set -- key.pem cert.pem; else set -- $key.key $key.crt; fi
    openssl pkcs12 -export -inkey "$1" -in "$2" -name client -passout "pass:$pass" -out "$out/source-$key"
done
# Takes a base key, a type and a file.
import() {
    rm -f "$out/$3"
    keytool -importkeystore -noprompt -srckeystore "$out/source-$1" -srcstoretype pkcs12 \
        -srcstorepass "$pass" -destkeystore "$out/$3" -deststoretype "$2" -deststorepass "$pass" \
        >/dev/null 2>&1
}
import rsa pkcs12 stores/rsa.p12 &
import p256 pkcs12 stores/p256.p12 &
wait
import p256 jks refused/p256.jks &
import p256 jceks refused/p256.jceks &
wait
for key in p256 rsa; do
    openssl pkcs12 -in "$out/stores/$key.p12" -nocerts -passin "pass:$pass" -passout "pass:$pass" \
        -out "$out/$key-extracted.pem"
    openssl pkcs12 -in "$out/stores/$key.p12" -nodes -passin "pass:$pass" \
        -out "$out/$key-extracted-plain.pem"
done
rm "$out/source-p256" "$out/source-rsa"
