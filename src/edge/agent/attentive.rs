//! Streams whose clients take what they are told. One who reads nothing any more and does not go away
//! would hold his place for ever, and his account has few.

use super::line::Line;
use actix_web::HttpRequest;
use actix_web::web::Bytes;
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};
use std::convert::Infallible;
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::sleep;

/// So long a client may leave what was told on its way. His connection is ended then.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stream as a body. The next piece is asked for when the one before has been taken.
pub fn attentive<S: Stream<Item = String>>(
    request: &HttpRequest,
    told: S,
) -> impl Stream<Item = Result<Bytes, Infallible>> + use<S> {
    watched(request.conn_data::<Line>().cloned(), told)
}

fn watched(
    line: Option<Line>,
    told: impl Stream<Item = String>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    unfold((Box::pin(told), line, None::<Deadline>), async |(mut told, line, taken)| {
        drop(taken);
        let piece = told.next().await?;
        let deadline = line.clone().map(Deadline::until_taken);
        Some((Ok(Bytes::from(piece)), (told, line, deadline)))
    })
}

/// Hangs up unless it is dropped in time.
struct Deadline(AbortHandle);

impl Deadline {
    fn until_taken(line: Line) -> Self {
        let waiting = tokio::spawn(async move {
            sleep(PATIENCE).await;
            tracing::info!("a client takes nothing of what it is told, so its connection is ended");
            line.hang_up();
        });
        Self(waiting.abort_handle())
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream::repeat;
    use std::io::{ErrorKind, Read};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_for_too_long_is_cut_off_and_who_waits_for_news_is_not() {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut client = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
        client.set_nonblocking(true).unwrap();
        let line = Line::of(socket.accept().unwrap().0);
        let mut stream = Box::pin(watched(Some(line), repeat("news".to_owned())));
        let mut is_cut_off = move || match client.read(&mut [0]) {
            Ok(0) => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            other => panic!("{other:?}"),
        };

        for _ in 0..3 {
            assert_eq!(stream.next().await.unwrap().unwrap(), "news");
            sleep(PATIENCE - Duration::from_millis(1)).await;
        }
        assert!(!is_cut_off());

        sleep(Duration::from_millis(2)).await;
        assert!(is_cut_off());
    }
}
