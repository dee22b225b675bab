//! Lanes that end before their courier.

use super::*;
use crate::edge::push::lane::tests::reminder;

#[tokio::test]
async fn what_finds_its_lane_ended_is_dropped_and_takes_no_room() {
    let mut task = tokio::spawn(async {});
    (&mut task).await.unwrap();
    let (lane, room) = (Arc::<Lane>::default(), Arc::new(Semaphore::new(10)));
    let lanes =
        Lanes { lanes: vec![(lane, task)], room: room.clone(), most: 10, includes_payload: true };
    let receivers = [(("default".to_owned(), false), lanes)].into();
    let courier = Courier { receivers };

    courier.push(&"a".into(), reminder(1, 0));

    assert_eq!(room.available_permits(), 10);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_waited_for_until_nothing_is_left_and_no_longer_than_agreed() {
    let task = tokio::spawn(std::future::pending());
    let (lane, room) = (Arc::<Lane>::default(), Arc::new(Semaphore::new(10)));
    let lanes = Lanes { lanes: vec![(lane.clone(), task)], room, most: 10, includes_payload: true };
    let courier = Courier { receivers: [(("default".to_owned(), false), lanes)].into() };
    for who in 1..=3 {
        courier.push(&"a".into(), reminder(who, 0));
    }
    let lanes = &courier.receivers[&("default".to_owned(), false)];
    let until = Instant::now() + Duration::from_secs(10);

    lane.next().await;
    assert_eq!((lanes.empty(until).await, Instant::now()), (2, until));
    let goes = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        lane.next().await;
        lane.next().await;
    };
    let (n_left, ()) = tokio::join!(lanes.empty(until + Duration::from_secs(10)), goes);

    assert_eq!((n_left, Instant::now()), (0, until + Duration::from_secs(1)));
}
