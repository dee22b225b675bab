//! Lanes that end before their courier.

use super::*;
use crate::edge::push::form::tests::writer;
use crate::edge::push::lane::tests::reminder;
use crate::edge::push::mobile::Line;
use crate::edge::push::mobile::alert::Wording;
use crate::edge::push::mobile::apns::Team;
use crate::edge::push::outcome::{NotNow, Whose};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use pkcs8::der::pem::{LineEnding, encode_string};

#[tokio::test]
async fn what_finds_its_lane_ended_is_dropped_and_takes_no_room() {
    let mut task = tokio::spawn(async {});
    (&mut task).await.unwrap();
    let (lane, room) = (Arc::<Lane>::default(), Arc::new(Semaphore::new(10)));
    let lanes = lanes_of(lane, task, &room);
    let receivers = [(("default".to_owned(), false), lanes)].into();
    let courier = Courier { receivers };

    courier.push(&"a".into(), reminder(1, 0));

    assert_eq!(room.available_permits(), 10);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_waited_for_until_nothing_is_left_and_no_longer_than_agreed() {
    let task = tokio::spawn(std::future::pending());
    let (lane, room) = (Arc::<Lane>::default(), Arc::new(Semaphore::new(10)));
    let lanes = lanes_of(lane.clone(), task, &room);
    let courier = Courier { receivers: [(("default".to_owned(), false), lanes)].into() };
    for who in 1..=3 {
        courier.push(&"a".into(), reminder(who, 0));
    }
    let lanes = &courier.receivers[&("default".to_owned(), false)];
    let until = Instant::now() + Duration::from_secs(10);

    let next = || timeout_at(until + Duration::from_secs(60), lane.next());
    next().await.expect("the first is there");
    assert_eq!((lanes.empty(until).await, Instant::now()), (2, until));
    let goes = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        next().await.expect("the second is there");
        next().await.expect("the third is there");
    };
    let (n_left, ()) = tokio::join!(lanes.empty(until + Duration::from_secs(10)), goes);

    assert_eq!((n_left, Instant::now()), (0, until + Duration::from_secs(1)));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_provider_that_rests_longer_than_the_end_may_take() {
    let (lane, room) = (Arc::<Lane>::default(), Arc::new(Semaphore::new(10)));
    let lanes = lanes_of(lane, tokio::spawn(std::future::pending()), &room);
    let _under_way = room.clone().try_acquire_owned().unwrap();
    let not_now = NotNow {
        why: String::new(),
        after: Duration::from_secs(60),
        is_named: true,
        whose: Whose::Provider,
    };
    lanes.rest.put_off(&not_now, 1, Duration::MAX);
    let begun = Instant::now();

    let n_left = lanes.empty(begun + Duration::from_secs(10)).await;

    assert_eq!((n_left, begun.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_device_that_cannot_be_is_forgotten_and_says_nothing_of_a_provider_that_was_not_asked() {
    let (unreachable, mut found) = mpsc::channel(1);
    let (lane, teller) = (Lane::default(), teller(unreachable));
    let not_now = NotNow {
        why: String::new(),
        after: Duration::from_secs(1),
        is_named: false,
        whose: Whose::Provider,
    };
    for seconds in [1, 2, 4] {
        let pause = teller.rest.put_off(&not_now, 1, Duration::MAX);
        assert_eq!((pause.until - Instant::now()).as_secs(), seconds, "it is still down");
        teller.rest.over().await;

        assert_eq!(teller.tell(parcel(reminder(1, 0)), &lane).await, None);
        assert_eq!(found.recv().await.unwrap().device, "device");
    }
}

/// Of a provider that is not there.
fn teller(unreachable: mpsc::Sender<Unreachable>) -> Teller {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let label = ["PRIVATE", "KEY"].join(" ");
    let key = encode_string(&label, LineEnding::LF, key.unwrap().as_ref()).unwrap();
    let line = Line {
        url: "https://127.0.0.1:1".into(),
        timeout: Duration::from_secs(1),
        trusted_folder: None,
        time_to_live: Duration::from_secs(3_600),
    };
    let team = Team { key, ..Team::default() };
    let means = Means::Apns { line, wording: Wording::default(), team };
    let clock: Arc<dyn Clock> = Arc::new(Standing);
    Teller {
        provider: "apple".into(),
        carrier: Carrier::new(means, clock.clone()).unwrap(),
        writer: Arc::new(writer(&[])),
        clock,
        unreachable,
        rest: Arc::default(),
        fault_told: Mutex::default(),
    }
}

fn parcel(note: PushNote) -> Parcel {
    let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
    let waiting = Held::one_of(meters().pushes_waiting.clone());
    Parcel { session: "a".into(), note, n_attempts: 0, room, waiting }
}

/// Always the same time.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Millis {
        Millis(1_000_000)
    }
}

fn lanes_of(lane: Arc<Lane>, task: JoinHandle<()>, room: &Arc<Semaphore>) -> Lanes {
    let (room, rest) = (room.clone(), Arc::default());
    Lanes { lanes: vec![(lane, task)], room, most: 10, includes_payload: true, rest }
}
