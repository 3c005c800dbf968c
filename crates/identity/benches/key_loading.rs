//! The time to open a key, here and with `openssl pkey`, on this machine and in one run.
//!
//! `cargo bench -p identity --bench key_loading -- 30` opens each file 30 times, in turn, so that
//! whatever else the machine does hits all of them alike, and prints the tables of the README. From
//! `openssl` the time that it takes to start is taken off: `openssl version`, measured in the same
//! rounds.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs};

use base64ct::{Base64, Encoding};
use identity::{Limits, Loader, Passphrase};

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = rounds();
    let folder = tempfile::tempdir()?;
    println!("encrypted RSA-2048 keys, {rounds} rounds, ms:\n");
    println!("| | `identity` | min, max | `openssl pkey`, less its start | min, max | ratio |");
    println!("|---|---|---|---|---|---|");
    for file in encrypted_keys(folder.path())? {
        print_encrypted(&file, rounds)?;
    }

    println!("\nwithout key derivation, {} rounds, µs:\n", 100 * rounds);
    println!("| | median | min, max |");
    println!("|---|---|---|");
    for (name, work) in in_process()? {
        let times = Times::of(100 * rounds, &*work)?;
        let [least, median, most] = times.spread(1e6);
        println!("| {name} | {median:.0} | {least:.0}, {most:.0} |");
    }
    Ok(())
}

/// Returns the number of rounds on the command line. Without `--bench`, as under `cargo test
/// --all-targets`, one, to see that everything works.
fn rounds() -> usize {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--bench") {
        let number = arguments.iter().find_map(|argument| argument.parse().ok());
        number.unwrap_or(30)
    } else {
        1
    }
}

struct KeyFile {
    name: String,
    path: PathBuf,
}

/// Returns the stored key, encrypted in the ways that are compared.
fn encrypted_keys(folder: &Path) -> Result<Vec<KeyFile>, Box<dyn Error>> {
    let key = Loader::new().open_key(KEY)?;
    let mut system = |bytes: &mut [u8]| {
        getrandom::fill(bytes).map_err(|_| identity::Error::RandomnessUnavailable)
    };
    let mut files = vec![KeyFile {
        name: "PBES2, DES-EDE3-CBC, HMAC-SHA256, 2,048 iterations (the guide's)".to_owned(),
        path: vectors().join("guide.key"),
    }];
    for iterations in [2_048, 600_000] {
        let iterations = NonZeroU32::new(iterations).ok_or("no iterations")?;
        let path = folder.join(format!("{iterations}.key"));
        let pem = key.to_encrypted_pkcs8_pem_with(&mut system, &passphrase(), iterations)?;
        fs::write(&path, pem)?;
        files.push(KeyFile {
            name: format!("PBES2, AES-256-CBC, HMAC-SHA256, {iterations} iterations"),
            path,
        });
    }
    files.push(KeyFile {
        name: "PBES2, AES-256-CBC, scrypt with N=16384, r=8, p=1".to_owned(),
        path: vectors().join("encrypted-scrypt-default.pem"),
    });
    Ok(files)
}

fn print_encrypted(file: &KeyFile, rounds: usize) -> Result<(), Box<dyn Error>> {
    let loader = Loader::new().passphrase(passphrase());
    let text = fs::read(&file.path)?;
    let path = file.path.to_str().ok_or("a path that is not UTF-8")?;
    let pkey = [
        "pkey",
        "-in",
        path,
        "-passin",
        "pass:correct horse",
        "-noout",
    ];
    let (mut ours, mut theirs, mut start) = (Times::new(), Times::new(), Times::new());
    for _ in 0..rounds {
        ours.push(|| loader.open_key(&text).map(drop).map_err(Into::into))?;
        theirs.push(|| openssl(&pkey))?;
        start.push(|| openssl(&["version"]))?;
    }
    let [_, start, _] = start.spread(1e3);
    let [our_least, our_median, our_most] = ours.spread(1e3);
    let [least, median, most] = theirs.spread(1e3).map(|time| time - start);
    println!(
        "| {} | {our_median:.2} | {our_least:.2}, {our_most:.2} | {median:.2} \
         | {least:.2}, {most:.2} | {:.2} |",
        file.name,
        our_median / median
    );
    Ok(())
}

type Work = Box<dyn Fn() -> Result<(), Box<dyn Error>>>;

/// Returns the contestants without key derivation, and one that is refused because it has too much.
fn in_process() -> Result<Vec<(&'static str, Work)>, Box<dyn Error>> {
    let january_2030 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
    let plain = Loader::new().validate_at(january_2030);
    let hostile = hostile()?;
    let strict = Loader::new()
        .limits(Limits::default().pbkdf2_iterations(1_000_000))
        .passphrase(passphrase());
    Ok(vec![
        (
            "certificate chain of three and plain RSA-2048 key, PEM",
            Box::new(move || {
                black_box(plain.load(CHAIN, KEY)?);
                Ok(())
            }),
        ),
        (
            "plain RSA-2048 key alone, PEM",
            Box::new(|| {
                black_box(Loader::new().open_key(KEY)?);
                Ok(())
            }),
        ),
        (
            "plain P-256 key alone, PEM",
            Box::new(|| {
                black_box(Loader::new().open_key(EC_KEY)?);
                Ok(())
            }),
        ),
        (
            "a key that asks for 8,388,607 iterations, where a million are allowed: refused",
            Box::new(move || match strict.open_key(&hostile) {
                Err(identity::Error::KdfTooExpensive { .. }) => Ok(()),
                _ => Err("not refused".into()),
            }),
        ),
    ])
}

/// Returns a key that asks for 8,388,607 iterations; made with 65,536, and the number overwritten.
fn hostile() -> Result<Vec<u8>, Box<dyn Error>> {
    let iterations = NonZeroU32::new(1 << 16).ok_or("no iterations")?;
    let pem = Loader::new().open_key(KEY)?.to_encrypted_pkcs8_pem_with(
        &mut |bytes: &mut [u8]| {
            bytes.fill(7);
            Ok(())
        },
        &passphrase(),
        iterations,
    )?;
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut der = Base64::decode_vec(&body)?;
    let integer = der.windows(5).position(|window| window == [2, 3, 1, 0, 0]);
    let digits = der
        .get_mut(integer.ok_or("no number")?..)
        .unwrap_or_default();
    digits
        .iter_mut()
        .skip(2)
        .zip([0x7F, 0xFF, 0xFF])
        .for_each(|(to, from)| *to = from);
    Ok(der)
}

fn openssl(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new("openssl");
    command.args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("openssl {arguments:?}: {status}").into())
    }
}

/// The times of several runs.
struct Times(Vec<Duration>);

impl Times {
    const fn new() -> Self {
        Self(Vec::new())
    }

    fn of(
        rounds: usize,
        work: &dyn Fn() -> Result<(), Box<dyn Error>>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut times = Self::new();
        for _ in 0..rounds {
            times.push(work)?;
        }
        Ok(times)
    }

    fn push(
        &mut self,
        work: impl FnOnce() -> Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let start = Instant::now();
        work()?;
        self.0.push(start.elapsed());
        Ok(())
    }

    /// Returns the least, the median and the most, in parts of a second.
    fn spread(&self, per_second: f64) -> [f64; 3] {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |index: usize| sorted.get(index).map_or(f64::NAN, Duration::as_secs_f64);
        [0, sorted.len() / 2, sorted.len().saturating_sub(1)].map(|index| at(index) * per_second)
    }
}

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse")
}

fn vectors() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "vectors"]
        .iter()
        .collect()
}

const CHAIN: &[u8] = include_bytes!("../tests/vectors/chain.pem");
const EC_KEY: &[u8] = include_bytes!("../tests/vectors/refused/ec-pkcs8.pem");
const KEY: &[u8] = include_bytes!("../tests/vectors/key.pem");
