# A request signed with the key in a PKCS#12 store, by NSS: `signed.csr` in this folder.
#
#   STORE_PASSPHRASE=... sh nss.sh napi.p12
set -eu
mkdir database
certutil -N -d sql:database --empty-password
pk12util -i "$1" -d sql:database -W "$STORE_PASSPHRASE"
head -c 64 /dev/urandom >noise
certutil -R -k napi -s CN=nss -z noise -d sql:database -o signed.csr
