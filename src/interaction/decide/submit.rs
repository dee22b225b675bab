//! Interactions come in, and their properties change.

use crate::base::chance::to_hex;
use crate::base::{InteractionId, UserData};
use crate::interaction::command::{Answer, By, Destination, Repeated, Submission};
use crate::interaction::decide::{check_right, known, place};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Attributes, Change, Fact};
use crate::interaction::property;
use aws_lc_rs::digest::{SHA256, digest};

pub(super) fn submit(draft: &mut Draft<'_>, submission: Submission) -> Result<Answer, Rejection> {
    check_registered(draft, &submission)?;
    let digest = digest_of(&submission);
    if let Some(interaction) = find_repeated(draft, &submission)? {
        check_same(draft, &interaction, &digest)?;
        return Ok(Answer::Submitted { interaction, repeated: Repeated::Yes });
    }
    let whole = whole_user_data(&submission);
    whole.check(&draft.policy().user_data).map_err(Rejection::UserData)?;
    check_priority(&whole)?;
    let interaction = create(draft, submission, Some(digest));
    Ok(Answer::Submitted { interaction, repeated: Repeated::No })
}

pub(super) fn check_registered(
    draft: &Draft<'_>,
    submission: &Submission,
) -> Result<(), Rejection> {
    if draft.policy().media_servers.contains(&submission.submitted_by) {
        return Ok(());
    }
    Err(Rejection::NotRegistered(submission.submitted_by.clone()))
}

fn find_repeated(
    draft: &Draft<'_>,
    submission: &Submission,
) -> Result<Option<InteractionId>, Rejection> {
    let server = &submission.submitted_by;
    if let Some(key) = &submission.key
        && let Some(interaction) = draft.domain().submitted(server, key)
    {
        return Ok(Some(interaction.clone()));
    }
    let Some(id) = &submission.interaction else { return Ok(None) };
    match draft.domain().interaction(id) {
        None => Ok(None),
        Some(one) if one.attributes.submitted_by == *server => Ok(Some(id.clone())),
        Some(_) => Err(Rejection::InteractionExists(id.clone())),
    }
}

/// An interaction of an earlier version, or of a session, does not say what was submitted.
fn check_same(draft: &Draft<'_>, id: &InteractionId, digest: &str) -> Result<(), Rejection> {
    let known = draft.domain().interaction(id).and_then(|one| one.attributes.digest.as_deref());
    if known.is_none_or(|known| known == digest) {
        return Ok(());
    }
    Err(Rejection::KeyReused(id.clone()))
}

/// What a submission asks for, in short.
fn digest_of(submission: &Submission) -> String {
    let Submission { media, tenant, to, subtype, user_data, .. } = submission;
    // Plain data always has a JSON, and the same one at every node.
    let said = serde_json::to_string(&(media, tenant, to, subtype, user_data)).unwrap_or_default();
    to_hex(&digest(&SHA256, said.as_bytes()).as_ref()[..16])
}

pub(super) fn create(
    draft: &mut Draft<'_>,
    submission: Submission,
    digest: Option<String>,
) -> InteractionId {
    let user_data = whole_user_data(&submission);
    let id = submission.interaction.clone().unwrap_or_else(|| new_name(draft, &submission));
    let queue = match submission.to {
        Destination::Queue(queue) => queue,
        Destination::Endpoint(endpoint) => draft.policy().queue_of(&submission.tenant, &endpoint),
    };
    draft.set_key(submission.key.clone());
    let attributes = Attributes {
        submitted_by: submission.submitted_by,
        media: submission.media,
        tenant: submission.tenant,
        subtype: submission.subtype,
        received_at: draft.now(),
        nature: submission.nature,
        key: submission.key,
        digest,
        owner: submission.owner,
        kind: submission.kind,
        consultation: None,
    };
    draft.record(Fact::InteractionSubmitted { interaction: id.clone(), attributes, user_data });
    place::into_queue(draft, &id, queue);
    id
}

/// Positions are used once, so such a name is taken only if somebody chose it by hand.
fn new_name(draft: &Draft<'_>, submission: &Submission) -> InteractionId {
    let mut id = format!("{}-{}", submission.submitted_by, draft.next_position());
    while draft.domain().interaction(&InteractionId(id.clone())).is_some() {
        id.push('x');
    }
    InteractionId(id)
}

/// A customer cannot say where his chat lives: reserved keys are taken from the server alone.
fn whole_user_data(submission: &Submission) -> UserData {
    let mut user_data = submission.user_data.clone();
    user_data.0.retain(|key, _| !property::is_reserved(key));
    user_data.merge(&submission.properties);
    user_data
}

pub(super) fn change_properties(
    draft: &mut Draft<'_>,
    id: &InteractionId,
    by: &By,
    change: Change,
) -> Result<Answer, Rejection> {
    let one = known(draft, id)?;
    if one.is_stopped() {
        return Err(Rejection::Stopped(id.clone()));
    }
    check_right(&one, by)?;
    if let Some(key) = change.keys().find(|key| is_closed_to(by, key)) {
        return Err(Rejection::ReservedProperty(key.to_owned()));
    }
    [&change.added, &change.changed].into_iter().try_for_each(check_priority)?;
    for set in [&change.added, &change.changed] {
        set.check(&draft.policy().user_data).map_err(Rejection::UserData)?;
    }
    let mut after = UserData::clone(&one.user_data);
    change.apply_to(&mut after);
    after.check(&draft.policy().user_data).map_err(Rejection::UserData)?;
    if after != *one.user_data {
        draft.record(Fact::PropertiesChanged { interaction: id.clone(), change });
    }
    Ok(Answer::Done)
}

/// What is no number would count as none, and nobody would know why nothing has changed.
fn check_priority(said: &UserData) -> Result<(), Rejection> {
    if said.get(property::PRIORITY).is_some() && said.number(property::PRIORITY).is_none() {
        return Err(Rejection::NotANumber(property::PRIORITY.to_owned()));
    }
    Ok(())
}

/// Supervisors say what is urgent; everything else that is reserved is the servers' own.
fn is_closed_to(by: &By, key: &str) -> bool {
    match by {
        By::Agent(_) => property::is_reserved(key),
        By::Supervisor(_) => property::is_for_servers_alone(key),
        By::MediaServer(_) | By::Operator => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{InteractionId, UserData, Value};
    use crate::interaction::capacity::Capacity;
    use crate::interaction::command::{Answer, By, Command, Repeated, Submission};
    use crate::interaction::error::Rejection;
    use crate::interaction::event::Change;
    use crate::interaction::support::{Life, chat};

    #[test]
    fn an_endpoint_leads_to_its_queue_or_to_one_of_its_own_name() {
        let mut life = Life::new();
        let endpoints = [("sales".to_owned(), "sales-main".into())].into();
        life.policy.endpoints.insert("Environment".into(), endpoints);

        assert_eq!(life.policy.queue_of("Environment", "sales"), "sales-main".into());
        life.chat("1");

        assert_eq!(life.domain.interaction(&"1".into()).unwrap().queue, "support".into());
    }

    #[test]
    fn a_submission_repeated_by_id_or_by_key_changes_nothing() {
        let mut life = Life::new();
        let named = chat("1");
        let keyed = Submission { interaction: None, key: Some("k".into()), ..chat("2") };

        let first = [named.clone(), keyed.clone()].map(|one| life.wish(Command::Submit(one)));
        let second = [named, keyed].map(|one| life.wish(Command::Submit(one)));

        assert!(first.iter().all(|answer| id_of(answer).1 == Repeated::No));
        assert!(second.iter().all(|answer| id_of(answer).1 == Repeated::Yes));
        assert_eq!(id_of(&first[1]).0, id_of(&second[1]).0);
        assert_eq!(life.domain.interactions().count(), 2);
    }

    #[test]
    fn another_submission_under_the_same_name_is_refused() {
        let mut life = Life::new();
        let named = chat("1");
        let keyed = Submission { interaction: None, key: Some("k".into()), ..chat("2") };
        for one in [&named, &keyed] {
            life.wish(Command::Submit(one.clone()));
        }

        for one in [named, keyed] {
            let other = UserData::default().with("Subject", "another order");
            let user_data = Submission { user_data: other, ..one.clone() };
            let media = Submission { media: "fax".into(), ..one };
            for other in [user_data, media] {
                let no = life.refused(Command::Submit(other));
                assert!(matches!(no, Rejection::KeyReused(_)), "{no}");
            }
        }
        assert_eq!(life.domain.interactions().count(), 2);
    }

    #[test]
    fn any_registered_media_server_submits_and_nobody_else() {
        let mut life = Life::new();
        life.policy.media_servers.insert("email".into());
        let by = |server: &str, id| Submission { submitted_by: server.into(), ..chat(id) };

        life.wish(Command::Submit(by("email", "1")));
        let stranger = life.refused(Command::Submit(by("fax", "2")));
        let thief = life.refused(Command::Submit(by("chat", "1")));

        assert_eq!(stranger, Rejection::NotRegistered("fax".into()));
        assert_eq!(thief, Rejection::InteractionExists("1".into()));
    }

    #[test]
    fn a_customer_cannot_say_where_his_chat_lives() {
        let mut life = Life::new();
        let user_data = UserData::default().with("ChatServerHost", "evil").with("Subject", "hi");

        life.wish(Command::Submit(Submission { user_data, ..chat("1") }));

        assert_eq!(life.property("1", "ChatServerHost"), "node-a");
        assert_eq!(life.property("1", "Subject"), "hi");
    }

    #[test]
    fn an_agent_changes_what_he_handles_except_reserved_properties() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        let change = |key: &str| {
            let changed = UserData::default().with(key, "x");
            let (interaction, by) = ("1".into(), By::Agent("ada".into()));
            let change = Change { changed, ..Change::default() };
            Command::ChangeProperties { interaction, by, change }
        };

        let before = life.refused(change("Note"));
        life.accept("1");
        life.wish(change("Note"));
        let reserved = life.refused(change("IsOnline"));

        assert!(matches!(before, Rejection::NotYours { .. }));
        assert_eq!(life.property("1", "Note"), "x");
        assert_eq!(reserved, Rejection::ReservedProperty("IsOnline".into()));
    }

    #[test]
    fn how_urgent_something_is_must_be_a_number() {
        let mut life = Life::new();
        life.policy.default_capacity = Capacity::of_numbers([("chat".into(), 1)]);
        let not_a_number = || Rejection::NotANumber("Priority".into());
        let urgent = |id: &str, priority: &str| {
            let properties = UserData::default().with("Priority", priority);
            Command::Submit(Submission { properties, ..chat(id) })
        };
        let change = |priority: Value| {
            let changed = UserData::default().with("Priority", priority);
            let (interaction, by) = ("1".into(), By::Operator);
            let change = Change { changed, ..Change::default() };
            Command::ChangeProperties { interaction, by, change }
        };

        assert_eq!(life.refused(urgent("1", "high")), not_a_number());
        life.wish(urgent("1", " 7 "));
        life.wish(urgent("2", "8"));
        for nonsense in [Value::from("soon"), Value::from(""), Value::from(UserData::default())] {
            assert_eq!(life.refused(change(nonsense)), not_a_number());
        }
        life.ready_agent("ada");

        assert_eq!([life.invited_agent("2"), life.invited_agent("1")], ["ada", "nobody"]);
        life.wish(change(Value::from("9 ")));
        life.ready_agent("bob");
        assert_eq!(life.invited_agent("1"), "bob");
    }

    fn id_of(answer: &Answer) -> (&InteractionId, Repeated) {
        let Answer::Submitted { interaction, repeated } = answer else { panic!("{answer:?}") };
        (interaction, *repeated)
    }
}
