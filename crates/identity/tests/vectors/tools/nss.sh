#!/bin/sh
# What pk12util of NSS 3.87 makes of a base key, into the folder given: BER, with lengths that are not stated.
#
# It takes keys in from PKCS#12 only, which openssl makes. Its 600,000 iterations cannot be lowered.
set -eu
cd "$(dirname "$0")/.."
out=$1
pass="correct horse"
database=$(mktemp -d)
mkdir -p "$out/stores"
openssl pkcs12 -export -inkey p256.key -in p256.crt -name client -passout "pass:$pass" -out "$database/source"
certutil -N -d "sql:$database" --empty-password
pk12util -i "$database/source" -d "sql:$database" -W "$pass" >"$database/said"
# Takes a file and options.
export_to() {
    file=$1 && shift
    pk12util -o "$out/stores/$file" -n client -d "sql:$database" -W "$pass" "$@" >>"$database/said"
}
export_to store.p12
export_to legacy.p12 -c "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC" \
    -C "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC" -M SHA-1
rm -r "$database"
