//! Racing connection attempts to the addresses of a host: "Happy Eyeballs".
//!
//! [RFC 8305], sections 4 and 5. Leaves out separate queries for the address families (section 3):
//! the system's resolver returns all addresses together, in the order of its preference.
//!
//! hyper-util's connector tries the addresses of a family one after another, each for its share of
//! the connect timeout: one of ten that drops packets costs two seconds of twenty.
//!
//! [RFC 8305]: https://www.rfc-editor.org/rfc/rfc8305

use std::{future::poll_fn, io, net::SocketAddr, pin::Pin, task::Poll, time::Duration};

use tokio::time::timeout;

/// An address, and the error of connecting to it.
pub(super) type Failure = (SocketAddr, io::Error);

/// Returns the first connection that is established; the other attempts are dropped.
///
/// An attempt begins `delay` after the one before, or as soon as one fails. The caller bounds the
/// whole.
pub(super) async fn race<T, F>(
    addresses: Vec<SocketAddr>,
    delay: Duration,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<T, Vec<Failure>>
where
    F: Future<Output = io::Result<T>>,
{
    let mut running = Vec::new();
    let mut failures = Vec::new();
    let mut addresses = interleave(addresses).into_iter().peekable();
    while let Some(address) = addresses.next() {
        running.push((address, Box::pin(connect(address))));
        if addresses.peek().is_none() {
            break; // no attempt is left to be delayed, and a timer costs two system calls
        }
        match timeout(delay, first_to_end(&mut running)).await {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(failure)) => failures.push(failure),
            Err(_) => {} // begin the next attempt beside the running ones
        }
    }
    while !running.is_empty() {
        match first_to_end(&mut running).await {
            Ok(connected) => return Ok(connected),
            Err(failure) => failures.push(failure),
        }
    }
    Err(failures)
}

/// Alternates between the address families, beginning with that of the first address.
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let count = addresses.len();
    let begins_with_ipv4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv4() == begins_with_ipv4);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut order = Vec::with_capacity(count);
    while order.len() < count {
        order.extend(first.next());
        order.extend(second.next());
    }
    order
}

type Attempts<F> = Vec<(SocketAddr, Pin<Box<F>>)>;

/// Waits until one of the attempts, of which there must be one, is done, and takes it out.
async fn first_to_end<T, F>(running: &mut Attempts<F>) -> Result<T, Failure>
where
    F: Future<Output = io::Result<T>>,
{
    let (position, outcome) = poll_fn(|cx| {
        for (position, (_, attempt)) in running.iter_mut().enumerate() {
            if let Poll::Ready(outcome) = attempt.as_mut().poll(cx) {
                return Poll::Ready((position, outcome));
            }
        }
        Poll::Pending
    })
    .await;
    let (address, _) = running.swap_remove(position);
    outcome.map_err(|error| (address, error))
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, future::pending};

    use tokio::time::Instant;

    use super::*;

    const DELAY: Duration = Duration::from_millis(250);

    /// The behaviour of an address, and after how many milliseconds.
    #[derive(Clone, Copy)]
    enum Behaviour {
        Connects(u64),
        Fails(u64),
        Hangs,
    }

    use Behaviour::{Connects, Fails, Hangs};

    /// Runs a race in which the address at index n has port n. Returns the winner, the duration in
    /// milliseconds, and when each attempt began.
    async fn run(does: &[Behaviour], delay: Duration) -> (Result<u16, usize>, u64, Vec<u64>) {
        let begun = RefCell::new(Vec::new());
        let start = Instant::now();
        let now = || u64::try_from(start.elapsed().as_millis()).unwrap();
        let outcome = race(ports(does.len()), delay, |address| {
            begun.borrow_mut().push(now());
            let does = does[usize::from(address.port())];
            async move {
                match does {
                    Connects(after) => {
                        pass(after).await;
                        Ok(address.port())
                    }
                    Fails(after) => {
                        pass(after).await;
                        Err(io::ErrorKind::ConnectionRefused.into())
                    }
                    Hangs => pending().await,
                }
            }
        });
        let outcome = outcome.await.map_err(|failures| failures.len());
        let end = now();
        (outcome, end, begun.into_inner())
    }

    async fn pass(milliseconds: u64) {
        let _ = timeout(Duration::from_millis(milliseconds), pending::<()>()).await;
    }

    fn ports(count: usize) -> Vec<SocketAddr> {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        (0..u16::try_from(count).unwrap()).map(address).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn first_address_connects_alone() {
        let outcome = run(&[Connects(249), Connects(0)], DELAY).await;
        assert_eq!(outcome, (Ok(0), 249, vec![0]));
    }

    #[tokio::test(start_paused = true)]
    async fn next_attempt_begins_after_the_delay() {
        let outcome = run(&[Connects(300), Connects(100)], DELAY).await;
        assert_eq!(outcome, (Ok(0), 300, vec![0, 250]));
        let outcome = run(&[Connects(400), Connects(100)], DELAY).await;
        assert_eq!(outcome, (Ok(1), 350, vec![0, 250]));
    }

    #[tokio::test(start_paused = true)]
    async fn next_attempt_begins_at_once_after_a_failure() {
        let outcome = run(&[Fails(10), Fails(5), Connects(1)], DELAY).await;
        assert_eq!(outcome, (Ok(2), 16, vec![0, 10, 15]));
        // Whichever attempt fails.
        let outcome = run(&[Fails(260), Hangs, Connects(1)], DELAY).await;
        assert_eq!(outcome, (Ok(2), 261, vec![0, 250, 260]));
    }

    #[tokio::test(start_paused = true)]
    async fn ten_silent_addresses_cost_ten_delays() {
        let mut does = vec![Hangs; 10];
        does.push(Connects(0));
        let (outcome, end, begun) = run(&does, DELAY).await;
        assert_eq!((outcome, end, begun.len()), (Ok(10), 2500, 11));
    }

    #[tokio::test(start_paused = true)]
    async fn all_failures_are_returned() {
        assert_eq!(run(&[], DELAY).await, (Err(0), 0, vec![]));
        let outcome = run(&[Fails(900), Fails(0), Fails(700)], DELAY).await;
        assert_eq!(outcome, (Err(3), 950, vec![0, 250, 250]));
    }

    #[tokio::test(start_paused = true)]
    async fn unlimited_delay_connects_one_after_another() {
        let outcome = run(&[Fails(60_000), Connects(0)], Duration::MAX).await;
        assert_eq!(outcome, (Ok(1), 60_000, vec![0, 60_000]));
    }

    #[tokio::test(start_paused = true)]
    async fn losing_attempts_are_dropped() {
        let alive = std::rc::Rc::new(());
        let won = race(ports(3), DELAY, |address| {
            let alive = std::rc::Rc::clone(&alive);
            async move {
                let _alive = alive;
                match address.port() {
                    2 => Ok(()),
                    _ => pending().await,
                }
            }
        });
        assert!(won.await.is_ok());
        assert_eq!(std::rc::Rc::strong_count(&alive), 1);
    }

    #[test]
    fn families_alternate_and_keep_their_order() {
        let addresses = |of: &[&str]| -> Vec<SocketAddr> {
            of.iter().map(|address| address.parse().unwrap()).collect()
        };
        for (given, expected) in [
            (&[][..], &[][..]),
            (&["1.1.1.1:1"], &["1.1.1.1:1"]),
            (
                &["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"],
                &["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"],
            ),
            (
                &["1.1.1.1:1", "[::1]:1", "[::2]:1", "[::3]:1"],
                &["1.1.1.1:1", "[::1]:1", "[::2]:1", "[::3]:1"],
            ),
        ] {
            assert_eq!(interleave(addresses(given)), addresses(expected));
        }
    }
}
