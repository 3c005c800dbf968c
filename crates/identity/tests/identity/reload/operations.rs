//! Whatever is done to the files in whatever order, what is presented is a pair, and never nothing.

use std::sync::LazyLock;

use proptest::prelude::*;
use rustls_pki_types::PrivateKeyDer;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Operation {
    Cut { file: usize, permille: usize },
    CutAtBlock,
    Delete { file: usize },
    Exchange,
    Poll,
    Rename { file: usize, generation: usize },
    Write { file: usize, generation: usize },
}

fn operation() -> impl Strategy<Value = Operation> {
    let file = 0..2_usize;
    let generation = 0..2_usize;
    prop_oneof![
        1 => (file.clone(), 0..1000_usize)
            .prop_map(|(file, permille)| Operation::Cut { file, permille }),
        1 => Just(Operation::CutAtBlock),
        1 => file.clone().prop_map(|file| Operation::Delete { file }),
        1 => Just(Operation::Exchange),
        4 => Just(Operation::Poll),
        1 => (file.clone(), generation.clone())
            .prop_map(|(file, generation)| Operation::Rename { file, generation }),
        4 => (file, generation)
            .prop_map(|(file, generation)| Operation::Write { file, generation }),
    ]
}

/// An old and a new one.
static PAIRS: LazyLock<[Pair; 2]> = LazyLock::new(|| [Pair::new("old"), Pair::new("new")]);

impl Operation {
    fn apply(self, watched: &mut Watched) {
        let files = [watched.certificate(), watched.key()];
        let content = |file: usize, generation: usize| {
            let pair = &PAIRS[generation];
            [&pair.certificate, &pair.key][file]
        };
        match self {
            Self::Cut { file, permille } => {
                let content = fs::read(&files[file]).unwrap_or_default();
                let length = content.len() * permille / 1000;
                fs::write(&files[file], &content[..length]).unwrap();
            }
            Self::CutAtBlock => {
                let leaf = &PAIRS[1].certificate[..PAIRS[1].leaf_length];
                fs::write(&files[0], leaf).unwrap();
            }
            Self::Delete { file } => drop(fs::remove_file(&files[file])),
            Self::Exchange => {
                let beside = files[0].with_extension("aside");
                drop(fs::rename(&files[0], &beside));
                drop(fs::rename(&files[1], &files[0]));
                drop(fs::rename(&beside, &files[1]));
            }
            Self::Poll => drop(watched.source.poll()),
            Self::Rename { file, generation } => replace(&files[file], content(file, generation)),
            Self::Write { file, generation } => {
                fs::write(&files[file], content(file, generation)).unwrap();
            }
        }
    }
}

/// Returns the public key that a TLS library would use with this private key, by another
/// implementation.
fn public_key(key: &[u8]) -> Vec<u8> {
    let key = PrivateKeyDer::Pkcs8(key.to_vec().into());
    let key = rcgen::KeyPair::try_from(&key).unwrap();
    rcgen::PublicKeyData::der_bytes(&key).to_vec()
}

fn assert_is_pair(source: &FileSource) {
    let identity = only(source);
    let public_key = public_key(identity.secret_key().unwrap().secret_pkcs8_der());
    let leaf = &identity.certificate_chain()[0];
    assert!(leaf.windows(public_key.len()).any(|it| it == public_key));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn identity_is_always_a_pair_and_last_good_stays(
        operations in proptest::collection::vec(operation(), 0..40),
    ) {
        let mut watched = Watched::new(&PAIRS[0]);
        for operation in operations {
            operation.apply(&mut watched);
            assert_is_pair(&watched.source);
        }
        watched.write(&PAIRS[1]);
        for _ in 0..2 {
            watched.source.poll();
            assert_is_pair(&watched.source);
        }
        prop_assert_eq!(watched.name(), "new");
        prop_assert_eq!(only(&watched.source).certificate_chain().len(), 2);
        prop_assert!(watched.source.poll().is_unchanged());
    }
}
