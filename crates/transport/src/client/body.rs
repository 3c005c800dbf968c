//! The body of an outgoing request: sent once, or buffered so that it can be sent again.

use std::{
    error::Error as StdError,
    fmt,
    io::IoSlice,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

/// The body type for hyper.
pub(crate) enum RequestBody<B> {
    /// No body.
    Empty,
    Once(B),
    Replay(Replay<B>),
}

/// A body that can be sent more than once: its first frames are buffered up to a limit, the rest is
/// read from the caller's body. Beyond the limit it is sent as it comes, once.
pub(crate) struct ReplayBuffer<B>(Arc<Mutex<Recording<B>>>);

struct Recording<B> {
    source: B,
    kept: Vec<BufferedFrame>,
    length: usize,
    limit: usize,
    /// The source has been read to its end.
    is_whole: bool,
    /// More was read than is buffered, or the source failed.
    is_lost: bool,
    /// The number of the current replay; earlier ones are stopped.
    turn: u32,
}

enum BufferedFrame {
    Data(Bytes),
    Trailers(HeaderMap),
}

/// One transmission of a [`ReplayBuffer`].
pub(crate) struct Replay<B> {
    recording: Arc<Mutex<Recording<B>>>,
    turn: u32,
    /// The number of buffered frames that have been sent.
    sent: usize,
}

impl<B: Body + Unpin> ReplayBuffer<B> {
    /// Creates the buffer, and its first transmission.
    pub(crate) fn new(source: B, limit: usize) -> (Replay<B>, Self) {
        let recording = Arc::new(Mutex::new(Recording {
            source,
            kept: Vec::new(),
            length: 0,
            limit,
            is_whole: false,
            is_lost: false,
            turn: 0,
        }));
        let first = Replay {
            recording: Arc::clone(&recording),
            turn: 0,
            sent: 0,
        };
        (first, Self(recording))
    }

    /// Starts the body from its beginning, if all of it is still available; stops an earlier
    /// transmission.
    pub(crate) fn replay(&self) -> Option<Replay<B>> {
        let mut recording = locked(&self.0);
        if recording.is_lost {
            return None;
        }
        recording.turn += 1;
        Some(Replay {
            recording: Arc::clone(&self.0),
            turn: recording.turn,
            sent: 0,
        })
    }
}

impl<B> ReplayBuffer<B> {
    pub(crate) fn can_be_replayed(&self) -> bool {
        !locked(&self.0).is_lost
    }
}

impl<B> Recording<B>
where
    B: Body + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    /// Reads the next frame of the source, and buffers it if it fits.
    fn poll_source(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<BufferedFrame, BodyError>>> {
        let frame = match std::task::ready!(Pin::new(&mut self.source).poll_frame(cx)) {
            None => {
                self.is_whole = true;
                return Poll::Ready(None);
            }
            Some(Err(error)) => {
                self.lose();
                return Poll::Ready(Some(Err(BodyError(error.into()))));
            }
            Some(Ok(frame)) => frame,
        };
        let kept = match frame.into_data() {
            Ok(mut data) => BufferedFrame::Data(data.copy_to_bytes(data.remaining())),
            Err(frame) => match frame.into_trailers() {
                Ok(trailers) => BufferedFrame::Trailers(trailers),
                Err(_unknown) => BufferedFrame::Data(Bytes::new()),
            },
        };
        if !self.is_lost {
            self.length = self.length.saturating_add(kept.length());
            match self.length > self.limit {
                true => self.lose(),
                false => self.kept.push(kept.clone()),
            }
        }
        Poll::Ready(Some(Ok(kept)))
    }

    fn lose(&mut self) {
        self.is_lost = true;
        self.kept = Vec::new();
    }
}

impl<B> Body for Replay<B>
where
    B: Body + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let mut recording = locked(&this.recording);
        if recording.turn != this.turn {
            return Poll::Ready(Some(Err(BodyError(StaleReplay.into()))));
        }
        if let Some(kept) = recording.kept.get(this.sent) {
            this.sent += 1;
            return Poll::Ready(Some(Ok(kept.clone().into_frame())));
        }
        if recording.is_whole {
            return Poll::Ready(None);
        }
        let frame = std::task::ready!(recording.poll_source(cx));
        this.sent = recording.kept.len();
        Poll::Ready(frame.map(|frame| frame.map(BufferedFrame::into_frame)))
    }

    fn is_end_stream(&self) -> bool {
        let recording = locked(&self.recording);
        let has_caught_up = self.sent >= recording.kept.len();
        has_caught_up && (recording.is_whole || recording.source.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let recording = locked(&self.recording);
        let unsent = recording
            .kept
            .iter()
            .skip(self.sent)
            .map(BufferedFrame::data_length);
        let unsent = unsent.sum::<usize>() as u64;
        let rest = recording.source.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(unsent));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(unsent));
        }
        hint
    }
}

impl BufferedFrame {
    fn length(&self) -> usize {
        match self {
            Self::Data(data) => data.len(),
            Self::Trailers(trailers) => {
                let fields = trailers.iter();
                fields
                    .map(|(name, value)| name.as_str().len() + value.len())
                    .sum()
            }
        }
    }

    /// Returns the length that counts in the body's; trailers do not (RFC 9112, section 6.3).
    fn data_length(&self) -> usize {
        match self {
            Self::Data(data) => data.len(),
            Self::Trailers(_) => 0,
        }
    }

    fn into_frame(self) -> Frame<Bytes> {
        match self {
            Self::Data(data) => Frame::data(data),
            Self::Trailers(trailers) => Frame::trailers(trailers),
        }
    }
}

impl Clone for BufferedFrame {
    fn clone(&self) -> Self {
        match self {
            Self::Data(data) => Self::Data(data.clone()),
            Self::Trailers(trailers) => Self::Trailers(trailers.clone()),
        }
    }
}

impl<B> Body for RequestBody<B>
where
    B: Body + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Data = Data<B::Data>;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, BodyError>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            Self::Once(body) => Pin::new(body).poll_frame(cx).map(|frame| {
                let frame = frame?.map(|frame| frame.map_data(Data::Own));
                Some(frame.map_err(|error| BodyError(error.into())))
            }),
            Self::Replay(body) => Pin::new(body).poll_frame(cx).map(|frame| {
                let frame = frame?.map(|frame| frame.map_data(Data::Buffered));
                Some(frame)
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Once(body) => body.is_end_stream(),
            Self::Replay(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Once(body) => body.size_hint(),
            Self::Replay(body) => body.size_hint(),
        }
    }
}

/// A piece of a body: the caller's own, so that nothing is copied, or a buffered one.
pub(crate) enum Data<D> {
    Own(D),
    Buffered(Bytes),
}

impl<D: Buf> Buf for Data<D> {
    fn remaining(&self) -> usize {
        match self {
            Self::Own(data) => data.remaining(),
            Self::Buffered(data) => data.remaining(),
        }
    }

    fn chunk(&self) -> &[u8] {
        match self {
            Self::Own(data) => data.chunk(),
            Self::Buffered(data) => data.chunk(),
        }
    }

    fn chunks_vectored<'a>(&'a self, dst: &mut [IoSlice<'a>]) -> usize {
        match self {
            Self::Own(data) => data.chunks_vectored(dst),
            Self::Buffered(data) => data.chunks_vectored(dst),
        }
    }

    fn advance(&mut self, count: usize) {
        match self {
            Self::Own(data) => data.advance(count),
            Self::Buffered(data) => data.advance(count),
        }
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        match self {
            Self::Own(data) => data.copy_to_bytes(length),
            Self::Buffered(data) => data.copy_to_bytes(length),
        }
    }
}

/// An error of the caller's body, which says nothing about the connection that it was sent on.
#[derive(Debug)]
pub(crate) struct BodyError(Box<dyn StdError + Send + Sync>);

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body of the request failed: {}", self.0)
    }
}

impl StdError for BodyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the request is being sent again")]
struct StaleReplay;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use proptest::prelude::*;

    use super::*;

    /// A body whose frames come one by one, each after a turn.
    struct Frames {
        frames: Vec<Bytes>,
        is_turn: bool,
    }

    impl Body for Frames {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            self.is_turn = !self.is_turn;
            if self.is_turn {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let next = (!self.frames.is_empty()).then(|| self.frames.remove(0));
            Poll::Ready(next.map(|data| Ok(Frame::data(data))))
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.frames.iter().map(|data| data.len() as u64).sum())
        }
    }

    fn run<T>(test: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread();
        { runtime }.build().unwrap().block_on(test)
    }

    proptest! {
        /// After any reads, a replay is the whole body, or refused.
        #[test]
        fn replay_is_the_whole_body_or_none(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..8),
            reads in prop::collection::vec(0_usize..10, 1..5),
            limit in 0_usize..100,
        ) {
            let whole = frames.concat();
            let source = Frames { frames: frames.into_iter().map(Bytes::from).collect(), is_turn: false };
            let (_, body) = ReplayBuffer::new(source, limit);
            run(async {
                for read in reads {
                    let Some(mut replay) = body.replay() else {
                        assert!(whole.len() > limit && !body.can_be_replayed());
                        return;
                    };
                    assert_eq!(replay.size_hint().exact(), Some(whole.len() as u64));
                    for _ in 0..read {
                        replay.frame().await;
                    }
                }
                if let Some(replay) = body.replay() {
                    let read = replay.collect().await.unwrap().to_bytes();
                    assert_eq!(read, whole);
                }
                assert_eq!(body.can_be_replayed(), whole.len() <= limit);
            });
        }
    }

    /// Data of a known length, and trailers after it.
    struct WithTrailers(Option<Bytes>, Option<HeaderMap>);

    impl Body for WithTrailers {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            let data = self.0.take().map(Frame::data);
            let next = data.or_else(|| self.1.take().map(Frame::trailers));
            Poll::Ready(next.map(Ok))
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0.as_ref().map_or(0, |data| data.len() as u64))
        }
    }

    #[tokio::test]
    async fn trailers_do_not_count_in_the_length_of_a_replay() {
        let mut trailers = HeaderMap::new();
        trailers.insert("checksum", http::HeaderValue::from_static("right"));
        let source = WithTrailers(Some(Bytes::from("hello")), Some(trailers));
        let (_, body) = ReplayBuffer::new(source, 100);
        for _ in 0..2 {
            let replay = body.replay().unwrap();
            assert_eq!(replay.size_hint().exact(), Some(5));
            let read = replay.collect().await.unwrap();
            assert_eq!(read.trailers().unwrap()["checksum"], "right");
            assert_eq!(read.to_bytes(), "hello");
        }
    }

    #[tokio::test]
    async fn earlier_replay_is_stopped() {
        let source = http_body_util::Full::new(Bytes::from("hello"));
        let (mut first, body) = ReplayBuffer::new(source, 10);
        let second = body.replay().unwrap();
        assert!(first.frame().await.unwrap().is_err());
        let read = second.collect().await.unwrap().to_bytes();
        assert_eq!(read, "hello");
    }

    /// A body that fails at once.
    struct Failing;

    impl Body for Failing {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Ready(Some(Err(std::io::ErrorKind::Other.into())))
        }
    }

    #[tokio::test]
    async fn failed_body_is_not_sent_again() {
        let (mut first, body) = ReplayBuffer::new(Failing, 10);
        assert!(first.frame().await.unwrap().is_err());
        assert!(!body.can_be_replayed() && body.replay().is_none());
    }
}
