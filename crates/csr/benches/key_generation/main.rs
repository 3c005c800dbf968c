//! The time that an RSA-2048 key takes, here and elsewhere, on this machine and in one run.
//!
//! `cargo bench -p csr --bench key_generation -- 250` makes 250 keys of each kind, in turn, so that
//! whatever else the machine does hits all of them alike, and prints the tables of the README.
//!
//! The time of a key is a matter of chance: its standard deviation is 0.7 of the mean. The second
//! table is about a list of candidates that stands for the average key (C2SP/CCTV). It shows what
//! the work on a candidate costs, without chance and without the way candidates are drawn.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod candidate_list;
mod key;
#[expect(dead_code, unused_imports, reason = "its tests run elsewhere")]
#[path = "../../src/rsa_key/primality.rs"]
mod primality;
#[expect(dead_code, unused_imports, reason = "its tests run elsewhere")]
#[path = "../../src/rsa_key/screen.rs"]
mod screen;
mod table;

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rsa::Pkcs1v15Sign;

use table::Row;

/// Something to be timed. The generator is for those that do not bring their own.
type Work = fn(&mut ChaCha20Rng) -> Result<(), Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = rounds();
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let mut generator = ChaCha20Rng::from_seed(seed);
    let signature = signature(&mut generator)?;
    println!("one signature: {:.3} ms\n", signature.as_secs_f64() * 1e3);

    println!("{rounds} keys of each:\n");
    let rows = measure(key::all()?, rounds, &mut generator)?;
    table::print(&rows, signature);

    let rounds = rounds.div_ceil(10);
    println!("\nthe candidates of one key, {rounds} times, on one core:\n");
    let rows = measure(candidate_list::all(), rounds, &mut generator)?;
    table::print(&rows, signature);
    Ok(())
}

/// Returns the number of rounds on the command line. Without `--bench`, as under `cargo test
/// --all-targets`, one, to see that everything works.
fn rounds() -> usize {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--bench") {
        let number = arguments.iter().find_map(|argument| argument.parse().ok());
        number.unwrap_or(250)
    } else {
        1
    }
}

/// Lets everything work once in each round, forwards and backwards by turns.
fn measure(
    work: Vec<(String, Work)>,
    rounds: usize,
    generator: &mut ChaCha20Rng,
) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows: Vec<_> = work
        .into_iter()
        .zip(0..)
        .map(|((name, work), number)| (Row::new(number, name), work))
        .collect();
    for (_, work) in &rows {
        work(generator)?; // so that no round pays for tables and caches
    }
    for _ in 0..rounds {
        for (row, work) in &mut rows {
            let start = Instant::now();
            work(generator)?;
            row.push(start.elapsed());
        }
        rows.reverse(); // none always follows the same one
    }
    rows.sort_by_key(|(row, _)| row.number);
    Ok(rows.into_iter().map(|(row, _)| row).collect())
}

/// Returns the median time of a signature by the `rsa` crate, unblinded: two powers modulo 1024
/// bits and little else. In this unit, keys can be compared between machines.
fn signature(generator: &mut ChaCha20Rng) -> Result<Duration, Box<dyn Error>> {
    let key = rsa::PrivateKey::new(generator, 2048)?;
    let mut times = Vec::new();
    for _ in 0..101 {
        let start = Instant::now();
        black_box(key.sign(Pkcs1v15Sign::new_unprefixed(), &[1; 32])?);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times
        .get(50)
        .copied()
        .ok_or_else(|| "no signature was made".into())
}
