//! Random histories of chats, and what must hold in each of them: what somebody may not see reaches
//! him on no way, a view from any number is the end of the whole view, and replay equals life (which
//! the stage checks at each step).

use crate::base::UserData;
use crate::base::{ParticipantId, Parting};
use crate::chat::Command;
use crate::chat::bots::{Act, BotReport, BotWish, Engagement, SendData, StartBot, StopBot, Turn};
use crate::chat::command::{AfterAction, Join, Leave, NoticeWish, Notify, Outside, Say};
use crate::chat::door::News;
use crate::chat::effect::Effect;
use crate::chat::event::{Event, EventId};
use crate::chat::line::Line;
use crate::chat::live::{LiveNotice, Typing};
use crate::chat::participant::{Participant, Protocol, Role, Visibility};
use crate::chat::push::{Carrier, Matter, Provider, Told};
use crate::chat::testing::{Ear, Stage, bot, customer, join, outside};
use crate::chat::transcript::From;
use std::collections::BTreeMap;

const N_HISTORIES: u64 = 60;
const N_STEPS: usize = 60;

#[test]
fn what_somebody_may_not_see_reaches_him_on_no_way() {
    let (mut n_words_of_bots, mut n_pushes) = (0, 0);
    for seed in 1..=N_HISTORIES {
        let (mut stage, ears) = history(seed);
        // While he is connected, nothing is pushed to him.
        stage.lose("p1", 1, Parting::Lost);
        stage.pass(5);
        let bots = stage.session.bots.ids().filter_map(|who| stage.session.bots.get(who));
        n_words_of_bots += bots.map(|bot| bot.n_sent).sum::<u64>();
        stage.effects.iter().for_each(|effect| check_push(seed, &stage, effect));
        let is_push = |effect: &&Effect| matches!(effect, Effect::Push(_));
        n_pushes += stage.effects.iter().filter(is_push).count();
        for viewer in stage.session.participants.values() {
            let seen = stage.view(&viewer.joined.nickname, From::Id(EventId(0)));
            for line in &seen.lines {
                check_line(seed, viewer, line);
            }
            for (notice, _) in &seen.live {
                assert!(is_for(viewer, notice), "SEED={seed}: {notice:?} for {viewer:?}");
            }
            for news in ears.get(&viewer.joined.id).map(Ear::take).unwrap_or_default() {
                match news {
                    News::Stored { lines, .. } => {
                        lines.iter().for_each(|line| check_line(seed, viewer, line));
                    }
                    News::Typing { notice, .. } => assert!(is_for(viewer, &notice), "SEED={seed}"),
                }
            }
        }
    }
    assert!(N_HISTORIES < n_words_of_bots, "bots hardly ever spoke");
    assert!(100 < n_pushes, "hardly anything was pushed");
}

#[test]
fn a_view_from_any_number_is_the_end_of_the_whole_view() {
    for seed in 1..=N_HISTORIES {
        let (stage, _) = history(seed);
        for viewer in stage.session.participants.values() {
            let view = |from| stage.view(&viewer.joined.nickname, From::Id(EventId(from))).lines;
            let whole = positions(&view(0));
            for from in 0..=stage.session.last.0 {
                let number = from * EventId::STRIDE / 2;
                let expected: Vec<_> =
                    whole.iter().filter(|id| EventId(number) <= **id).copied().collect();
                assert_eq!(positions(&view(number)), expected, "SEED={seed} from {number}");
            }
        }
    }
}

#[test]
fn what_is_pushed_is_what_a_view_shows() {
    for seed in 1..=N_HISTORIES {
        let (stage, ears) = history(seed);
        for (who, ear) in &ears {
            let viewer = stage.session.participant(*who).unwrap();
            let heard = ear.take().into_iter().flat_map(|news| match news {
                News::Stored { lines, .. } => lines,
                News::Typing { .. } => vec![],
            });
            let mut heard: Vec<Line> = heard.collect();
            // A confirmation that has vanished since was rightly told.
            heard.retain(|line| !stage.session.has_vanished(&line.event));
            let heard = positions(&heard);
            let whole = positions(&stage.view(&viewer.joined.nickname, From::Id(EventId(0))).lines);
            let first = heard.first().copied().unwrap_or(EventId(u64::MAX));
            let since: Vec<_> = whole.into_iter().filter(|id| first <= *id).collect();
            assert_eq!(heard, since, "SEED={seed} {}", viewer.joined.nickname);
        }
    }
}

fn check_line(seed: u64, viewer: &Participant, line: &Line) {
    let event: &Event = &line.event;
    let is_own = event.fact.author() == Some(viewer.joined.id);
    let is_addressed = event.receiver.is_none_or(|receiver| receiver == viewer.joined.id);
    let reaches = event.visibility.reaches(viewer.joined.role);
    let is_known = viewer.knows(&line.author);
    let may_see = is_own || (is_addressed && reaches && is_known);
    assert!(may_see, "SEED={seed}: {event:?} reached {}", viewer.joined.nickname);
}

fn check_push(seed: u64, stage: &Stage, effect: &Effect) {
    if let Effect::Push(note) = effect
        && let Told::Event(line) = &note.told
    {
        check_line(seed, stage.session.participant(note.who).unwrap(), line);
    }
}

fn is_for(viewer: &Participant, notice: &LiveNotice) -> bool {
    notice.who != viewer.joined.id
        && notice.visibility.reaches(viewer.joined.role)
        && notice.receiver.is_none_or(|receiver| receiver == viewer.joined.id)
}

fn positions(lines: &[Line]) -> Vec<EventId> {
    lines.iter().map(|line| line.event.id()).collect()
}

/// A session in which people come, speak, type and go by chance. Wishes may be refused.
fn history(seed: u64) -> (Stage, BTreeMap<ParticipantId, Ear>) {
    let mut dice = Dice(seed);
    let mut stage = Stage::with(&[subscriber("p1")]);
    stage.policy.send_burst = 1_000;
    let provider = Provider::new(Carrier::Http, Matter::ALL.into());
    stage.policy.push.providers.insert("default".into(), provider);
    stage.policy.push.usual.insert(Carrier::Http, "default".into());
    let mut ears = BTreeMap::from([(ParticipantId(1), stage.connect("p1", 1))]);
    for _ in 0..N_STEPS {
        match dice.below(11) {
            0 => {
                if let Ok(answer) = stage.join(newcomer(&mut dice, &stage)) {
                    let name = format!("p{}", answer.participant.unwrap().0);
                    ears.insert(answer.participant.unwrap(), stage.connect(&name, 1));
                }
            }
            1 if dice.below(4) == 0 => {
                let wish = leaving(&mut dice, &stage);
                let _ = stage.perform(Command::Leave(wish));
            }
            2 => typing(&mut dice, &mut stage),
            3 => {
                let wish = notifying(&mut dice, &stage);
                let _ = stage.perform(Command::Notify(wish));
            }
            4 => {
                let visibility = dice.visibility();
                let nickname = format!("flow for {}", visibility.name());
                let wish = Outside { visibility, ..outside(&nickname, "hello") };
                let _ = stage.perform(Command::SayOutside(Box::new(wish)));
            }
            5 => {
                let wish = bot_wish(&mut dice, &stage);
                let _ = stage.perform(Command::Bots(Box::new(wish)));
            }
            6 => {
                stage.effects.iter().for_each(|effect| check_push(seed, &stage, effect));
                answer_as_bots(&mut dice, &mut stage);
            }
            _ => {
                let wish = saying(&mut dice, &stage);
                let _ = stage.perform(Command::Say(wish));
            }
        }
    }
    (stage, ears)
}

/// A customer to whom everything is pushed.
fn subscriber(name: &str) -> Join {
    let user_data = UserData::default()
        .with("GCTI_Chat_PushSubscribe", "true")
        .with("GCTI_GMS_PushDeviceId", name)
        .with("GCTI_GMS_PushDeviceType", "customhttp")
        .with("GCTI_GMS_NotifyRequestor", "true");
    Join { user_data, ..customer(name) }
}

fn newcomer(dice: &mut Dice, stage: &Stage) -> Join {
    let name = format!("p{}", stage.session.next_participant());
    let role = dice.one_of(&[Role::Agent, Role::Supervisor, Role::External]);
    let visibility = dice.visibility();
    match dice.below(5) {
        0 => Join { visibility, ..bot(&name) },
        _ => Join { visibility, ..join(&name, role, Protocol::Basic) },
    }
}

/// Bots come and go, and agents hand over and take back.
fn bot_wish(dice: &mut Dice, stage: &Stage) -> BotWish {
    let id = format!("bot{}", dice.below(3));
    let engagement = Engagement {
        id,
        stops_on_agent_arrival: dice.below(4) == 0,
        stops_on_customer_left: dice.below(2) == 0,
        ..Engagement::default()
    };
    let client = "flow".to_owned();
    match dice.below(5) {
        0 => BotWish::Stop(StopBot { once: None, client, which: engagement.which() }),
        1 => BotWish::Take { once: None, asker: dice.anybody(stage) },
        2 => {
            let data = UserData::default().with("secret", "for the bot");
            BotWish::Send(SendData { once: None, client, which: engagement.which(), data })
        }
        _ => BotWish::Start(StartBot {
            once: None,
            client,
            user_id: "00AA".into(),
            asker: (dice.below(3) == 0).then(|| dice.anybody(stage)),
            nickname: format!("p{}", stage.session.next_participant()),
            visibility: dice.visibility(),
            engagement,
        }),
    }
}

/// What bots were told is no more than they may see, and each answers or not.
fn answer_as_bots(dice: &mut Dice, stage: &mut Stage) {
    let told = std::mem::take(&mut stage.effects);
    let told = told.into_iter().filter_map(|effect| match effect {
        Effect::TellBot(report) => Some(*report),
        Effect::TellInteraction(_)
        | Effect::SaveHistory(_)
        | Effect::Push(_)
        | Effect::TellAddress
        | Effect::Count(_) => None,
    });
    for BotReport { who, after, upto, lines, .. } in told.collect::<Vec<_>>() {
        let bot = stage.session.participant(who).unwrap().clone();
        let is_seen = |line: &Line| line.event.visibility <= bot.joined.visibility;
        assert!(lines.iter().all(is_seen), "{lines:?} for {bot:?}");
        let said = stage.session.bots.get(who).unwrap().n_sent;
        let say =
            Act::Say { text: "beep".into(), message_type: None, attributes: UserData::default() };
        let turn = BotWish::Turn(Turn { who, after, upto, acts: vec![say] });
        let had_turns = stage.session.has_turns(who);
        for _ in 0..dice.below(3) {
            let _ = stage.perform(Command::Bots(Box::new(turn.clone())));
        }
        let more = stage.session.bots.get(who).unwrap().n_sent - said;
        assert!(more <= u64::from(had_turns), "{who} said {more}");
        stage.room.bots.heard(who, upto);
    }
}

fn saying(dice: &mut Dice, stage: &Stage) -> Say {
    let (who, visibility, receiver) =
        (dice.anybody(stage), dice.visibility(), dice.receiver(stage));
    Say { who, visibility, receiver, ..stage.saying("p1", "hello") }
}

fn notifying(dice: &mut Dice, stage: &Stage) -> Notify {
    let notice = match dice.below(3) {
        0 => NoticeWish::ReadConfirm(EventId(dice.below(60_000))),
        1 => NoticeWish::Nickname(format!("n{}", dice.below(100))),
        _ => NoticeWish::PushUrl("https://example.com".into()),
    };
    Notify {
        once: None,
        who: dice.anybody(stage),
        visibility: dice.visibility(),
        receiver: dice.receiver(stage),
        notice,
        attributes: UserData::default(),
    }
}

fn leaving(dice: &mut Dice, stage: &Stage) -> Leave {
    let asker = dice.anybody(stage);
    let who = if dice.below(2) == 0 { asker } else { dice.anybody(stage) };
    let after = dice.one_of(&[
        AfterAction::KeepAlive,
        AfterAction::KeepAlive,
        AfterAction::KeepAlive,
        AfterAction::CloseIfNoAgents,
    ]);
    Leave { once: None, asker, who, after, text: None }
}

fn typing(dice: &mut Dice, stage: &mut Stage) {
    let notice = LiveNotice {
        id: EventId(0),
        at: stage.now,
        who: dice.anybody(stage),
        typing: dice.one_of(&[Typing::Started, Typing::Stopped]),
        visibility: dice.visibility(),
        receiver: dice.receiver(stage),
        preview: None,
    };
    stage.room.type_on(&stage.session, notice);
}

/// Chance that can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn one_of<T: Copy>(&mut self, these: &[T]) -> T {
        these[usize::try_from(self.below(these.len() as u64)).unwrap()]
    }

    fn visibility(&mut self) -> Visibility {
        self.one_of(&[Visibility::All, Visibility::All, Visibility::Int, Visibility::Vip])
    }

    fn anybody(&mut self, stage: &Stage) -> ParticipantId {
        let known: Vec<_> = stage.session.participants.keys().copied().collect();
        self.one_of(&known)
    }

    fn receiver(&mut self, stage: &Stage) -> Option<ParticipantId> {
        (self.below(4) == 0).then(|| self.anybody(stage))
    }
}
