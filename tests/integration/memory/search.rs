//! The search through the memory of this process, by the way of `/proc`.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::needle::Needle;

const CHUNK: usize = 1 << 16;

/// Counts each needle in memory that can be written and belongs to no file.
///
/// Begins again if memory goes away meanwhile, as the stack of a thread does that ends.
pub(crate) fn count(needles: &[Needle]) -> Vec<usize> {
    let mut buffer = vec![0; CHUNK];
    let mut attempts = (0..100).map(|_| attempt(needles, &mut buffer));
    attempts.find_map(Result::ok).unwrap()
}

fn attempt(needles: &[Needle], buffer: &mut [u8]) -> io::Result<Vec<usize>> {
    let memory = File::open("/proc/self/mem")?;
    let maps = fs::read_to_string("/proc/self/maps")?;
    let mut counts = vec![0; needles.len()];
    // It shows what was read last, which is no copy of a key.
    let own = buffer.as_ptr().addr();
    let own = own..own + CHUNK;
    for range in maps.lines().filter_map(writable) {
        let before = range.start..range.end.min(own.start);
        let after = range.start.max(own.end)..range.end;
        for part in [before, after] {
            let mut from = part.start;
            while from < part.end {
                let end = part.end.min(from + CHUNK);
                let chunk = &mut buffer[..end - from];
                memory.read_exact_at(chunk, from as u64)?;
                add(needles, chunk, &mut counts);
                if end == part.end {
                    break;
                }
                // A needle across the border is whole in the next chunk, and no needle is in both.
                from = end - Needle::LENGTH + 1;
            }
        }
    }
    Ok(counts)
}

fn add(needles: &[Needle], memory: &[u8], counts: &mut [usize]) {
    let mut starts = [false; 256];
    for needle in needles {
        starts[usize::from(needle.first())] = true;
    }
    for (at, first) in memory.iter().enumerate() {
        if starts[usize::from(*first)] {
            let rest = &memory[at..];
            for (needle, count) in needles.iter().zip(&mut *counts) {
                *count += usize::from(needle.begins(rest));
            }
        }
    }
}

/// Returns the addresses in a line of `/proc/self/maps`, as `proc_pid_maps(5)` describes it.
fn writable(line: &str) -> Option<Range<usize>> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let access = fields.next()?;
    let inode = fields.nth(2)?;
    let address = |hex| usize::from_str_radix(hex, 16).unwrap();
    (access.starts_with("rw") && inode == "0").then(|| address(start)..address(end))
}
