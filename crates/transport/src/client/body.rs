//! The body of an outgoing request: sent once, or buffered so that it can be sent again.

mod kept;

use std::{
    error::Error as StdError,
    fmt,
    io::IoSlice,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};

use crate::client::body::kept::{Kept, length_of_fields};
use crate::client::upload::{Upload, UploadGuard};

/// The body type for hyper.
pub(crate) struct RequestBody<B> {
    source: Source<B>,
    /// Lives as long as a part of the body is unsent; none unless the upload is watched.
    guard: Option<UploadGuard>,
}

enum Source<B> {
    /// No body.
    Empty,
    Once(B),
    Replay(Replay<B>),
}

/// A body that can be sent more than once: its beginning is buffered up to a limit, the rest is
/// read from the caller's body. Beyond the limit it is sent as it comes, once.
pub(crate) struct ReplayBuffer<B>(Arc<Mutex<Recording<B>>>);

struct Recording<B> {
    source: B,
    kept: Kept,
    limit: usize,
    /// The source has been read to its end.
    is_whole: bool,
    /// More was read than is buffered, or the source failed.
    is_lost: bool,
    /// The number of the current replay; earlier ones are stopped.
    turn: u32,
}

/// One transmission of a [`ReplayBuffer`].
pub(crate) struct Replay<B> {
    recording: Arc<Mutex<Recording<B>>>,
    turn: u32,
    /// The number of buffered bytes that have been sent.
    sent: usize,
    has_sent_trailers: bool,
}

impl<B: Body + Unpin> ReplayBuffer<B> {
    /// Creates the buffer, and its first transmission.
    pub(crate) fn new(source: B, limit: usize) -> (Replay<B>, Self) {
        let recording = Arc::new(Mutex::new(Recording {
            source,
            kept: Kept::default(),
            limit,
            is_whole: false,
            is_lost: false,
            turn: 0,
        }));
        let first = Replay {
            recording: Arc::clone(&recording),
            turn: 0,
            sent: 0,
            has_sent_trailers: false,
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
            has_sent_trailers: false,
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
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
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
        let frame = frame.map_data(|mut data| data.copy_to_bytes(data.remaining()));
        if !self.is_lost {
            let length = frame.data_ref().map_or(0, Bytes::len)
                + frame.trailers_ref().map_or(0, length_of_fields);
            match self.kept.length().saturating_add(length) > self.limit {
                // From here on the body is sent as it comes, and the part that was kept is of no
                // use.
                true => self.lose(),
                false => self.kept.keep(&frame, self.source.is_end_stream()),
            }
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn lose(&mut self) {
        self.is_lost = true;
        self.kept = Kept::default();
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
        // The connection of an earlier attempt may still poll its body, and would take frames away.
        if recording.turn != this.turn {
            return Poll::Ready(Some(Err(BodyError(StaleReplay.into()))));
        }
        if let Some(data) = recording.kept.data_after(this.sent) {
            this.sent += data.len();
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if let Some(trailers) = &recording.kept.trailers
            && !this.has_sent_trailers
        {
            this.has_sent_trailers = true;
            return Poll::Ready(Some(Ok(Frame::trailers(trailers.clone()))));
        }
        if recording.is_whole {
            return Poll::Ready(None);
        }
        let frame = std::task::ready!(recording.poll_source(cx));
        this.sent = recording.kept.data_length();
        this.has_sent_trailers = recording.kept.trailers.is_some();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let recording = locked(&self.recording);
        let kept = &recording.kept;
        let has_caught_up =
            self.sent >= kept.data_length() && (self.has_sent_trailers || kept.trailers.is_none());
        has_caught_up && (recording.is_whole || recording.source.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let recording = locked(&self.recording);
        let unsent = recording.kept.data_length().saturating_sub(self.sent) as u64;
        let rest = recording.source.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(unsent));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(unsent));
        }
        hint
    }
}

impl<B> RequestBody<B> {
    #[inline]
    pub(crate) const fn empty() -> Self {
        Self::new(Source::Empty)
    }

    #[inline]
    pub(crate) const fn once(body: B) -> Self {
        Self::new(Source::Once(body))
    }

    #[inline]
    pub(crate) const fn replay(body: Replay<B>) -> Self {
        Self::new(Source::Replay(body))
    }

    const fn new(source: Source<B>) -> Self {
        Self {
            source,
            guard: None,
        }
    }
}

impl<B> RequestBody<B>
where
    Self: Body,
{
    /// Returns whether the body is still to be sent, for as long as it may be; none if it is empty.
    pub(crate) fn watch(&mut self) -> Option<Upload> {
        if self.is_end_stream() {
            return None;
        }
        Some(self.guard.insert(UploadGuard::new()).upload())
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
        let Self { source, guard } = self.get_mut();
        let data = |piece| Data {
            piece,
            _guard: guard.clone(),
        };
        match source {
            Source::Empty => Poll::Ready(None),
            Source::Once(body) => Pin::new(body).poll_frame(cx).map(|frame| {
                let frame = frame?.map(|frame| frame.map_data(|own| data(Piece::Own(own))));
                Some(frame.map_err(|error| BodyError(error.into())))
            }),
            Source::Replay(body) => Pin::new(body).poll_frame(cx).map(|frame| {
                let buffered = |bytes| data(Piece::Buffered(bytes));
                Some(frame?.map(|frame| frame.map_data(buffered)))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Empty => true,
            Source::Once(body) => body.is_end_stream(),
            Source::Replay(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Empty => SizeHint::with_exact(0),
            Source::Once(body) => body.size_hint(),
            Source::Replay(body) => body.size_hint(),
        }
    }
}

/// A piece of a body on its way.
pub(crate) struct Data<D> {
    piece: Piece<D>,
    _guard: Option<UploadGuard>,
}

/// The caller's own piece, so that nothing is copied, or a buffered one.
enum Piece<D> {
    Own(D),
    Buffered(Bytes),
}

impl<D: Buf> Buf for Data<D> {
    fn remaining(&self) -> usize {
        match &self.piece {
            Piece::Own(data) => data.remaining(),
            Piece::Buffered(data) => data.remaining(),
        }
    }

    fn chunk(&self) -> &[u8] {
        match &self.piece {
            Piece::Own(data) => data.chunk(),
            Piece::Buffered(data) => data.chunk(),
        }
    }

    fn chunks_vectored<'a>(&'a self, dst: &mut [IoSlice<'a>]) -> usize {
        match &self.piece {
            Piece::Own(data) => data.chunks_vectored(dst),
            Piece::Buffered(data) => data.chunks_vectored(dst),
        }
    }

    fn advance(&mut self, count: usize) {
        match &mut self.piece {
            Piece::Own(data) => data.advance(count),
            Piece::Buffered(data) => data.advance(count),
        }
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        match &mut self.piece {
            Piece::Own(data) => data.copy_to_bytes(length),
            Piece::Buffered(data) => data.copy_to_bytes(length),
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
        // Its text is in ours, so the chain goes on behind it.
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
    use http::HeaderMap;
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
        /// Checks that after any reads a replay is the whole body, or refused.
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

    /// A read buffer of a connection, of which a frame is a single byte.
    struct ReadBuffer(Arc<[u8; 8192]>);

    impl AsRef<[u8]> for ReadBuffer {
        fn as_ref(&self) -> &[u8] {
            &*self.0
        }
    }

    #[tokio::test]
    async fn small_frames_do_not_hold_their_read_buffers() {
        let buffer = Arc::new([b'x'; 8192]);
        let frame = || Bytes::from_owner(ReadBuffer(Arc::clone(&buffer))).slice(..1);
        let frames = std::iter::repeat_with(frame).take(LIMIT).collect();
        let source = Frames {
            frames,
            is_turn: false,
        };
        let (mut first, body) = ReplayBuffer::new(source, LIMIT);
        while let Some(frame) = first.frame().await {
            frame.unwrap();
        }
        assert_eq!(
            Arc::strong_count(&buffer),
            1,
            "one buffer for each frame is held"
        );
        assert!(locked(&body.0).kept.pieces.capacity() <= 2 * LIMIT);
        let again = body.replay().unwrap().collect().await.unwrap().to_bytes();
        assert_eq!(again, vec![b'x'; LIMIT]);

        const LIMIT: usize = 4096;
    }

    #[tokio::test]
    async fn body_of_one_frame_is_not_copied() {
        let whole = Bytes::from("hello");
        let (first, body) = ReplayBuffer::new(http_body_util::Full::new(whole.clone()), 5);
        first.collect().await.unwrap();
        let again = body.replay().unwrap().frame().await.unwrap().unwrap();
        assert_eq!(again.data_ref().unwrap().as_ptr(), whole.as_ptr());
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
