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
# Takes a base key, a type, a file and options.
import() {
    key=$1 type=$2 file=$3 && shift 3
    keytool "$@" -importkeystore -noprompt -srckeystore "$out/source-$key" -srcstoretype pkcs12 \
        -srcstorepass "$pass" -srcalias client -destkeystore "$out/$file" -deststoretype "$type" \
        -deststorepass "$pass" >/dev/null 2>&1
}
rm -f "$out"/stores/* "$out"/refused/*
import rsa pkcs12 stores/rsa.p12 &
import p256 pkcs12 stores/p256.p12 &
wait
import p256 pkcs12 stores/p256-legacy.p12 -J-Dkeystore.pkcs12.legacy &
import rsa pkcs12 stores/rsa-legacy.p12 -J-Dkeystore.pkcs12.legacy &
wait
# Two keys, and one of them once more under another name.
import p256 pkcs12 stores/two-keys.p12 -destalias next
import rsa pkcs12 stores/two-keys.p12 -destalias current
import p256 pkcs12 stores/two-names.p12 -destalias first
import p256 pkcs12 stores/two-names.p12 -destalias second
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
