//! A bot whose chat another node takes over while it is asked.

use super::receiver::{Heard, Receiver, SECRET, echo};
use crate::support::patience::eventually;
use crate::support::strangers::stranger;
use crate::support::wishes::{customer_joins, says};
use holdfast::base::ThingId;
use holdfast::base::chance::token;
use holdfast::chat::bots::{BotWish, Engagement, StartBot};
use holdfast::chat::{Command, Fact, Look, Visibility};
use holdfast::config::{BotSection, Config, Secret};
use holdfast::node::houses::Houses;
use holdfast::node::world::Dice;
use holdfast::store::ring::emulator::{Emulator, Seeded};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[actix_web::test]
async fn two_nodes_ask_a_bot_and_it_speaks_once() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = is_down.clone();
    let bot = Receiver::start(move |heard: &Heard| {
        if down.load(Ordering::SeqCst) { (503, String::new()) } else { echo(heard) }
    });
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::new(Arc::new(Seeded::new(20_261_129)));
    let earlier = houses(&emulator, "node-a", folder.path(), &bot.url);
    let later = houses(&emulator, "node-b", folder.path(), &bot.url);
    let chat = ThingId(token(&Dice, 22));
    earlier.sessions.create(&chat, customer_joins()).await.unwrap();
    earlier.sessions.perform(&chat, start()).await.unwrap();
    eventually("the first node asks in vain", || async { bot.heard().first().map(drop) }).await;

    later.sessions.wake(&chat).await.unwrap();
    later.sessions.perform(&chat, says(1, "hello")).await.unwrap();
    let n_in_vain = bot.heard().len();
    is_down.store(false, Ordering::SeqCst);

    let both = || async {
        let heard = bot.heard().split_off(n_in_vain);
        let starts = heard.iter().filter(|one| one.body["occasion"] == "start");
        (2 <= starts.count()).then_some(())
    };
    eventually("both nodes got an answer, and what each makes of it", both).await;
    let texts = eventually("the bot has spoken", || async {
        let texts = texts(&later, &chat).await;
        (3 <= texts.len()).then_some(texts)
    });
    let texts = texts.await;
    assert_eq!(texts, ["hello", "welcome", "you said hello"]);
    later.sessions.perform(&chat, says(1, "thanks")).await.unwrap();
    let more = eventually("the bot goes on", || async {
        let texts = self::texts(&later, &chat).await;
        (5 <= texts.len()).then_some(texts)
    });
    assert_eq!(more.await[3..], ["thanks", "you said thanks"]);
    earlier.stop().await;
    later.stop().await;
}

async fn texts(houses: &Houses, chat: &ThingId) -> Vec<String> {
    let whole = houses.sessions.look(chat, Look::Whole).await.unwrap().whole().unwrap();
    let said = whole.events.iter().filter_map(|event| {
        if let Fact::Said { words, .. } = &event.fact { Some(words.text.clone()) } else { None }
    });
    said.collect()
}

fn start() -> Command {
    let start = StartBot {
        once: None,
        client: "crm".into(),
        user_id: "00AA".into(),
        asker: None,
        nickname: "max".into(),
        visibility: Visibility::All,
        engagement: Engagement { id: "faq".into(), ..Engagement::default() },
    };
    Command::Bots(Box::new(BotWish::Start(start)))
}

/// A node that knows the bot.
fn houses(emulator: &Emulator, node: &str, folder: &Path, bot: &str) -> Houses {
    let mut config = Config::default();
    let section =
        BotSection { url: bot.to_owned(), secret: Secret::new(SECRET), ..BotSection::default() };
    config.bots.insert("faq".into(), section);
    stranger(emulator, node, folder, config)
}
