//! Formats of files, or of one block in a file.
//!
//! Each kind knows its name and what its owner should do. Leaves out how it is recognised.

use std::fmt;

/// A kind of file, or of one PEM block in a file, that people have beside keys and certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Format {
    /// A tar, 7z, rar or similar archive, or a file that is compressed by bzip2, xz or zstd.
    Archive,
    /// ASN.1 with lengths that are not stated (BER, [X.690, section 8.1.3.6]), of no known kind.
    ///
    /// [X.690, section 8.1.3.6]: https://www.itu.int/rec/T-REC-X.690
    Ber,
    /// An X.509 certificate ([RFC 5280](https://www.rfc-editor.org/rfc/rfc5280)).
    Certificate,
    /// A certificate revocation list
    /// ([RFC 5280, section 5](https://www.rfc-editor.org/rfc/rfc5280#section-5)).
    CertificateRevocationList,
    /// A PKCS#10 request ([RFC 2986](https://www.rfc-editor.org/rfc/rfc2986)).
    CertificationRequest,
    /// A PEM block without its end, or whose content is not base64.
    Damaged,
    /// DER that ends too early or is followed by something else.
    DamagedDer,
    /// A DSA key in OpenSSL's own form.
    DsaKey,
    /// A file that is base64 of a PEM file once more, as in a Kubernetes secret.
    Base64OfPem,
    /// Nothing at all.
    Empty,
    /// `EncryptedPrivateKeyInfo` ([RFC 5958](https://www.rfc-editor.org/rfc/rfc5958)).
    EncryptedPkcs8,
    /// A file that is encrypted as a whole, by age, ansible-vault or `openssl enc`.
    EncryptedFile,
    /// Data compressed by gzip, such as `.tar.gz` ([RFC
    /// 1952](https://www.rfc-editor.org/rfc/rfc1952)).
    Gzip,
    /// A web page.
    Html,
    /// A key store of Java, JKS or JCEKS.
    JavaKeyStore,
    /// A JSON Web Key ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).
    Jwk,
    /// A URI in the place of a key, which a device keeps, such as `pkcs11:token=napi;object=client`
    /// ([RFC 7512](https://www.rfc-editor.org/rfc/rfc7512)).
    KeyUri,
    /// A key in one of Microsoft's own forms, `.pvk` or a key blob.
    MicrosoftKey,
    /// OpenPGP, as gpg writes it ([RFC 9580](https://www.rfc-editor.org/rfc/rfc9580)).
    OpenPgp,
    /// A key of `ssh-keygen`.
    OpenSshKey,
    /// A PEM block of another kind, for example Diffie-Hellman parameters.
    OtherPem,
    /// Parameters of an algorithm, without a key.
    Parameters,
    /// `RSAPrivateKey` ([RFC 8017](https://www.rfc-editor.org/rfc/rfc8017)).
    Pkcs1,
    /// A PKCS#12 store, `.p12` or `.pfx` ([RFC 7292](https://www.rfc-editor.org/rfc/rfc7292)).
    Pkcs12,
    /// A PKCS#7 bundle, `.p7b` ([RFC 2315](https://www.rfc-editor.org/rfc/rfc2315)).
    Pkcs7,
    /// `PrivateKeyInfo` ([RFC 5958](https://www.rfc-editor.org/rfc/rfc5958)).
    Pkcs8,
    /// A public key.
    PublicKey,
    /// A key of PuTTY, `.ppk`.
    PuttyKey,
    /// `ECPrivateKey` ([RFC 5915](https://www.rfc-editor.org/rfc/rfc5915)).
    Sec1,
    /// A key with `Proc-Type: 4,ENCRYPTED`
    /// ([RFC 1421](https://www.rfc-editor.org/rfc/rfc1421#section-4.6.1.1)).
    TraditionalEncrypted,
    /// None of these.
    Unrecognised,
    /// Text in UTF-16 that cannot be read: it is cut or damaged.
    Utf16,
    /// A ZIP archive, as portals and mail programs pack files.
    Zip,
}

impl Format {
    /// Returns the advice on how to load such a file; empty if there is none.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Certificate
            | Self::EncryptedPkcs8
            | Self::OtherPem
            | Self::Pkcs1
            | Self::Pkcs8
            | Self::Sec1
            | Self::TraditionalEncrypted => "",
            Self::Archive => "unpack it and give the file in it",
            Self::Ber => {
                "write it anew with the program it comes from, as PEM; \
                 `openssl asn1parse -inform DER -in FILE` shows what is in it"
            }
            Self::Base64OfPem => "decode it with `base64 -d FILE`",
            Self::CertificateRevocationList => {
                "it lists what was revoked: give the certificate or key itself"
            }
            Self::CertificationRequest => {
                "send it to the CA and give the certificate that comes back"
            }
            Self::Damaged => "copy the file again, from the first dash to the last",
            Self::DamagedDer => {
                "copy the file again, whole and in binary mode, and compare the sizes"
            }
            Self::DsaKey => {
                "DSA is not used in TLS any more: make an RSA key with \
                 `openssl req -new -newkey rsa:2048 -keyout server.key -out server.csr`"
            }
            Self::Empty => "check the path and the program that should have written it",
            Self::EncryptedFile => "decrypt it first with the program that has encrypted it",
            Self::Gzip => {
                "unpack it with `tar -xzf FILE` or `gunzip FILE`, and give the file from it"
            }
            Self::Html => "the download failed or was a login page: download it again",
            Self::OpenSshKey => {
                "if it is an RSA or ECDSA key, convert a copy with `ssh-keygen -p -m PKCS8 -f COPY`"
            }
            Self::KeyUri => {
                "give the URI itself where a program takes one for a key, or a file with the key; in a \
                 program of yours, `Loader::signers` opens it"
            }
            Self::Jwk => "write it as PEM with the program that made it",
            Self::MicrosoftKey => {
                "convert it with `openssl rsa -inform PVK -in FILE -out key.pem` (`MSBLOB` in place of \
                 `PVK` for a key blob)"
            }
            Self::OpenPgp => {
                "if it is an encrypted file, decrypt it with `gpg --decrypt --output NEW FILE`; \
                 a key of gpg itself is of no use in TLS"
            }
            Self::JavaKeyStore => {
                "convert it with `keytool -importkeystore -srckeystore FILE \
                 -destkeystore store.p12 -deststoretype pkcs12` and split that with openssl"
            }
            Self::Parameters => "give the file of the key that was made with them",
            Self::Pkcs12 => {
                "split it with `openssl pkcs12 -in FILE -nokeys -out cert.pem` and \
                 `openssl pkcs12 -in FILE -nocerts -out key.pem` \
                 (add `-legacy` if it is refused as unsupported)"
            }
            Self::Pkcs7 => {
                "unpack it with `openssl pkcs7 -print_certs -in FILE -out cert.pem` \
                 (add `-inform DER` if it is binary)"
            }
            Self::PublicKey => "give the private key that was made together with it",
            Self::PuttyKey => {
                "if it is an RSA or ECDSA key, convert it with \
                 `puttygen FILE -O private-openssh-new -o COPY` and \
                 `ssh-keygen -p -m PKCS8 -f COPY`"
            }
            Self::Unrecognised => {
                "give a PEM file, which has a line `-----BEGIN ...-----`, or a DER file; \
                 if the whole file is base64, decode it first"
            }
            Self::Utf16 => {
                "save it as plain ASCII, in PowerShell with \
                 `Get-Content FILE | Set-Content -Encoding ascii NEW`"
            }
            Self::Zip => "unpack it, and give the file from it",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Archive => "an archive or a compressed file (tar, 7z, rar, xz)",
            Self::Base64OfPem => "a PEM file in base64 once more",
            Self::Ber => {
                "ASN.1 in BER (lengths not stated, or in too many bytes) of an unknown kind"
            }
            Self::Certificate => "a certificate",
            Self::CertificateRevocationList => "a certificate revocation list (CRL)",
            Self::CertificationRequest => "a certificate signing request (CSR)",
            Self::Damaged => "a cut or damaged PEM block",
            Self::DamagedDer => "cut or damaged binary data (DER)",
            Self::DsaKey => "a DSA key",
            Self::Empty => "empty",
            Self::EncryptedFile => "a file that is encrypted as a whole",
            Self::EncryptedPkcs8 => "an encrypted PKCS#8 key",
            Self::Gzip => "data compressed by gzip (.gz, .tgz)",
            Self::Html => "a web page (HTML)",
            Self::Jwk => "a JSON Web Key",
            Self::KeyUri => "a URI, such as that of a key in a device",
            Self::MicrosoftKey => "a key in Microsoft's own form (.pvk or a key blob)",
            Self::OpenPgp => "OpenPGP data, as gpg writes it",
            Self::JavaKeyStore => "a Java key store (JKS)",
            Self::OpenSshKey => "an OpenSSH key",
            Self::OtherPem => "a PEM block of another kind",
            Self::Parameters => "the parameters of an algorithm, without a key",
            Self::Pkcs1 => "a PKCS#1 key (`RSA PRIVATE KEY`)",
            Self::Pkcs12 => "a PKCS#12 store (.p12, .pfx)",
            Self::Pkcs7 => "a PKCS#7 bundle (.p7b)",
            Self::Pkcs8 => "a PKCS#8 key",
            Self::PublicKey => "a public key",
            Self::PuttyKey => "a PuTTY key (.ppk)",
            Self::Sec1 => "an elliptic-curve key (`EC PRIVATE KEY`)",
            Self::TraditionalEncrypted => {
                "a key in OpenSSL's traditional encryption (`Proc-Type: 4,ENCRYPTED`)"
            }
            Self::Unrecognised => "neither PEM nor DER of a known kind",
            Self::Utf16 => "text in UTF-16 that is cut or damaged",
            Self::Zip => "a ZIP archive (.zip)",
        })
    }
}
