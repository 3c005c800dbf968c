//! Connecting to several addresses at once, a little apart: "Happy Eyeballs".
//!
//! [RFC 8305], sections 4 and 5. Leaves out asking for the addresses of each family by itself (section 3): the system's
//! resolver gives them all together, in the order of its preference.
//!
//! hyper-util's connector goes from address to address within a family, each for its share of the time that there is
//! for all: one that swallows packets, among ten, costs two seconds of twenty.
//!
//! [RFC 8305]: https://www.rfc-editor.org/rfc/rfc8305

use std::{future::poll_fn, io, net::SocketAddr, pin::Pin, task::Poll, time::Duration};

use tokio::time::timeout;

/// An address, and why there is no connection to it.
pub(super) type Failure = (SocketAddr, io::Error);

/// The first connection that comes about; the attempts that have not ended by then are dropped.
///
/// An attempt begins `delay` after the one before, or as soon as one fails. The caller bounds the whole.
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
    let mut addresses = interleaved(addresses).into_iter().peekable();
    while let Some(address) = addresses.next() {
        running.push((address, Box::pin(connect(address))));
        if addresses.peek().is_none() {
            break; // no one's turn comes, and a timer costs two system calls
        }
        match timeout(delay, first_to_end(&mut running)).await {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(failure)) => failures.push(failure),
            Err(_) => {} // the next one's turn
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

/// The families take turns, beginning with that of the first address.
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
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

type Running<F> = Vec<(SocketAddr, Pin<Box<F>>)>;

/// Waits for one of the attempts, of which there must be one, and takes it out.
async fn first_to_end<T, F>(running: &mut Running<F>) -> Result<T, Failure>
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

    /// What an address does, and after how many milliseconds.
    #[derive(Clone, Copy)]
    enum Does {
        Answers(u64),
        Fails(u64),
        Nothing,
    }

    use Does::{Answers, Fails, Nothing};

    /// Runs a race in which the address of position n is of port n, and says who won, after how many milliseconds, and
    /// when each attempt began.
    async fn run(does: &[Does], delay: Duration) -> (Result<u16, usize>, u64, Vec<u64>) {
        let begun = RefCell::new(Vec::new());
        let start = Instant::now();
        let now = || u64::try_from(start.elapsed().as_millis()).unwrap();
        let outcome = race(ports(does.len()), delay, |address| {
            begun.borrow_mut().push(now());
            let does = does[usize::from(address.port())];
            async move {
                match does {
                    Answers(after) => {
                        pass(after).await;
                        Ok(address.port())
                    }
                    Fails(after) => {
                        pass(after).await;
                        Err(io::ErrorKind::ConnectionRefused.into())
                    }
                    Nothing => pending().await,
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
    async fn one_that_answers_is_alone() {
        let outcome = run(&[Answers(249), Answers(0)], DELAY).await;
        assert_eq!(outcome, (Ok(0), 249, vec![0]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_begins_when_it_is_its_turn_and_the_first_may_still_win() {
        let outcome = run(&[Answers(300), Answers(100)], DELAY).await;
        assert_eq!(outcome, (Ok(0), 300, vec![0, 250]));
        let outcome = run(&[Answers(400), Answers(100)], DELAY).await;
        assert_eq!(outcome, (Ok(1), 350, vec![0, 250]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_begins_at_once_when_one_fails() {
        let outcome = run(&[Fails(10), Fails(5), Answers(1)], DELAY).await;
        assert_eq!(outcome, (Ok(2), 16, vec![0, 10, 15]));
        // Whichever it is that fails.
        let outcome = run(&[Fails(260), Nothing, Answers(1)], DELAY).await;
        assert_eq!(outcome, (Ok(2), 261, vec![0, 250, 260]));
    }

    #[tokio::test(start_paused = true)]
    async fn ten_that_say_nothing_cost_ten_delays() {
        let mut does = vec![Nothing; 10];
        does.push(Answers(0));
        let (outcome, end, begun) = run(&does, DELAY).await;
        assert_eq!((outcome, end, begun.len()), (Ok(10), 2500, 11));
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_fail_each_is_told_of() {
        assert_eq!(run(&[], DELAY).await, (Err(0), 0, vec![]));
        let outcome = run(&[Fails(900), Fails(0), Fails(700)], DELAY).await;
        assert_eq!(outcome, (Err(3), 950, vec![0, 250, 250]));
    }

    #[tokio::test(start_paused = true)]
    async fn without_an_end_to_the_delay_one_comes_after_the_other() {
        let outcome = run(&[Fails(60_000), Answers(0)], Duration::MAX).await;
        assert_eq!(outcome, (Ok(1), 60_000, vec![0, 60_000]));
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_have_not_won_are_dropped() {
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
    fn families_take_turns_from_the_first_and_keep_their_order() {
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
            assert_eq!(interleaved(addresses(given)), addresses(expected));
        }
    }
}
