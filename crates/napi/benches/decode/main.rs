//! Cost of decoding a large response to a verification into its model, beside `serde_json::Value`.
//!
//! `cargo bench -p napi --bench decode -- 400` decodes the response of 100 data sources with 30
//! fields each 400 times in each way, in turn, so that whatever else the machine does hits both
//! alike; ratios are taken within each round. `--test`, or no `--bench`, as under `cargo test`, is
//! for seeing that everything works.
//!
//! An odd body has half of a surrogate pair near its end: the strict parser fails there, and the
//! lenient one reads all again.
//!
//! The model is what [`Endpoint::response`] of a [`VerifyRequest`] makes of the body: lenient about
//! types, with the path of the member in its errors, and with unknown members kept. Times are those
//! that the thread has computed.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod response;

use std::{env, error::Error, fs, hint::black_box, time::Duration};

use allocation_counter::AllocationInfo;
use bytes::Bytes;
use http::Response;
use napi::{
    Endpoint,
    verifications::{PersonInfo, Verification, VerifyRequest},
};
use serde_json::{Value, json};

use response::{FIELDS, SOURCES};

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = rounds();
    let verify = VerifyRequest::new("AU".parse()?, PersonInfo::new());
    let body = Bytes::from(response::body());
    let typed = || verify.response(Response::new(body.clone()));
    let untyped = || serde_json::from_slice::<Value>(&body);
    let odd = Bytes::from(response::odd_body());
    let lenient = || verify.response(Response::new(odd.clone()));
    check(&typed()?, &untyped()?)?;
    check(&lenient()?, &untyped()?)?;

    println!("{}", machine());
    println!(
        "{} bytes, {SOURCES} data sources of {FIELDS} fields; {rounds} rounds; median (quartiles)\n",
        body.len()
    );
    let mut model = Row::default();
    let mut value = Row::default();
    let mut odd = Row::default();
    for round in 0..=rounds {
        // By turns, so that neither always runs second; the first round is for caches.
        let samples = if round % 2 == 0 {
            (time(typed), time(untyped))
        } else {
            let untyped = time(untyped);
            (time(typed), untyped)
        };
        if round > 0 {
            model.0.push(samples.0);
            value.0.push(samples.1);
            odd.0.push(time(lenient));
        }
    }
    println!("| | decoded, µs | decoded and dropped, µs | allocations | bytes allocated |");
    println!("|---|---|---|---|---|");
    value.print("`serde_json::Value`", allocations(untyped));
    model.print("`VerifyRequest::response`", allocations(typed));
    odd.print("the same, of an odd body", allocations(lenient));
    println!(
        "\ntimes as fast as `Value`, decoded: {}; and dropped: {}",
        Spread::of(value.ratios(&model, |it| it.decoded)).shown(2),
        Spread::of(value.ratios(&model, |it| it.dropped)).shown(2)
    );
    Ok(())
}

fn rounds() -> usize {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    if has("--test") || !has("--bench") {
        return 2;
    }
    let given = arguments.iter().find_map(|argument| argument.parse().ok());
    given.unwrap_or(400).max(1)
}

/// Checks that both have read the same, and all of it.
fn check(model: &Verification, value: &Value) -> Result<(), Box<dyn Error>> {
    let Verification::Completed(result) = model else {
        return Err("the response is a result".into());
    };
    let sources = result.record.iter().flat_map(|it| &it.datasource_results);
    let fields: usize = sources.map(|source| source.datasource_fields.len()).sum();
    let name = value.pointer("/Record/DatasourceResults/99/DatasourceName");
    if fields != SOURCES * FIELDS || name != Some(&json!("Resident File 99")) {
        return Err("not all has been read".into());
    }
    Ok(())
}

/// The times of one decoding.
struct Sample {
    decoded: Duration,
    dropped: Duration,
}

fn time<T, E>(decode: impl Fn() -> Result<T, E>) -> Sample {
    let start = computed();
    let value = black_box(decode());
    let decoded = computed();
    drop(value);
    Sample {
        decoded: decoded.saturating_sub(start),
        dropped: computed().saturating_sub(start),
    }
}

fn allocations<T, E>(decode: impl Fn() -> Result<T, E>) -> AllocationInfo {
    allocation_counter::measure(|| drop(black_box(decode())))
}

/// Returns the time that this thread has computed, where the system says; else the time of the
/// clock.
fn computed() -> Duration {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        time.try_into().unwrap_or_default()
    }
    #[cfg(not(unix))]
    {
        static START: std::sync::LazyLock<std::time::Instant> =
            std::sync::LazyLock::new(std::time::Instant::now);
        START.elapsed()
    }
}

/// One contestant and its rounds.
#[derive(Default)]
struct Row(Vec<Sample>);

impl Row {
    fn print(&self, name: &str, allocated: AllocationInfo) {
        let microseconds = |of: fn(&Sample) -> Duration| {
            Spread::of(self.0.iter().map(|it| of(it).as_secs_f64() * 1e6)).shown(0)
        };
        println!(
            "| {name} | {} | {} | {} | {} |",
            microseconds(|it| it.decoded),
            microseconds(|it| it.dropped),
            allocated.count_total,
            allocated.bytes_total
        );
    }

    /// Returns round by round how many times as long as the other it took.
    fn ratios(&self, other: &Self, of: fn(&Sample) -> Duration) -> impl Iterator<Item = f64> {
        let pairs = self.0.iter().zip(&other.0);
        pairs.map(move |(ours, theirs)| of(ours).as_secs_f64() / of(theirs).as_secs_f64())
    }
}

/// The quartiles of what was measured.
struct Spread(Option<[f64; 3]>);

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<_> = values.collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |quarter: usize| sorted.get((sorted.len().saturating_sub(1) * quarter + 2) / 4);
        let quartiles = || Some([*at(1)?, *at(2)?, *at(3)?]);
        Self(quartiles())
    }

    fn shown(&self, digits: usize) -> String {
        self.0.map_or_else(
            || "?".to_owned(),
            |[low, median, high]| format!("{median:.digits$} ({low:.digits$} to {high:.digits$})"),
        )
    }
}

/// Describes processor and load.
fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let processor = read("/proc/cpuinfo");
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("processor unknown", |it| it.trim_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    format!("{processor}, {cores} cores; load {}", load.trim())
}
