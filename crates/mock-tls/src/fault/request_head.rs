//! As much of an HTTP/1.1 request as a script needs: where its head ends, what it asks for, how
//! long its body says it is. Not a parser; no one here has anything to gain from a clever request.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The head of a request, and where the reader stands.
pub(crate) struct RequestHead {
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    /// Bytes of the body that came with the head.
    body_read: u64,
    /// Bytes of the body that are still to be read.
    body_left: u64,
}

impl RequestHead {
    /// Reads up to the end of the head. `None` if the client ends or dawdles before it.
    pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let mut bytes = Vec::new();
        let read = async {
            loop {
                if let Some(end) = end_of_head(&bytes) {
                    return Some(end);
                }
                if bytes.len() > HEAD_LIMIT || stream.read_buf(&mut bytes).await.ok()? == 0 {
                    return None;
                }
            }
        };
        // A client that stops in the middle must not keep the task.
        let end = tokio::time::timeout(SILENCE_LIMIT, read).await.ok()??;
        let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
        Some(Self::parse(&head, (bytes.len() - end) as u64))
    }

    fn parse(head: &str, already_read: u64) -> Self {
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let method = words.next().map(str::to_owned);
        let path = words.next().map(|target| {
            let path = target.split('?').next();
            path.unwrap_or_default().to_owned()
        });
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<u64>().ok())?
        });
        // A body in chunks counts as none; scripts meet only bodies that say their length.
        let length = length.unwrap_or_default();
        Self {
            method,
            path,
            body_read: length.min(already_read),
            body_left: length.saturating_sub(already_read),
        }
    }

    /// Reads and drops the body, as far as its length was announced, and returns how many bytes
    /// came.
    pub(crate) async fn skip_body(&self, stream: &mut (impl AsyncRead + Unpin)) -> u64 {
        let mut body = stream.take(self.body_left);
        let mut sink = tokio::io::sink();
        let copy = tokio::io::copy(&mut body, &mut sink);
        let _read = tokio::time::timeout(SILENCE_LIMIT, copy).await;
        self.body_read + (self.body_left - body.limit())
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}

const SILENCE_LIMIT: Duration = Duration::from_secs(30);
const HEAD_LIMIT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_is_read_to_the_end_of_its_head() {
        let mut bytes: &[u8] = b"POST /a/b?c HTTP/1.1\r\ncontent-Length: 5\r\n\r\nbody!";
        let head = RequestHead::read(&mut bytes).await.unwrap();
        assert_eq!(
            (head.method.as_deref(), head.path.as_deref()),
            (Some("POST"), Some("/a/b"))
        );
        assert_eq!(head.body_left, 0);
    }

    #[tokio::test]
    async fn half_a_head_is_none() {
        let mut bytes: &[u8] = b"GET / HTTP/1.1\r\n";
        assert!(RequestHead::read(&mut bytes).await.is_none());
    }
}
