//! Copies of a private key that are left in the memory of a process that has dropped it.
//!
//! Each operation runs in a process of its own, this program once more, which then reads all of its
//! own memory: the heap and the stacks, with what the allocator keeps of both.
#![cfg(target_os = "linux")]
#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "test code outside of test functions"
)]

mod needle;
mod search;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use identity::{Loader, Passphrase, PrivateKey};

use needle::Needle;

/// A process with this in its environment opens the key that it names, and measures.
const KEY: &str = "IDENTITY_MEMORY_KEY";
const KEPT: &str = "IDENTITY_MEMORY_KEPT";

fn open(path: &Path) -> PrivateKey {
    let loader = Loader::new().passphrase(Passphrase::new("correct horse"));
    loader.open_key_file(path).unwrap()
}

/// Measures in this process, and reports to the one that has started it.
fn measure(path: &Path) {
    let key = open(path);
    let needles = needle::of(key.secret_pkcs8().secret_pkcs8_der());
    drop(
        key.to_encrypted_pkcs8_pem(&Passphrase::new("battery staple"))
            .unwrap(),
    );
    drop(key.to_secret_pkcs8_pem().unwrap());
    let kept = env::var_os(KEPT).map(|_| key);
    let counts = search::count(&needles);
    drop(kept);
    for (Needle { name, .. }, count) in needles.iter().zip(counts) {
        println!("\nleft: {name}: {count}");
    }
}

/// Returns the copies of each number that are left in a process that has opened this key.
fn copies_left(name: &str, is_kept: bool) -> BTreeMap<String, usize> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/vectors", name]
        .iter()
        .collect();
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "no_number_of_a_key_outlives_it", "--nocapture"]);
    child.env(KEY, path).envs(is_kept.then_some((KEPT, "1")));
    let output = child.output().unwrap();
    assert!(output.status.success(), "{name}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let found = text.lines().filter_map(|line| line.strip_prefix("left: "));
    let found = found.map(|line| {
        let (name, count) = line.rsplit_once(": ").unwrap();
        (name.to_owned(), count.parse().unwrap())
    });
    found.collect()
}

#[test]
fn no_number_of_a_key_outlives_it() {
    if let Some(path) = env::var_os(KEY) {
        return measure(Path::new(&path));
    }
    for (name, numbers) in [
        ("key.pem", 6),
        ("key.der", 6),
        ("encrypted.der", 6),
        ("openssl/rsa-encrypted.pem", 6),
        ("openssl/rsa-pkcs1.pem", 6),
        ("openssl/rsa-traditional-aes-256-cbc.pem", 6),
        ("openssl/rsa-traditional-des-ede3-cbc.pem", 6),
        ("openssl/rsa-pbe-sha1-3des.pem", 6),
        ("people/rsa-ned.pem", 6),
        ("people/rsa-primes.pem", 6),
        ("p256.key", 1),
        ("openssl/p256-traditional-aes-256-cbc.pem", 1),
        ("openssl/p384-sec1-no-public.pem", 1),
        ("openssl/p384-encrypted.pem", 1),
        ("people/ed25519-ring.pem", 1),
        ("python/ed25519-encrypted.pem", 1),
    ] {
        // Of a key that is kept everything is found, or the search would mean nothing.
        let kept = copies_left(name, true);
        assert_eq!(kept.len(), 2 * numbers, "{name}: {kept:?}");
        let is_found = |(name, count): (&String, &usize)| name.ends_with("limbs") || *count > 0;
        assert!(kept.iter().all(is_found), "{name}: {kept:?}");
        let left = copies_left(name, false);
        assert_eq!(left.len(), kept.len());
        assert!(left.values().all(|count| *count == 0), "{name}: {left:?}");
    }
}
