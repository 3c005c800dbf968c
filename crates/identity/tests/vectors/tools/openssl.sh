#!/bin/sh
# What OpenSSL 3.0 makes of the base keys, and other kinds of key, into the folder given.
#
# The legacy provider must be there: it makes what is refused. Iteration counts are low so that
# tests are fast.
set -eu
cd "$(dirname "$0")/.."
out=$1
pass="pass:correct horse"
mkdir -p "$out"
ossl() { command=$1 && shift && openssl "$command" -provider legacy -provider default "$@"; }
base() { if [ "$1" = rsa ]; then echo key.pem; else echo "$1.key"; fi; }

# PKCS#8 of every algorithm: plain, encrypted as is the default, and in the style of PKCS#12.
for key in rsa p256 p384 ed25519; do
    in=$(base $key)
    ossl pkey -in "$in" -out "$out/$key-pkcs8.pem"
    ossl pkcs8 -topk8 -nocrypt -in "$in" -outform DER -out "$out/$key-pkcs8.der"
    ossl pkcs8 -topk8 -in "$in" -iter 16 -passout "$pass" -out "$out/$key-encrypted.pem"
    ossl pkcs8 -topk8 -in "$in" -iter 16 -passout "$pass" -outform DER -out "$out/$key-encrypted.der"
    ossl pkcs8 -topk8 -in "$in" -iter 16 -v1 PBE-SHA1-3DES -passout "$pass" \
        -out "$out/$key-pbe-sha1-3des.pem"
done
ossl pkcs8 -topk8 -in p256.key -iter 16 -v1 PBE-SHA1-3DES -passout "$pass" -outform DER \
    -out "$out/p256-pbe-sha1-3des.der"

# PBES2: every cipher with every pseudo-random function, and scrypt.
for cipher in aes-128-cbc aes-192-cbc aes-256-cbc des3; do
    for hash in SHA1 SHA224 SHA256 SHA384 SHA512; do
        ossl pkcs8 -topk8 -in p256.key -v2 $cipher -v2prf hmacWith$hash -iter 16 \
            -passout "$pass" -out "$out/p256-pbes2-$cipher-$hash.pem"
    done
    ossl pkcs8 -topk8 -in p256.key -v2 $cipher -scrypt -scrypt_N 16 -scrypt_r 8 -scrypt_p 1 \
        -passout "$pass" -out "$out/p256-pbes2-$cipher-scrypt.pem"
done

# PKCS#1 and SEC1, plain and in the traditional encryption.
ossl rsa -in key.pem -traditional -out "$out/rsa-pkcs1.pem"
ossl rsa -in key.pem -traditional -outform DER -out "$out/rsa-pkcs1.der"
for key in p256 p384; do
    ossl ec -in $key.key -out "$out/$key-sec1.pem"
    ossl ec -in $key.key -outform DER -out "$out/$key-sec1.der"
    ossl ec -in $key.key -no_public -out "$out/$key-sec1-no-public.pem"
    ossl ec -in $key.key -conv_form compressed -out "$out/$key-sec1-compressed.pem"
    ossl pkey -in $key.key -ec_conv_form compressed -out "$out/$key-pkcs8-compressed.pem"
done
# As `openssl ecparam -genkey` writes it: the parameters in a block of their own.
for curve in p256:prime256v1 p384:secp384r1; do
    key=${curve%:*}
    ossl ecparam -name "${curve#*:}" -out "$out/$key-sec1-with-parameters.pem"
    cat "$out/$key-sec1.pem" >>"$out/$key-sec1-with-parameters.pem"
done
for cipher in aes128:aes-128-cbc aes192:aes-192-cbc aes256:aes-256-cbc des3:des-ede3-cbc; do
    option=-${cipher%:*} name=${cipher#*:}
    ossl rsa -in key.pem -traditional $option -passout "$pass" -out "$out/rsa-traditional-$name.pem"
    for key in p256 p384; do
        ossl ec -in $key.key $option -passout "$pass" -out "$out/$key-traditional-$name.pem"
    done
done

# Refused: ciphers and pseudo-random functions.
mkdir -p "$out/refused" "$out/stores"
for cipher in aria-128-cbc aria-256-cbc bf-cbc camellia-128-cbc camellia-256-cbc cast5-cbc des-cbc \
    des-ede-cbc rc2-40-cbc rc2-cbc seed-cbc sm4-cbc; do
    ossl ec -in p256.key -$cipher -passout "$pass" -out "$out/refused/traditional-$cipher.pem"
done
for scheme in PBE-MD5-DES PBE-MD5-RC2-64 PBE-SHA1-DES PBE-SHA1-RC2-64 PBE-SHA1-2DES \
    PBE-SHA1-RC2-128 PBE-SHA1-RC2-40 PBE-SHA1-RC4-128 PBE-SHA1-RC4-40; do
    ossl pkcs8 -topk8 -in p256.key -iter 16 -v1 $scheme -passout "$pass" -out "$out/refused/$scheme.pem"
done
for cipher in aria-128-cbc aria-192-cbc aria-256-cbc bf-cbc camellia-128-cbc camellia-192-cbc \
    camellia-256-cbc des-cbc rc2-cbc; do
    ossl pkcs8 -topk8 -in p256.key -iter 16 -v2 $cipher -passout "$pass" \
        -out "$out/refused/pbes2-$cipher.pem"
done
for hash in MD5 SHA512-224 SHA512-256; do
    ossl pkcs8 -topk8 -in p256.key -iter 16 -v2prf hmacWith$hash -passout "$pass" \
        -out "$out/refused/pbes2-$hash.pem"
done

# Refused: algorithms.
for curve in brainpoolP256r1 brainpoolP384r1 prime192v1 secp224r1 secp256k1 secp521r1; do
    ossl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out "$out/refused/$curve.pem"
done
for algorithm in ED448 X25519 X448; do
    ossl genpkey -algorithm $algorithm -out "$out/refused/$algorithm.pem"
done
ossl ec -in "$out/refused/secp521r1.pem" -out "$out/refused/secp521r1-sec1.pem"
ossl ec -in "$out/refused/secp256k1.pem" -aes256 -passout "$pass" \
    -out "$out/refused/secp256k1-traditional.pem"
ossl pkcs8 -topk8 -in "$out/refused/ED448.pem" -iter 16 -passout "$pass" \
    -out "$out/refused/ED448-encrypted.pem"
ossl ec -in p256.key -param_enc explicit -out "$out/refused/explicit-sec1.pem"
ossl pkey -in p256.key -ec_param_enc explicit -out "$out/refused/explicit-pkcs8.pem"
ossl genpkey -algorithm DH -pkeyopt group:ffdhe2048 -out "$out/refused/DH.pem"
ossl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 \
    -out "$out/refused/dsa-parameters.pem"
ossl genpkey -paramfile "$out/refused/dsa-parameters.pem" -out "$out/refused/DSA.pem"
ossl dsa -in "$out/refused/DSA.pem" -out "$out/refused/DSA-traditional.pem"

# Refused: containers.
ossl pkey -in p256.key -pubout -out "$out/refused/public.pem"
openssl base64 -A -in p256.key -out "$out/refused/base64-of-pem"

# PKCS#12. Takes a file, then options; without a passphrase among them the common one.
p12() {
    file=$1 && shift
    case " $* " in *" -passout "*) ;; *) set -- -passout "$pass" "$@" ;; esac
    ossl pkcs12 -export -inkey p256.key -in p256.crt -out "$out/$file" "$@"
}
p12 stores/store.p12
p12 stores/legacy.p12 -legacy -name client
for key in NONE PBE-SHA1-3DES AES-128-CBC AES-192-CBC AES-256-CBC DES-EDE3-CBC; do
    for certificate in NONE PBE-SHA1-3DES PBE-SHA1-RC2-40 AES-128-CBC AES-256-CBC; do
        p12 "stores/$key-$certificate.p12" -iter 16 -keypbe $key -certpbe $certificate
    done
done
for hash in sha1 sha224 sha256 sha384 sha512; do
    p12 stores/mac-$hash.p12 -iter 16 -macalg $hash
done
p12 stores/no-mac.p12 -iter 16 -nomac
p12 stores/no-mac-legacy.p12 -iter 16 -nomac -legacy
p12 stores/no-passphrase.p12 -keypbe NONE -certpbe NONE -nomac
p12 stores/empty.p12 -iter 16 -passout pass:
p12 stores/empty-legacy.p12 -iter 16 -passout pass: -legacy
p12 stores/empty-no-mac.p12 -iter 16 -passout pass: -nomac -legacy
# A character of two bytes in UTF-8, then a character beyond the Basic Multilingual Plane.
p12 stores/umlaut.p12 -iter 16 -passout "pass:$(printf 'gr\303\274n')" -name "$(printf 'Gr\303\274n')"
p12 stores/horse.p12 -iter 16 -passout "pass:$(printf '\360\237\220\264')" -legacy
ossl pkcs12 -export -inkey key.pem -in cert.pem -certfile chain.pem -iter 16 -passout "$pass" \
    -name client -out "$out/stores/chain.p12"
ossl pkcs12 -export -nokeys -in chain.pem -iter 16 -passout "$pass" -out "$out/stores/no-key.p12"
ossl pkcs12 -export -nocerts -inkey p256.key -iter 16 -passout "$pass" -out "$out/stores/no-certificate.p12"
openssl base64 -in "$out/stores/store.p12" -out "$out/stores/store.b64"

# PKCS#7.
ossl crl2pkcs7 -nocrl -certfile p256.crt -out "$out/stores/bundle.p7b"
ossl crl2pkcs7 -nocrl -certfile p256.crt -outform DER -out "$out/stores/bundle-der.p7b"

# Refused: PKCS#12.
for pbe in PBE-SHA1-RC2-40 PBE-SHA1-RC2-128 PBE-SHA1-RC4-40 PBE-SHA1-RC4-128 PBE-SHA1-2DES; do
    p12 refused/key-$pbe.p12 -iter 16 -keypbe $pbe
done
for pbe in PBE-SHA1-RC2-128 PBE-SHA1-RC4-128; do
    p12 refused/certificate-$pbe.p12 -iter 16 -certpbe $pbe
done
p12 refused/mac-md5.p12 -iter 16 -macalg md5
