//! Messages of a WebSocket, put together when they come in pieces. One costs as much memory as it has
//! bytes, however small its pieces are, and none goes on for ever.

use actix_web::web::Bytes;
use actix_ws::{AggregatedMessage, Item, Message, MessageStream, ProtocolError};
use std::io;

/// What a client says, message by message.
pub struct Messages {
    stream: MessageStream,
    pieces: Pieces,
}

/// A message of which not all is there.
struct Pieces {
    longest: usize,
    bytes: Vec<u8>,
    /// Its bytes, and one for each piece that has none.
    n_counted: usize,
    is_text: bool,
}

impl Messages {
    /// None of them may be longer than this.
    pub fn of(stream: MessageStream, longest: usize) -> Self {
        Self { stream, pieces: Pieces::none(longest) }
    }

    /// The next one. Whoever stops waiting for it loses nothing.
    pub async fn next(&mut self) -> Option<Result<AggregatedMessage, ProtocolError>> {
        loop {
            let message = match self.stream.recv().await? {
                Err(error) => return Some(Err(error)),
                Ok(message) => message,
            };
            let message = match message {
                Message::Continuation(piece) => match self.pieces.add(piece).transpose() {
                    Some(whole) => return Some(whole),
                    None => continue,
                },
                Message::Nop => continue,
                Message::Text(text) => AggregatedMessage::Text(text),
                Message::Binary(bytes) => AggregatedMessage::Binary(bytes),
                Message::Ping(payload) => AggregatedMessage::Ping(payload),
                Message::Pong(payload) => AggregatedMessage::Pong(payload),
                Message::Close(reason) => AggregatedMessage::Close(reason),
            };
            return Some(Ok(message));
        }
    }
}

impl Pieces {
    fn none(longest: usize) -> Self {
        Self { longest, bytes: Vec::new(), n_counted: 0, is_text: false }
    }

    /// The message, if this was the last of it. Whoever reads pieces sees to their order.
    fn add(&mut self, piece: Item) -> Result<Option<AggregatedMessage>, ProtocolError> {
        let (piece, is_last) = match piece {
            Item::FirstText(piece) => (self.begin(piece, true), false),
            Item::FirstBinary(piece) => (self.begin(piece, false), false),
            Item::Continue(piece) => (piece, false),
            Item::Last(piece) => (piece, true),
        };
        self.n_counted += piece.len().max(usize::from(!is_last));
        if self.longest < self.n_counted {
            return Err(ProtocolError::Overflow);
        }
        self.bytes.extend_from_slice(&piece);
        if is_last { self.end().map(Some) } else { Ok(None) }
    }

    fn begin(&mut self, piece: Bytes, is_text: bool) -> Bytes {
        *self = Self { is_text, ..Self::none(self.longest) };
        piece
    }

    fn end(&mut self) -> Result<AggregatedMessage, ProtocolError> {
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        if !self.is_text {
            return Ok(AggregatedMessage::Binary(bytes));
        }
        let text = bytes.try_into();
        let text = text.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(AggregatedMessage::Text(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: usize = 10;

    #[test]
    fn a_message_is_whole_with_its_last_piece_and_the_next_one_begins_anew() {
        let mut pieces = Pieces::none(LONGEST);
        for _ in 0..3 {
            assert_eq!(pieces.add(Item::FirstText("on".into())).unwrap(), None);
            assert_eq!(pieces.add(Item::Continue("".into())).unwrap(), None);
            assert_eq!(pieces.add(Item::Continue("e ".into())).unwrap(), None);
            let whole = pieces.add(Item::Last("thing".into())).unwrap();
            assert_eq!(whole, Some(AggregatedMessage::Text("one thing".into())));
        }
        pieces.add(Item::FirstBinary("0123456789".into())).unwrap();

        let whole = pieces.add(Item::Last("".into())).unwrap();

        assert_eq!(whole, Some(AggregatedMessage::Binary("0123456789".into())));
    }

    #[test]
    fn it_may_be_neither_longer_than_agreed_nor_have_more_pieces_than_that() {
        let is_too_much = |error| matches!(error, Err(ProtocolError::Overflow));
        for last in [Item::Continue("6".into()), Item::Continue("".into()), Item::Last("6".into())]
        {
            let mut pieces = Pieces::none(LONGEST);
            pieces.add(Item::FirstText("01234".into())).unwrap();
            for _ in 0..5 {
                pieces.add(Item::Continue("".into())).unwrap();
            }
            assert!(is_too_much(pieces.add(last)));
        }
    }

    #[test]
    fn a_text_whose_letters_are_cut_is_whole_and_one_that_is_none_is_unreadable() {
        let mut pieces = Pieces::none(LONGEST);
        let (first, last) = "ä".as_bytes().split_at(1);
        pieces.add(Item::FirstText(Bytes::copy_from_slice(first))).unwrap();
        let whole = pieces.add(Item::Last(Bytes::copy_from_slice(last))).unwrap();
        assert_eq!(whole, Some(AggregatedMessage::Text("ä".into())));

        pieces.add(Item::FirstText(Bytes::copy_from_slice(first))).unwrap();
        let Err(ProtocolError::Io(error)) = pieces.add(Item::Last("".into())) else { panic!() };

        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
