//! PKCS#12 stores and PKCS#7 bundles as `identity` reads them: what opens is written as a store of
//! either kind, and opens again to the same; each certificate of a bundle is one by itself.

#![no_main]

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use identity::{Error, Format, Input, Limits, Loader, Passphrase, Pkcs12Builder, PublicFile};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|input: &[u8]| {
    let limits = Limits::default()
        .pbkdf2_iterations(8192)
        .scrypt_memory(1 << 16)
        .scrypt_p(2);
    let january_2030 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
    let bare = Loader::new().limits(limits).validate_at(january_2030);
    for loader in [bare.clone().passphrase(passphrase()), bare] {
        match loader.load(input, input) {
            Ok(loaded) => {
                let identity = loaded.identity();
                let (key, chain) = (identity.secret_key(), identity.certificate_chain());
                let builder = Pkcs12Builder::new(key, chain).iterations(NonZeroU32::MIN);
                for builder in [builder.clone(), builder.legacy()] {
                    let mut randomness = |bytes: &mut [u8]| -> Result<(), Error> {
                        bytes.fill(7);
                        Ok(())
                    };
                    let store = builder.to_der_with(&mut randomness, &passphrase());
                    let store = store.expect("an identity can be written");
                    let loader = loader.clone().passphrase(passphrase());
                    let again = loader.load(&store, &store).expect("what is written opens");
                    assert!(again.identity().secret_key() == key);
                    assert!(again.identity().certificate_chain() == chain);
                }
            }
            Err(error) => drop(format!("{error} {error:?}")),
        }
    }
    if let Ok(bundle) = PublicFile::read(input, Format::Certificate, Input::File) {
        for (_, der) in bundle.parts() {
            let parts = bare_parts(der);
            assert_eq!(parts, 1, "a certificate of several parts");
        }
    }
});

fn bare_parts(der: &[u8]) -> usize {
    PublicFile::read(der, Format::Certificate, Input::File).map_or(0, |it| it.parts().count())
}

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse")
}
