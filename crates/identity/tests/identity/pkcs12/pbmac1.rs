//! Stores with PBMAC1: the test vectors of RFC 9579, appendix A, and what it costs.

use identity::{Error, KdfProblem, Limits, Loader, Passphrase};

use crate::pkcs12::made::{ITERATIONS, key_bag, pkcs8, plain_safe, with_mac};
use crate::support::{loader, vector};

/// Opens the key of a vector alone: its certificates are of no use to a client.
fn open(name: &str, passphrase: &str) -> Result<(), Error> {
    let loader = loader().passphrase(Passphrase::new(passphrase));
    let store = vector(&format!("rfc9579/{name}.b64"));
    loader.open_key(&store).map(|key| {
        assert_eq!(key.algorithm().to_string(), "RSA with 2048 bits");
    })
}

#[test]
fn valid_vectors_open_with_their_passphrase_alone() {
    for name in ["a1", "a2", "a3"] {
        open(name, "1234").unwrap();
        for wrong in ["1235", "", "12345"] {
            let error = open(name, wrong).unwrap_err();
            assert!(matches!(error, Error::PassphraseOrDamaged), "{name}");
        }
    }
}

#[test]
fn invalid_vectors_are_refused() {
    // The wrong number of iterations, and the wrong salt.
    for name in ["a4", "a5"] {
        let error = open(name, "1234").unwrap_err();
        assert!(matches!(error, Error::PassphraseOrDamaged), "{name}");
    }
    // Without the length of the key.
    let error = open("a6", "1234").unwrap_err();
    let problem = KdfProblem::Malformed;
    assert!(
        matches!(&error, Error::Kdf { kdf: "PBMAC1", problem: it } if *it == problem),
        "{error:?}"
    );
}

#[test]
fn each_block_of_a_long_key_costs_its_iterations() {
    let safe = plain_safe(&key_bag(&pkcs8("p256.key"), None));
    let within = |limit: u32, key_length| {
        let limits = Limits::default().pbkdf2_iterations(limit);
        let loader = Loader::new()
            .passphrase(Passphrase::new("x"))
            .limits(limits);
        loader.open_key(&with_mac(&safe, "x", ITERATIONS, key_length))
    };
    for (key_length, blocks) in [(1, 1), (32, 1), (33, 2), (64, 2), (65, 3), (128, 4)] {
        let cost = blocks * ITERATIONS;
        within(cost, key_length).unwrap();
        let error = within(cost - 1, key_length).unwrap_err();
        let Error::KdfTooExpensive { asked, limit, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!((asked, limit), (cost.into(), (cost - 1).into()));
    }
    let error = within(u32::MAX, 129).unwrap_err();
    assert!(matches!(error, Error::Kdf { .. }), "{error:?}");
}
