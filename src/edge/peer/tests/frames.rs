//! Frames come back as they went, and whatever else comes is a frame or an error.

use crate::base::Process;
use crate::edge::peer::framing::{NoFrame, read_frame};
use crate::edge::peer::wire::{Asked, BadFrame, Frame, Hello, Refusal, TooLong};
use crate::ownership::peers::Call;
use proptest::collection::vec;
use proptest::prelude::*;
use std::time::Duration;

proptest! {
    #[test]
    fn frames_come_back(frame in any_frame()) {
        let encoded = frame.encode(1 << 20).unwrap();

        prop_assert_eq!(read(&encoded).unwrap(), frame);
    }

    #[test]
    fn any_bytes_are_frames_or_errors(bytes in vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let _ = Frame::decode(bytes);
    }

    #[test]
    fn garbled_frames_are_frames_or_errors(
        frame in any_frame(),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
    ) {
        let mut encoded = frame.encode(1 << 20).unwrap();
        let at = at.index(encoded.len());
        encoded[at] = with;

        let _ = read(&encoded);
        let _ = read(&encoded[..at]);
    }

    #[test]
    fn cut_frames_never_come_through(frame in any_frame(), at in any::<prop::sample::Index>()) {
        let encoded = frame.encode(1 << 20).unwrap();
        let at = at.index(encoded.len());

        prop_assert!(matches!(read(&encoded[..at]), Err(NoFrame::Closed)));
    }

    #[test]
    fn what_a_newer_version_adds_to_a_header_is_left_out(
        frame in any_frame(),
        added in vec(any::<u8>(), 0..20),
    ) {
        let mut content = frame.encode(1 << 20).unwrap().split_off(4);
        let n_header = usize::from(u16::from_be_bytes([content[1], content[2]]));
        content.splice(3 + n_header..3 + n_header, added.iter().copied());
        let longer = u16::try_from(n_header + added.len()).unwrap().to_be_bytes();
        content[1..3].copy_from_slice(&longer);

        prop_assert_eq!(Frame::decode(content).unwrap(), frame);
    }
}

#[test]
fn a_length_alone_is_no_frame() {
    let mut bytes = (1_u32 << 20).to_be_bytes().to_vec();
    bytes.push(2);

    assert!(matches!(read(&bytes), Err(NoFrame::Closed)));
}

#[test]
fn too_long_is_too_long_at_both_ends() {
    let frame = Frame::News { id: 1, body: vec![0; 100] };
    let encoded = frame.encode(111).unwrap();

    assert_eq!(frame.encode(110), Err(TooLong));
    let refused =
        futures_util::future::FutureExt::now_or_never(read_frame(&mut &encoded[..], 110, || ()));
    assert!(matches!(refused, Some(Err(NoFrame::TooLong(111)))));
}

#[test]
fn a_text_that_is_none_is_refused() {
    let mut content = Frame::Hello(hello(1, "ä", "b", "c")).encode(100).unwrap().split_off(4);
    content[9] = 0xff;

    assert_eq!(Frame::decode(content), Err(BadFrame::Text));
}

#[test]
fn the_form_of_a_call_is_for_ever() {
    let call = Call {
        kind: "k".into(),
        thing: "t".into(),
        boot: Some("b".into()),
        n_hops: 2,
        within: Duration::from_millis(258),
        body: vec![9, 9],
    };

    let encoded = Frame::Call(Asked { id: 7, call }).encode(100).unwrap();

    let id = [0, 0, 0, 0, 0, 0, 0, 7];
    let texts = [0, 1, b'b', 0, 1, b'k', 0, 1, b't'];
    let parts: [&[u8]; 7] =
        [&[0, 0, 0, 28], &[2, 0, 23], &id, &[0, 0, 1, 2], &[2, 1], &texts, &[9, 9]];
    assert_eq!(encoded, parts.concat());
}

fn read(bytes: &[u8]) -> Result<Frame, NoFrame> {
    let mut bytes = bytes;
    let reading = read_frame(&mut bytes, 1 << 20, || ());
    futures_util::future::FutureExt::now_or_never(reading).expect("bytes in memory never wait")
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let body = || vec(any::<u8>(), 0..200);
    prop_oneof![
        (any::<i32>(), ".{0,40}", ".{0,40}", ".{0,40}").prop_map(
            |(protocol, node, boot, program)| {
                Frame::Hello(hello(protocol, &node, &boot, &program))
            }
        ),
        any_asked().prop_map(Frame::Call),
        any_asked().prop_map(Frame::Listen),
        (any::<u64>(), body()).prop_map(|(id, body)| Frame::Answer { id, body }),
        (any::<u64>(), any::<u8>())
            .prop_map(|(id, code)| Frame::Refused { id, why: refusal(code) }),
        (any::<u64>(), body()).prop_map(|(id, body)| Frame::News { id, body }),
        any::<u64>().prop_map(|id| Frame::Close { id }),
        any::<u64>().prop_map(Frame::Ping),
        any::<u64>().prop_map(Frame::Pong),
        (100..=255_u8).prop_map(Frame::Unknown),
    ]
}

fn any_asked() -> impl Strategy<Value = Asked> {
    let numbers = (any::<u64>(), any::<u8>(), any::<u32>());
    let texts = (".{0,20}", ".{0,40}", prop::option::of(".{0,40}"));
    (numbers, texts, vec(any::<u8>(), 0..200)).prop_map(|(numbers, texts, body)| {
        let (id, n_hops, within) = numbers;
        let (kind, thing, boot) = texts;
        let within = Duration::from_millis(u64::from(within));
        let (thing, boot) = (thing.as_str().into(), boot.map(|boot| boot.as_str().into()));
        Asked { id, call: Call { kind, thing, boot, n_hops, within, body } }
    })
}

fn refusal(code: u8) -> Refusal {
    match code {
        0..50 => Refusal::WrongBoot,
        50..100 => Refusal::Busy,
        100..150 => Refusal::Version,
        150..200 => Refusal::Stranger,
        200..220 => Refusal::TooLong,
        220.. => Refusal::Unknown(code),
    }
}

fn hello(protocol: i32, node: &str, boot: &str, program: &str) -> Hello {
    let process = Process { node: node.into(), boot: boot.into() };
    Hello { protocol, process, program: program.to_owned() }
}
