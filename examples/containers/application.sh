#!/bin/sh
# An application in a network with the mock: gets the CA and the ready identity from it, the same at each
# start as long as the mock has its state, and calls NAPI over mutual TLS.
set -eu
portal=http://${MOCK:-localhost}:${PORTAL_PORT:-8080}
napi=https://${MOCK:-localhost}:${MTLS_PORT:-8443}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

curl -fsS --retry 30 --retry-connrefused --retry-delay 1 -o "$folder/ca.pem" "$portal/mock/v1/ca.pem"
# {"certificate_pem":"-----BEGIN ...\n","private_key_pem":"..","serial":".."}
curl -fsS -X PUT -o "$folder/identity.json" "$portal/mock/v1/accounts/acme/ready_identity"
for member in certificate_pem private_key_pem; do
    sed -n "s/.*\"$member\":\"\([^\"]*\)\".*/\1/p" "$folder/identity.json" | sed 's/\\n/\n/g' >"$folder/$member"
done
curl -fsS --cacert "$folder/ca.pem" --cert "$folder/certificate_pem" --key "$folder/private_key_pem" \
    --user acme-api:acme-password "$napi/connection/v1/testauthentication"
echo
