#!/bin/sh
# Makes every file here that openssl made, anew: run in this folder with OpenSSL 3.
# The key changes, so everything signed or encrypted with it changes too; `key-ours.pem` and
# `det-keygen-2048.txt` are not made here (README.md says where they come from).
set -eu

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out other-size.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out other-exponent.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other-kind.pem

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
