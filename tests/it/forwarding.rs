//! Two nodes over one store, with a way between them: whoever is asked, the session answers, as long
//! as somebody can reach it or take it over.

mod town;

use crate::support::patience::eventually;
use crate::support::wishes::{customer_joins, says_once};
use holdfast::base::{ParticipantId, ThingId};
use holdfast::chat::command::{Join, Once};
use holdfast::chat::door::News;
use holdfast::chat::look::{Listening, Shown, Viewpoint};
use holdfast::chat::participant::Protocol;
use holdfast::chat::{Answer, Command, EventId, Look, Rejection, Role};
use holdfast::owned::{Hearing, Listener};
use holdfast::ownership::{Absent, Unanswered};
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::mpsc;
use town::{Node, Town};

#[actix::test]
async fn wishes_and_looks_reach_a_session_on_another_node() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = create(&there).await;

    let said = say(&here, &chat, "hello").await.unwrap();
    let refused = here.things.perform(&chat, says_once(7, "who am I?", None)).await;
    let poll = Look::Poll { who: ParticipantId(1), from: from(1), typing: None };
    let say_more = says_once(1, "more", Some("k2"));
    let (more, seen) = here.things.perform_and_look(&chat, say_more, poll).await.unwrap();

    assert_eq!((said.position.0, more.position.0), (2, 3));
    let missing = Rejection::NotInSession(ParticipantId(7));
    assert_eq!(refused, Err(Unanswered::Rejected(missing)));
    assert_eq!(seen.polled().unwrap().view.lines.len(), 3);
    assert_eq!((here.things.n_active(), there.things.n_active()), (0, 1));
    assert_eq!(here.things.owner_elsewhere(&chat), Some(there.process.clone()));
    assert_eq!(there.things.owner_elsewhere(&chat), None);
}

#[actix::test]
async fn who_listens_on_another_node_goes_on_where_he_was_when_the_owner_dies() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = create(&there).await;
    let bob = here.things.perform(&chat, bob_joins()).await.unwrap().participant.unwrap();

    let (_, mut heard) = listen(&here, &chat, bob, EventId(0)).await;
    say(&there, &chat, "one").await.unwrap();
    let one = heard.recv().await.unwrap();
    town.cut(&there);
    assert_eq!(heard.recv().await, None, "with the link the listener is let go");
    say(&here, &chat, "two").await.unwrap();
    let (shown, mut heard) = listen(&here, &chat, bob, EventId::of(stored(&one)[0])).await;
    say(&here, &chat, "three").await.unwrap();

    let missed: Vec<_> = shown.view.lines.iter().map(|line| line.event.position.0).collect();
    assert_eq!((stored(&one)[0].0, missed), (3, vec![4]));
    assert_eq!(stored(&heard.recv().await.unwrap())[0].0, 5);
}

#[actix::test]
async fn an_owner_without_a_link_is_dead_for_a_request_and_the_same_key_counts_once() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = create(&there).await;
    let first = say(&here, &chat, "hello").await.unwrap();

    town.cut(&there);
    let again = say(&here, &chat, "hello").await.unwrap();
    town.mend(&there);

    assert_eq!((again.position, again.repeated), (first.position, true));
    assert_eq!(here.things.n_active(), 1);
    // The one before notices with its next word, and passes it on.
    let next = say(&there, &chat, "still there?").await.unwrap();
    assert_eq!((next.position.0, next.repeated), (3, false));
    eventually("the earlier owner has ended", || async {
        (there.things.n_active() == 0).then_some(())
    })
    .await;
}

#[actix::test]
async fn a_wish_without_a_key_is_not_carried_out_twice_when_its_answer_is_lost() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = create(&there).await;

    town.lose_an_answer();
    let slow = here.things.perform(&chat, says_once(1, "one", None)).await;
    town.cut_before_the_answer_of(&there);
    let broken = here.things.perform(&chat, says_once(1, "two", None)).await;
    let next = say(&here, &chat, "three").await.unwrap();

    assert_eq!((slow, broken), (Err(Unanswered::TimedOut), Err(Unanswered::TimedOut)));
    assert_eq!((next.position.0, here.things.n_active()), (4, 1));
}

#[actix::test]
async fn another_start_of_the_same_node_is_another_process() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = create(&there).await;
    town.restart("node-b");

    let said = say(&here, &chat, "hello").await.unwrap();

    assert_eq!((said.position.0, here.things.n_active()), (2, 1));
}

#[actix::test]
async fn two_nodes_that_hold_each_other_for_the_owner_do_not_ask_for_ever() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = ThingId::from("nobodys");
    here.owners.says_it_is_of(&there);
    there.owners.says_it_is_of(&here);

    let looked = here.things.look(&chat, Look::Whole).await;

    // Each says that it is not his, so whoever asks takes it, and finds that there is nothing.
    assert_eq!(looked, Err(Unanswered::Absent(Absent::NotFound)));
    let n_calls = town.n_calls();
    assert!((1..10).contains(&n_calls), "{n_calls} calls");
}

#[actix::test]
async fn a_slow_owner_keeps_its_session_and_the_deadline_holds() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = create(&there).await;
    there.log.hang();

    let begun = tokio::time::Instant::now();
    let said = say(&here, &chat, "hello").await;

    assert_eq!(said, Err(Unanswered::TimedOut));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert!(town.longest_wait() <= Duration::from_secs(2));
    assert_eq!(here.things.n_active(), 0, "it was not taken over");
}

#[actix::test]
async fn an_owner_that_cannot_acknowledge_for_long_gives_its_session_away() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = create(&there).await;
    there.log.hang();
    let stuck = there.things.clone();
    let one = {
        let chat = chat.clone();
        async move { stuck.perform(&chat, says_once(1, "one", None)).await }
    };
    let stuck = actix::spawn(one);
    there.log.wait_for_an_append().await;
    town.clock.turn(Duration::from_secs(3));

    let said = say(&here, &chat, "two").await.unwrap();

    assert_eq!((said.position.0, here.things.n_active()), (2, 1));
    stuck.abort();
}

#[actix::test]
async fn what_waits_too_long_for_its_store_is_counted() {
    let town = Town::new();
    let node = town.node("node-a");
    let chat = create(&node).await;
    node.log.hang();
    let things = node.things.clone();
    let waiting = actix::spawn(async move {
        let _ = things.perform(&chat, says_once(1, "one", None)).await;
    });
    node.log.wait_for_an_append().await;

    assert_eq!(node.things.n_suspended(), 0);
    tokio::time::pause();
    let suspended = || async { (node.things.n_suspended() == 1).then_some(()) };
    eventually("it counts as suspended", suspended).await;

    waiting.abort();
}

#[actix::test]
async fn the_second_request_to_another_node_asks_the_owner_table_no_more() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = create(&there).await;

    say(&here, &chat, "one").await.unwrap();
    let n_at_first = here.owners.n_asked();
    for text in ["two", "three"] {
        say(&here, &chat, text).await.unwrap();
    }

    assert_eq!((n_at_first, here.owners.n_asked()), (1, 1));
    assert_eq!(town.n_calls(), 3);
    assert_eq!(there.owners.n_asked(), 0, "it was made there, and never had to be looked for");
}

#[actix::test]
async fn a_wrong_guess_at_the_owner_is_put_right_within_the_same_request() {
    let town = Town::new();
    let nodes = ["node-a", "node-b", "node-c"].map(|name| town.node(name));
    let [here, there, third] = &nodes;
    let chat = create(there).await;
    let first = say(here, &chat, "one").await.unwrap();

    // Whoever had it does not know yet.
    third.things.take(&chat, &there.process).await.unwrap();
    let again = say(here, &chat, "one").await.unwrap();
    let second = say(here, &chat, "two").await.unwrap();
    town.cut(third);
    let last = say(here, &chat, "three").await.unwrap();

    assert_eq!((first.position.0, second.position.0, last.position.0), (2, 3, 4));
    assert_eq!((again.position, again.repeated), (first.position, true));
    assert_eq!(here.things.n_active(), 1, "who cannot be reached is dead for a request");
}

#[actix::test]
async fn a_guess_at_a_process_that_is_no_more_is_put_right_within_the_same_request() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let chat = create(&there).await;
    say(&here, &chat, "one").await.unwrap();

    town.restart("node-b");
    let said = say(&here, &chat, "two").await.unwrap();

    assert_eq!((said.position.0, here.things.n_active()), (3, 1));
}

#[actix::test]
async fn what_is_new_begins_on_another_node_while_one_is_left_and_nowhere_if_nobody_is_there() {
    let town = Town::new();
    let there = town.node("node-b");
    let left = town.node_left_for("node-a", &there);

    let chat = create(&left).await;
    let n_active = (left.things.n_active(), there.things.n_active());
    let said = say(&left, &chat, "hello").await.unwrap();
    town.cut(&there);
    let refused = left.things.create(&ThingId::from("another"), customer_joins()).await;
    let taken_over = say(&left, &chat, "still there?").await.unwrap();

    assert_eq!(n_active, (0, 1));
    assert!(matches!(refused, Err(Unanswered::Absent(Absent::Unavailable(_)))), "{refused:?}");
    assert_eq!((said.position.0, taken_over.position.0), (2, 3));
}

#[actix::test]
async fn a_node_that_begins_nothing_new_goes_on_with_what_is_there() {
    let town = Town::new();
    let (here, there) = (town.node("node-a"), town.node("node-b"));
    let (chat, other) = (ThingId::from("the-one-chat"), ThingId::from("another-chat"));
    here.things.perform_named(&chat, customer_joins_once()).await.unwrap();

    here.things.begin_nothing_new();
    let made_up = here.things.create(&other, customer_joins()).await;
    let named = here.things.perform_named(&other, customer_joins_once()).await;
    let again = here.things.perform_named(&chat, customer_joins_once()).await.unwrap();
    let said = say(&here, &chat, "hello").await.unwrap();
    let elsewhere = there.things.create(&other, customer_joins()).await;
    let over_there = say(&here, &other, "hello").await;
    here.things.begin_again();
    let anew = here.things.create(&ThingId::from("a-third-one"), customer_joins()).await;

    for refused in [made_up, named] {
        assert!(matches!(refused, Err(Unanswered::Absent(Absent::Unavailable(_)))), "{refused:?}");
    }
    assert_eq!((again.position.0, again.repeated), (1, true));
    assert_eq!(said.position.0, 2);
    assert!(elsewhere.is_ok() && over_there.is_ok(), "{elsewhere:?}, {over_there:?}");
    assert!(anew.is_ok(), "{anew:?}");
}

async fn create(node: &Node) -> ThingId {
    let chat = ThingId::from("the-one-chat");
    node.things.create(&chat, customer_joins()).await.unwrap();
    chat
}

async fn say(node: &Node, chat: &ThingId, text: &str) -> Result<Answer, Unanswered<Rejection>> {
    let key = text.replace(' ', "-");
    node.things.perform(chat, says_once(1, text, Some(&key))).await
}

/// The same each time it is asked for.
fn customer_joins_once() -> Command {
    let Command::Join(ann) = customer_joins() else { panic!("she joins") };
    Command::Join(Box::new(Join { once: Some(Once { id: "k".into() }), ..*ann }))
}

fn bob_joins() -> Command {
    let Command::Join(ann) = customer_joins() else { panic!("he comes as she does") };
    Command::Join(Box::new(Join {
        user_id: "bob".into(),
        person: Some("bob".into()),
        nickname: "Bob".into(),
        role: Role::Agent,
        protocol: Protocol::Basic,
        user_data: Default::default(),
        start: None,
        ..*ann
    }))
}

async fn listen(
    node: &Node,
    chat: &ThingId,
    who: ParticipantId,
    seen: EventId,
) -> (Shown, mpsc::UnboundedReceiver<News>) {
    let (news, heard) = mpsc::unbounded_channel();
    let viewpoint = Viewpoint { who, agent: Some("bob".into()), seen };
    let look = Look::Listen { viewpoint, connection: 1 };
    let news = Mutex::new(Some(news));
    let listening = node
        .things
        .listen(chat, look, || Box::new(Ear(news.lock().unwrap().as_ref().unwrap().clone())));
    let seen = listening.await.unwrap().listening();
    drop(news.lock().unwrap().take());
    let Some(Listening::Shown(shown)) = seen else { panic!("{seen:?}") };
    (*shown, heard)
}

struct Ear(mpsc::UnboundedSender<News>);

impl Listener<News> for Ear {
    fn hear(&mut self, news: News) -> Hearing {
        if self.0.send(news).is_ok() { Hearing::Goes } else { Hearing::Gone }
    }
}

fn stored(news: &News) -> Vec<holdfast::base::Position> {
    let News::Stored { lines, .. } = news else { panic!("{news:?}") };
    lines.iter().map(|line| line.event.position).collect()
}

fn from(id: u64) -> holdfast::chat::transcript::From {
    holdfast::chat::transcript::From::Id(EventId(id))
}
