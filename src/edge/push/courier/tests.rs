//! Lanes that end before their courier.

use super::*;
use crate::edge::push::lane::tests::reminder;
use crate::edge::push::outcome::{NotNow, Whose};

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

fn lanes_of(lane: Arc<Lane>, task: JoinHandle<()>, room: &Arc<Semaphore>) -> Lanes {
    let (room, rest) = (room.clone(), Arc::default());
    Lanes { lanes: vec![(lane, task)], room, most: 10, includes_payload: true, rest }
}
