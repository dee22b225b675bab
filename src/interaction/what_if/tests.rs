//! A made-up day whose figures can be worked out by hand, with two strategies; and a day that was lived
//! by a domain, recorded, and lived again.

use super::customers::{self, Customer};
use super::day::{AgentLine, Arrival, Day, DayFault, DeskState, End, Stint};
use super::{Figures, play, record};
use crate::base::{Millis, UserData};
use crate::interaction::capacity::Capacity;
use crate::interaction::command::{By, Command, SessionNote};
use crate::interaction::event::{Event, Fact, Nature};
use crate::interaction::profile::Profile;
use crate::interaction::support::Life;
use crate::workflow::Process;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const NINE: u64 = 9 * 3_600_000;

/// Each by his language alone.
const STRICT: &str = r#"
[queues.in]
views = [{ name = "german", condition = "UData['Language'] == 'de'", strategy = "german" }, { name = "all", strategy = "english" }]
[strategies.german]
start = "r"
fault = "r"
blocks = { r = { do = "route", targets = [{ skill = "Skill['German'] > 0" }], timeout = 6000, timed-out = "over", queue = "in" }, over = { do = "stop", reason = "gone" } }
[strategies.english]
start = "r"
fault = "r"
blocks = { r = { do = "route", targets = [{ skill = "Skill['English'] > 0" }], timeout = 6000, timed-out = "over", queue = "in" }, over = { do = "stop", reason = "gone" } }
"#;

/// Ada speaks English, Bob German and English. At nine come four, each for 100 s of work: the first
/// three speak English, the fourth German. A fifth, who speaks English, comes after 50 s and waits for
/// 60 s at most.
///
/// By language alone: Ada has been ready the longest and takes 1, Bob 2; 3 waits until 100 s, when
/// Ada is free; so is Bob, for 4. 5 gives up at 110 s. Busy are both for 200 of 600 s.
///
/// If all are for Bob alone he takes 1 at 0 s, 2 at 100 s, 3 at 200 s, 4 at 300 s until
/// 400 s; 5 gives up.
#[test]
fn the_figures_of_a_made_up_day_are_those_worked_out_by_hand() {
    let day = made_up(70);
    let customers = customers::of_day(&day, 7);

    let strict = play(&day, &customers, Some(process(STRICT)));
    let one = play(
        &day,
        &customers,
        Some(process(&STRICT.replace("Skill['English'] > 0", "Skill['German'] > 0"))),
    );

    let seconds = |all: &[u64]| all.iter().map(|one| Duration::from_secs(*one)).collect::<Vec<_>>();
    assert_eq!(strict.waits, seconds(&[0, 0, 100, 100]));
    assert_eq!((strict.n_abandoned, strict.n_waiting), (1, 0));
    assert_eq!(
        (strict.busy, strict.logged_in),
        (Duration::from_secs(400), Duration::from_secs(1_200))
    );
    assert_eq!(strict.warnings, [""; 0]);
    assert_eq!(one.waits, seconds(&[0, 100, 200, 300]));
    assert_eq!((one.n_abandoned, one.busy), (1, Duration::from_secs(400)));
    assert_eq!(strict.wait(50), Some(Duration::ZERO));
    assert_eq!(one.wait(50), Some(Duration::from_secs(100)));
    assert_eq!(one.wait(99), Some(Duration::from_secs(300)));
    assert_eq!(one.occupancy(), Some(333));
}

#[test]
fn without_a_workflow_the_fifth_is_still_the_one_who_gives_up() {
    let day = made_up(70);

    let figures = play(&day, &customers::of_day(&day, 7), None);

    assert_eq!((figures.waits.len(), figures.n_abandoned), (4, 1));
}

#[test]
fn who_gave_up_is_as_patient_as_he_was_and_who_was_served_at_least_as_patient() {
    let day = made_up(0);

    for seed in 0..200 {
        let drawn = customers::of_day(&day, seed);
        assert_eq!(drawn[4].patience, Some(Duration::from_secs(60)));
        assert_eq!(drawn[4].handling, Duration::from_secs(100), "as long as those who were served");
        // All have waited longer than the only one who gave up: nobody knows when they would have.
        assert!(drawn[2..4].iter().all(|one| one.patience.is_none()), "{drawn:?}");
        // Of three who waited so long one gave up.
        let would = [None, Some(Duration::from_secs(60))];
        assert!(drawn[..2].iter().all(|one| would.contains(&one.patience)), "{drawn:?}");
    }
    let of_first = |seed| customers::of_day(&day, seed)[0].patience.is_some();
    let n_gave_up = (0..200).filter(|seed| of_first(*seed)).count();
    assert!((40..95).contains(&n_gave_up), "one of three: {n_gave_up}");
    assert_eq!(customers::of_day(&day, 3), customers::of_day(&day, 3));
}

#[test]
fn a_day_comes_out_of_its_file_as_it_went_in() {
    let day = made_up(70);
    let text: String = day.lines().map(|line| line.unwrap() + "\n").collect();

    assert_eq!(Day::read(&text).unwrap(), day);
    assert!(Day::read("").is_err());
    let no = Day::read(&text.replace("\"version\":1", "\"version\":2")).unwrap_err().to_string();
    assert!(no.contains("not 2"), "{no}");
    let no = Day::read(&(text + "{}\n")).unwrap_err().to_string();
    assert!(no.starts_with("line 9: "), "{no}");
}

/// What a domain lived is recorded from its facts, and lived again it is the same.
#[test]
fn a_day_has_an_end_within_a_month() {
    let head = |from: u64, to: u64| {
        Day::read(&format!(r#"{{"kind":"day","version":1,"from":{from},"to":{to}}}"#))
    };

    assert!(head(NINE, NINE + 1).is_ok());
    for (from, to) in [(NINE, u64::MAX), (NINE, NINE - 1), (0, 32 * 86_400_000)] {
        assert!(matches!(head(from, to), Err(DayFault::BadSpan)), "{from} {to}");
    }
}

#[test]
fn a_strategy_that_asks_and_asks_comes_to_the_end_of_the_day_and_is_told_of() {
    let round = r#"
[queues.in]
views = [{ name = "all", strategy = "round" }]
[strategies.round]
start = "a"
fault = "a"
[strategies.round.blocks]
a = { do = "esp", method = "GetSessionInfo", timeout = 30, ok = "b", error = "b" }
b = { do = "branch", cases = [{ when = "UData['X'] == 'x'", next = "a" }], otherwise = "a" }
"#;
    let day = made_up(70);

    let figures = play(&day, &customers::of_day(&day, 7), Some(process(round)));

    assert!(figures.waits.is_empty());
    assert!(figures.warnings.iter().any(|one| one.contains("is answered no more")), "{figures:?}");
}

#[test]
fn a_day_that_was_lived_is_recorded_and_lived_again_the_same() {
    let (life, span) = lived();
    let log = life.events();

    let again = [log.clone(), log].concat();
    let day = record(again, span);

    let served =
        |waited, handled| End::Served { by: "ada".into(), waited, taken_after: waited, handled };
    assert_eq!(
        ends(&day),
        [
            ("1", served(5_000, 20_000)),
            ("2", served(5_000, 50_000)),
            ("3", End::Waiting { waited: 55_000 }),
            ("4", End::Abandoned { after: 25_000 }),
        ]
    );
    assert_eq!(day.agents.len(), 2, "she missed the third and was set not ready: {:?}", day.agents);
    let recorded = Figures::recorded(&day);
    assert_eq!(
        (recorded.busy, recorded.logged_in),
        (Duration::from_secs(50), Duration::from_secs(65))
    );
    let played = play(&day, &customers::of_day(&day, 1), None);
    assert_eq!(played.waits[..2], recorded.waits[..2]);
}

/// A log whose beginning was not recorded, as after the day on which recording was switched on, and that
/// lacks a fact in between.
#[test]
fn a_day_is_recorded_from_facts_some_of_which_are_missing() {
    let (life, span) = lived();
    let log = life.events();

    for n_cut in 0..log.len() {
        for missing in n_cut..log.len() {
            let left = [&log[n_cut..missing], &log[missing + 1..]].concat();
            let day = record(left, span);
            assert!(day.arrivals.len() <= 4, "without {n_cut} and {missing}");
        }
    }
    let is_arrival = |event: &Event| matches!(event.fact, Fact::InteractionSubmitted { .. });
    let first = log.iter().position(is_arrival).unwrap();
    let cut = record(log[first..].to_vec(), span);
    assert_eq!(
        ends(&cut),
        [("4", End::Abandoned { after: 25_000 })],
        "of Ada nobody knows that she was there"
    );
    let is_end = |event: &Event| matches!(event.fact, Fact::SessionEnded { .. });
    let end = log.iter().position(is_end).unwrap();
    let without = record([&log[..end], &log[end + 1..]].concat(), span);
    assert_eq!(ends(&without)[..3], ends(&record(log, span))[..3]);
}

#[test]
fn each_agent_who_had_it_is_recorded_with_his_own_time() {
    let mut life = Life::new();
    let began = life.now;
    life.ready_agent("ada");
    for id in ["1", "2"] {
        life.chat(id);
        life.accept(id);
    }
    life.wait_seconds(10);
    life.ready_agent("bob");
    life.wish(Command::Leave { agent: "ada".into(), interaction: "1".into() });
    life.accept("1");
    life.wait_seconds(30);

    let day = record(life.events(), (began, life.now));

    let (left, ended) = (began + Duration::from_secs(10), began + Duration::from_secs(40));
    let stint = |agent: &str, from, to| Stint { agent: agent.into(), from, to };
    assert_eq!(day.arrivals[0].stints, [stint("ada", began, left), stint("bob", left, ended)]);
    assert_eq!(day.arrivals[1].stints, [stint("ada", began, ended)]);
    assert_eq!(Figures::recorded(&day).busy, Duration::from_secs(70));
    let mut older = day;
    older.arrivals.iter_mut().for_each(|one| one.stints.clear());
    assert_eq!(Figures::recorded(&older).busy, Duration::from_secs(40), "all is Ada's");
}

#[test]
fn what_an_agent_may_do_holds_from_its_line_on() {
    let mut day = made_up(0);
    day.agents.truncate(1);
    let mut later = day.agents[0].clone();
    later.at = Millis(NINE + 200_000);
    let desk = later.desk.as_mut().unwrap();
    desk.capacity = Capacity::of_numbers([("chat".into(), 2)]);
    desk.profile.skills.insert("German".into(), 5);
    day.agents.push(later);
    let arrivals = std::mem::take(&mut day.arrivals);
    day.arrivals = [0, 3].map(|idx| arrivals[idx].clone()).to_vec();
    for arrival in &mut day.arrivals {
        let (by, handled) = ("ada".into(), 1_000_000);
        arrival.end = End::Served { by, waited: 0, taken_after: 0, handled };
    }
    let customers = customers::of_day(&day, 1);

    for workflow in [Some(process(STRICT)), None] {
        let figures = play(&day, &customers, workflow);
        assert_eq!(figures.waits, [Duration::ZERO, Duration::from_secs(199)]);
        assert_eq!(figures.logged_in, Duration::from_secs(600));
    }
}

#[test]
fn who_was_stopped_is_stopped_again_and_has_not_given_up() {
    let mut day = made_up(70);
    day.arrivals[4].end = End::Stopped { after: 60_000 };
    let customers = customers::of_day(&day, 7);

    let figures = play(&day, &customers, Some(process(STRICT)));

    assert_eq!(customers[4].patience, None, "nobody is known to have given up");
    assert_eq!((figures.waits.len(), figures.n_abandoned, figures.n_stopped), (4, 0, 1));
}

#[test]
fn only_sessions_are_given_up_and_each_medium_has_its_own_patience() {
    let mut day = made_up(0);
    let other = |id: &str, media: &str, nature, end| Arrival {
        id: id.into(),
        media: media.into(),
        nature,
        end,
        ..day.arrivals[4].clone()
    };
    let waiting = || End::Waiting { waited: 5_000 };
    let others = [
        other("mail", "email", Nature::Work, waiting()),
        other("call", "video", Nature::Session, waiting()),
        other("note", "chat", Nature::Work, waiting()),
    ];
    day.arrivals.extend(others);

    for seed in 0..100 {
        let drawn = customers::of_day(&day, seed);
        assert!(drawn[5..].iter().all(|one| one.patience.is_none()), "{drawn:?}");
    }
    let before = customers::of_day(&made_up(0), 3);
    assert_eq!(customers::of_day(&day, 3)[..5], before, "work changes nobody's patience");
}

/// Ada has two of four chats for a while; the third she misses, the fourth gives up.
fn lived() -> (Life, (Millis, Millis)) {
    let mut life = Life::new();
    let began = life.now;
    life.ready_agent("ada");
    life.wait_seconds(10);
    for id in ["1", "2", "3", "4"] {
        life.chat(id);
    }
    life.wait_seconds(5);
    life.accept("1");
    life.accept("2");
    life.wait_seconds(20);
    life.tell("4", [SessionNote::Ended { attached: UserData::default(), and_stop: false }]);
    life.stop("1", By::Agent("ada".into()));
    life.wait_seconds(30);
    let span = (began, life.now);
    (life, span)
}

fn ends(day: &Day) -> Vec<(&str, End)> {
    day.arrivals.iter().map(|one| (one.id.0.as_str(), one.end.clone())).collect()
}

/// The first two are recorded to have waited so long; that is how patient they are known to be.
fn made_up(waited: u64) -> Day {
    let agent = |name: &str, skills: &[&str]| {
        let skills = skills.iter().map(|skill| ((*skill).into(), 5)).collect();
        let desk = DeskState {
            media: [("chat".into(), true)].into(),
            profile: Profile { groups: vec![], skills },
            capacity: Capacity::of_numbers([("chat".into(), 1)]),
        };
        AgentLine { at: Millis(NINE), agent: name.into(), desk: Some(desk) }
    };
    let served = |waited: u64| {
        let (by, waited) = ("ada".into(), waited * 1_000);
        End::Served { by, waited, taken_after: 0, handled: 100_000 }
    };
    let arrival = |id: &str, after: u64, language: &str, end| Arrival {
        at: Millis(NINE + 1_000 + after * 1_000),
        id: id.into(),
        media: "chat".into(),
        subtype: "InboundNew".into(),
        tenant: "Environment".into(),
        queue: "in".into(),
        nature: Nature::Session,
        user_data: UserData::default().with("Language", language),
        end,
        stints: vec![],
    };
    Day {
        from: Millis(NINE),
        to: Millis(NINE + 600_000),
        agents: vec![agent("ada", &["English"]), agent("bob", &["German", "English"])],
        arrivals: vec![
            arrival("1", 0, "en", served(waited)),
            arrival("2", 0, "en", served(waited)),
            arrival("3", 0, "en", served(100)),
            arrival("4", 0, "de", served(100)),
            arrival("5", 50, "en", End::Abandoned { after: 60_000 }),
        ],
    }
}

fn process(text: &str) -> Arc<Process> {
    let reading = Process::read(text);
    assert!(reading.is_usable(), "{:?}", reading.findings);
    Arc::new(reading.process)
}

/// Whoever is asked for, has his patience by his name and not by his place in the file.
#[test]
fn nobody_is_another_because_lines_stand_otherwise_or_others_came_for_another_medium() {
    let mut day = made_up(0);
    for (idx, arrival) in (1..).zip(&mut day.arrivals) {
        if let End::Served { handled, .. } = &mut arrival.end {
            *handled *= idx;
        }
    }
    let mut another = day.clone();
    another.arrivals.reverse();
    let mut mail = day.arrivals[0].clone();
    (mail.id, mail.media) = ("mail".into(), "email".into());
    another.arrivals.insert(2, mail);
    let named = |day: &Day, seed| -> BTreeMap<String, Customer> {
        let ids = day.arrivals.iter().map(|one| one.id.0.clone());
        ids.zip(customers::of_day(day, seed)).filter(|(id, _)| id != "mail").collect()
    };

    for seed in 0..50 {
        assert_eq!(named(&day, seed), named(&another, seed));
    }
    let first = |seed| named(&day, seed)["1"].patience;
    assert!((0..50).any(|seed| first(seed) != first(0)), "patience is not drawn");
    let last = |seed| named(&day, seed)["5"].handling;
    assert!((0..50).any(|seed| last(seed) != last(0)), "handling is not drawn");
}
