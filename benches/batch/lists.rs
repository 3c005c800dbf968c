//! Lists of people who differ.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

/// Returns a list of so many records.
pub(crate) fn list(records: usize) -> String {
    (0..records).map(line).collect()
}

/// A list that is made while it is read.
#[derive(Debug)]
pub(crate) struct Endless {
    next: usize,
    count: usize,
    rest: Vec<u8>,
}

impl Endless {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            next: 0,
            count,
            rest: Vec::new(),
        }
    }
}

impl AsyncRead for Endless {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.rest.len() < buffer.remaining() && self.next < self.count {
            let line = line(self.next);
            self.rest.extend(line.into_bytes());
            self.next += 1;
        }
        let length = self.rest.len().min(buffer.remaining());
        let rest = self.rest.split_off(length);
        buffer.put_slice(&self.rest);
        self.rest = rest;
        Poll::Ready(Ok(()))
    }
}

/// It begins anew, which is all that a run asks of it.
impl AsyncSeek for Endless {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        if position == SeekFrom::Start(0) {
            self.next = 0;
            self.rest.clear();
        }
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(0))
    }
}

fn line(number: usize) -> String {
    format!(
        "{{\"CountryCode\":\"IT\",\"DataFields\":{{\"PersonInfo\":{{\"FirstGivenName\":\"Ada\",\
         \"FirstSurName\":\"Mancini {number}\",\"DayOfBirth\":4,\"MonthOfBirth\":7,\"YearOfBirth\":1978}}}}}}\n"
    )
}
