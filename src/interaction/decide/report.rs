//! What a media server's session tells, by positions. What was taken in before is passed by, so a
//! report may be told as often as its sender likes.

use crate::base::{AgentId, InteractionId, Position, UserData};
use crate::interaction::command::{Answer, Manner, SessionNote, SessionReport, Submission};
use crate::interaction::decide::release::take_back;
use crate::interaction::decide::{known, place, submit};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Address, Change, Fact, RemoveReason, RevokeReason};
use crate::interaction::property;
use crate::interaction::record::SessionPhase;

/// Why an interaction is stopped that its session has told to.
const STOPPED_BY_SESSION: &str = "abandoned chat";

pub(super) fn take_in(draft: &mut Draft<'_>, report: SessionReport) -> Result<Answer, Rejection> {
    let id = report.interaction;
    if draft.domain().interaction(&id).is_none() && !begin(draft, &id, &report.notes)? {
        // It ended, was confirmed and forgotten; only the confirmation was lost.
        return Ok(Answer::Confirmed { upto: report.upto });
    }
    for (_, note) in &report.notes {
        if let SessionNote::AddressChanged(address) = note {
            move_session(draft, &id, address);
        }
    }
    let cursor = known(draft, &id)?.cursor;
    if cursor < report.after {
        return Ok(Answer::Confirmed { upto: cursor });
    }
    for (position, note) in report.notes {
        if cursor < position && position <= report.upto {
            take_in_note(draft, &id, note);
        }
    }
    if cursor < report.upto {
        draft.record(Fact::CursorMoved { interaction: id, upto: report.upto });
    }
    Ok(Answer::Confirmed { upto: cursor.max(report.upto) })
}

/// Submits what the report begins with. Says no if the session is over and long forgotten.
fn begin(
    draft: &mut Draft<'_>,
    id: &InteractionId,
    notes: &[(Position, SessionNote)],
) -> Result<bool, Rejection> {
    let start = notes.iter().find_map(|(_, note)| match note {
        SessionNote::Started(submission) => Some(submission),
        SessionNote::DataChanged(_)
        | SessionNote::PartyJoined { .. }
        | SessionNote::PartyLeft { .. }
        | SessionNote::AddressChanged(_)
        | SessionNote::Ended { .. } => None,
    });
    if let Some(submission) = start {
        submit::check_registered(draft, submission)?;
        let submission = Submission::clone(submission);
        let submission = Submission { interaction: Some(id.clone()), ..submission };
        submit::create(draft, submission, None);
        return Ok(true);
    }
    if notes.iter().any(|(_, note)| matches!(note, SessionNote::Ended { .. })) {
        return Ok(false);
    }
    Err(Rejection::UnknownInteraction(id.clone()))
}

fn move_session(draft: &mut Draft<'_>, id: &InteractionId, address: &Address) {
    let Some(one) = draft.domain().interaction(id) else { return };
    if one.address_epoch.is_none_or(|epoch| epoch < address.epoch) {
        let address = address.clone();
        draft.record(Fact::AddressChanged { interaction: id.clone(), address });
    }
}

fn take_in_note(draft: &mut Draft<'_>, id: &InteractionId, note: SessionNote) {
    let Some(one) = draft.domain().interaction(id) else { return };
    let is_stopped = one.is_stopped();
    match note {
        SessionNote::Ended { attached, and_stop } => end(draft, id, (attached, and_stop)),
        // Nobody looks at a stopped interaction any more.
        SessionNote::DataChanged(_)
        | SessionNote::PartyJoined { .. }
        | SessionNote::PartyLeft { .. }
            if is_stopped => {}
        SessionNote::DataChanged(change) => change_data(draft, id, change),
        // Who cannot be seen does not talk with the customer.
        SessionNote::PartyJoined { manner: Manner::Unseen, .. } => {}
        SessionNote::PartyJoined { agent, manner: Manner::Open } => join(draft, id, agent),
        SessionNote::PartyLeft { agent, reason, manner } => {
            leave(draft, id, agent, (reason, manner));
        }
        // Both were taken in before the notes.
        SessionNote::Started(_) | SessionNote::AddressChanged(_) => {}
    }
}

/// What every interaction has of its own, how urgent it is, and where its session lives are nothing
/// that the data of a session says, whoever changed it: it is the customer's too.
fn change_data(draft: &mut Draft<'_>, id: &InteractionId, mut change: Change) {
    change.added.0.retain(|key, _| !property::is_reserved(key));
    change.changed.0.retain(|key, _| !property::is_reserved(key));
    change.deleted.retain(|key| !property::is_reserved(key));
    if !change.is_empty() {
        draft.record(Fact::PropertiesChanged { interaction: id.clone(), change });
    }
}

fn join(draft: &mut Draft<'_>, id: &InteractionId, agent: AgentId) {
    draft.record(Fact::SessionJoined { interaction: id.clone(), agent });
}

/// Who is there openly as well has only stopped looking on.
fn leave(
    draft: &mut Draft<'_>,
    id: &InteractionId,
    agent: AgentId,
    (reason, manner): (u8, Manner),
) {
    let Some(one) = draft.domain().interaction(id).cloned() else { return };
    let interaction = id.clone();
    if one.in_session.contains(&agent) {
        if manner == Manner::Unseen {
            return;
        }
        let (interaction, agent) = (interaction.clone(), agent.clone());
        draft.record(Fact::SessionLeft { interaction, agent, reason });
    }
    if one.parties.contains_key(&agent) {
        let reason = RemoveReason::LeftSession;
        draft.record(Fact::PartyRemoved { interaction, agent, reason });
    }
}

/// First what is attached, then the stop, so that reports have both.
fn end(draft: &mut Draft<'_>, id: &InteractionId, (attached, and_stop): (UserData, bool)) {
    let Some(one) = draft.domain().interaction(id).cloned() else { return };
    if one.session == SessionPhase::Ended {
        return;
    }
    draft.record(Fact::SessionEnded { interaction: id.clone(), attached });
    if let Some((_, ticket)) = one.invited() {
        take_back(draft, id, (ticket, RevokeReason::Stopped));
    }
    if and_stop && !one.is_stopped() {
        place::end(draft, id, STOPPED_BY_SESSION.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Epoch, Position, UserData};
    use crate::interaction::capacity::Capacity;
    use crate::interaction::command::{Answer, Command, Login, SessionNote, SessionReport, Wanted};
    use crate::interaction::error::Rejection;
    use crate::interaction::event::{Address, Change, Fact};
    use crate::interaction::record::Stage;
    use crate::interaction::support::{Life, chat, connection, goes, joins};

    #[test]
    fn a_report_that_begins_with_the_start_submits_the_interaction() {
        let mut life = Life::new();

        let answer = life.wish(report(0, 1, vec![(1, started())]));

        assert_eq!(answer, Answer::Confirmed { upto: Position(1) });
        assert_eq!(life.stage("1"), Stage::Queued);
        assert_eq!(life.property("1", "IsOnline"), "1");
    }

    #[test]
    fn a_report_told_again_changes_nothing_even_after_a_restart() {
        let mut life = Life::new();
        let whole = report(0, 3, vec![(1, started()), (3, ended())]);
        life.wish(whole.clone());

        life.restart_from_snapshot();
        let (answer, events) = life.perform(whole).unwrap();

        assert_eq!(answer, Answer::Confirmed { upto: Position(3) });
        assert!(events.is_empty());
    }

    #[test]
    fn a_report_with_a_gap_before_it_is_not_taken_in() {
        let mut life = Life::new();
        life.wish(report(0, 1, vec![(1, started())]));

        let answer = life.wish(report(4, 5, vec![(5, ended())]));

        assert_eq!(answer, Answer::Confirmed { upto: Position(1) });
        assert_eq!(life.property("1", "IsOnline"), "1");
    }

    #[test]
    fn a_session_that_nobody_knows_must_begin_at_its_start() {
        let mut life = Life::new();
        let joined = joins("ada");

        let no = life.refused(report(4, 5, vec![(5, joined)]));
        let over = life.wish(report(4, 5, vec![(5, ended())]));

        assert_eq!(no, Rejection::UnknownInteraction("1".into()));
        assert_eq!(over, Answer::Confirmed { upto: Position(5) });
    }

    #[test]
    fn the_address_of_the_highest_claim_stays() {
        let mut life = Life::new();
        life.chat("1");

        life.tell("1", [moved("node-c", 3)]);
        life.tell("1", [moved("node-b", 2)]);

        assert_eq!(life.property("1", "ChatServerHost"), "node-c");
    }

    #[test]
    fn the_data_of_a_session_says_nothing_of_where_its_interaction_is_and_how_urgent() {
        let mut life = Life::new();
        life.chat("1");
        let planted = UserData::default()
            .with("Priority", 9)
            .with("Queue", "vip")
            .with("State", "Stopped")
            .with("MediaType", "email")
            .with("SubmittedBy", "crm")
            .with("IsOnline", "0")
            .with("ChatServerHost", "evil");
        let changed = planted.clone().with("GCTI_Chat_AsyncStatus", -2).with("City", "Rome");
        let deleted = vec!["IsOnline".into()];
        let change = Change { added: planted.clone(), changed, deleted };

        life.tell("1", [SessionNote::DataChanged(change)]);

        let one = life.domain.interaction(&"1".into()).unwrap().clone();
        assert_eq!(life.property("1", "IsOnline"), "1");
        assert_eq!(life.property("1", "ChatServerHost"), "node-a");
        for key in ["Priority", "Queue", "State", "MediaType", "SubmittedBy"] {
            assert_eq!(one.user_data.get(key), None, "{key}");
        }
        assert_eq!(life.property("1", "City"), "Rome");
        assert_eq!(life.property("1", "GCTI_Chat_AsyncStatus"), "-2", "that is the session's own");
    }

    #[test]
    fn an_ended_chat_that_nobody_handles_is_stopped_with_its_statistics() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        let (_, ticket) = life.invited("1").unwrap();

        life.tell("1", [ended()]);

        assert!(matches!(life.stage("1"), Stage::Stopped { .. }));
        assert_eq!(life.property("1", "IsOnline"), "0");
        assert_eq!(life.property("1", "csg_MediaType"), "chat");
        let no = life.refused(Command::Accept { agent: "ada".into(), ticket });
        assert_eq!(no, Rejection::TicketExpired(ticket));
    }

    #[test]
    fn an_ended_chat_stays_with_its_agent_until_he_leaves() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");

        life.tell("1", [ended()]);
        assert_eq!(life.stage("1"), Stage::Handling);
        life.wish(Command::Leave { agent: "ada".into(), interaction: "1".into() });

        assert!(matches!(life.stage("1"), Stage::Stopped { .. }));
    }

    #[test]
    fn a_chat_whose_last_agent_left_is_offered_to_others_first() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life.tell("1", [joins("ada")]);
        life.ready_agent("bob");

        life.tell("1", [goes("ada")]);

        assert_eq!(life.invited_agent("1"), "bob");
    }

    #[test]
    fn leaving_and_ending_in_one_report_queues_nothing_in_between() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        let n_before = life.log.len();

        life.tell("1", [goes("ada"), ended()]);

        assert!(matches!(life.stage("1"), Stage::Stopped { .. }));
        let later = life.log[n_before..].concat();
        assert!(!later.contains("placed_in_queue"), "{later}");
    }

    #[test]
    fn a_session_may_have_its_interaction_stopped_whoever_handles_it() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        let attached = UserData::default().with("csg_SessionEndedAgent", "PRESENT");

        life.tell("1", [SessionNote::Ended { attached, and_stop: true }]);

        assert_eq!(life.stage("1"), Stage::Stopped { reason: "abandoned chat".into() });
        assert_eq!(life.property("1", "csg_SessionEndedAgent"), "PRESENT");
        assert_eq!(life.handlers("1"), Vec::<String>::new());
        let facts = life.facts();
        let at = |is: fn(&Fact) -> bool| facts.iter().position(is).unwrap();
        let ended = at(|fact| matches!(fact, Fact::SessionEnded { .. }));
        assert!(ended < at(|fact| matches!(fact, Fact::ProcessingStopped { .. })));
    }

    #[test]
    fn an_agent_who_joins_what_nobody_handles_handles_it() {
        let mut life = Life::new();
        life.login("ada", Wanted::NotReady { reason: "outbound".into() });
        life.chat("1");

        life.tell("1", [joins("ada")]);

        assert_eq!(life.handlers("1"), ["ada"]);
    }

    #[test]
    fn whoever_has_no_place_for_it_handles_nothing_by_joining() {
        let mut life = Life::new();
        for agent in ["ada", "bob"] {
            life.give_capacity(agent, Capacity::of_numbers([("chat".into(), 1)]));
        }
        let mail = Command::AgentLogin(Login {
            media: vec![("email".into(), Wanted::Ready)],
            ..login("bob")
        });
        life.wish(mail);
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life.chat("2");

        life.tell("2", [joins("ada"), joins("bob")]);

        assert_eq!(life.stage("2"), Stage::Queued);
        let add = |wanted| Command::AddMedia { agent: "bob".into(), media: "chat".into(), wanted };
        life.wish(add(Wanted::Ready));
        assert_eq!(life.invited_agent("2"), "bob");
    }

    #[test]
    fn a_second_agent_in_the_chat_takes_over_when_the_first_goes() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.ready_agent("bob");
        life.chat("1");
        life.accept("1");
        life.tell("1", [joins("bob")]);

        life.wish(Command::Leave { agent: "ada".into(), interaction: "1".into() });

        assert_eq!(life.handlers("1"), ["bob"]);
    }

    fn report(after: u64, upto: u64, notes: Vec<(u64, SessionNote)>) -> Command {
        let notes = notes.into_iter().map(|(position, note)| (Position(position), note)).collect();
        let (after, upto) = (Position(after), Position(upto));
        Command::ReportFromSession(SessionReport { interaction: "1".into(), after, upto, notes })
    }

    fn login(agent: &str) -> Login {
        let (begun, place, profile, media) = (None, None, Default::default(), vec![]);
        Login { agent: agent.into(), connection: connection(agent), begun, place, profile, media }
    }

    fn started() -> SessionNote {
        SessionNote::Started(Box::new(chat("1")))
    }

    fn ended() -> SessionNote {
        let attached = UserData::default().with("csg_MediaType", "chat");
        SessionNote::Ended { attached, and_stop: false }
    }

    fn moved(host: &str, micros: u64) -> SessionNote {
        let (host, app_name) = (host.to_owned(), "chat".to_owned());
        let epoch = Epoch { micros, tie: 0 };
        SessionNote::AddressChanged(Address { host, port: 8080, app_name, owner: None, epoch })
    }
}
