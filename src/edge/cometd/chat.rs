//! What clients ask of chats: the operations of the customer API by the names that they have on the
//! channel. What becomes of one is told as an event, for clients look at nothing else.

use crate::base::SessionId;
use crate::chat::EventId;
use crate::chat::look::Look;
use crate::chat::transcript::From;
use crate::edge::cometd::attend::{self, Attendee, Told};
use crate::edge::cometd::bayeux::Incoming;
use crate::edge::cometd::bayeux::channel::of_chats;
use crate::edge::cometd::bayeux::reply::{Reply, Text, delivery};
use crate::edge::cometd::hub::Hub;
use crate::edge::cometd::seat::{Gone, Seat};
use crate::edge::rest_v2::chat::look;
use crate::edge::rest_v2::create::create;
use crate::edge::rest_v2::fault::Fault;
use crate::edge::rest_v2::form::{Duplicates, Form, MESSAGE_ID, POSITION, USER_ID};
use crate::edge::rest_v2::keys::Channel;
use crate::edge::rest_v2::operations::operate;
use crate::edge::rest_v2::pairs::Pairs;
use crate::edge::rest_v2::reception::Caller;
use crate::edge::rest_v2::reply::{Outcome, done, refused, refused_stranger};
use crate::edge::rest_v2::route::Operation;
use crate::edge::rest_v2::wire::ChatReply;
use crate::telemetry::meters;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

const OPERATION: &str = "operation";
const CHAT_ID: &str = "chatId";

/// What pushes have in the place of ids, which clients may send back.
const DEPRECATED: &str = "deprecated";

/// Chats that one client attends at once.
const MOST_CHATS: usize = 8;

/// How long it is waited for the last event of a chat that the customer leaves, so that he hears it
/// before his good bye is answered.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A message for a chat.
pub struct Wish {
    pub service: String,
    pub message: Incoming,
    pub address: Option<IpAddr>,
}

/// The operation of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// To be told of a chat from a position on.
    Notifications,
    Operation(Operation),
}

/// What became of a wish, and the event that tells it, if no other one will.
enum Became {
    /// It is carried out.
    Changed(Option<ChatReply>),
    /// Nothing is: it was refused, or asks for nothing but an event.
    Unchanged(Option<ChatReply>),
}

struct Publishing<'a> {
    hub: &'a Arc<Hub>,
    seat: &'a Arc<Seat>,
    service: String,
    channel: String,
    address: Option<IpAddr>,
}

/// Carries out what a client publishes, and says that it was taken; what became of it follows as an
/// event.
pub async fn publish(hub: &Arc<Hub>, seat: &Arc<Seat>, wish: Wish) -> Text {
    let Wish { service, mut message, address } = wish;
    if !hub.has_service(&service) {
        return Reply::refused(&message, "404::Unknown channel").into_text();
    }
    if seat.is_choked() {
        return Reply::refused(&message, "503::Too much waits for this client").into_text();
    }
    let Some(pairs) = message.data.take().and_then(|data| data.into_pairs()) else {
        return Reply::refused(&message, "400::The data is no object").into_text();
    };
    let channel = of_chats(&service);
    let publishing = Publishing { hub, seat, service, channel, address };
    let begun = Instant::now();
    let (event, has_changed) = match publishing.carry_out(pairs).await {
        Became::Changed(event) => (event, true),
        Became::Unchanged(event) => (event, false),
    };
    let is_told = match event {
        Some(event) => seat.deliver_own(&delivery(&publishing.channel, &event)).is_ok(),
        None => seat.is_here(),
    };
    // What is carried out is not to be wished again, though nobody hears of it now.
    if !is_told && !has_changed {
        return Reply::unknown_client(&message).into_text();
    }
    meters().request_duration.of("cometd").record(begun.elapsed().as_secs_f64());
    Reply::done(&message).into_text()
}

impl Publishing<'_> {
    async fn carry_out(&self, pairs: Pairs) -> Became {
        let reception = &self.hub.reception;
        let chat_id = chat_id(&pairs);
        let refuse = |fault: &Fault| {
            let chat_id = chat_id.as_deref().unwrap_or_default();
            Became::Unchanged(Some(refused_stranger(&reception.handles, chat_id, fault)))
        };
        let (asked, form) = match self.read(pairs) {
            Ok(read) => read,
            Err(fault) => return refuse(&fault),
        };
        if asked == Asked::Operation(Operation::Create) {
            return match self.create(form).await {
                Ok(Ok(())) => Became::Changed(None),
                Ok(Err(Gone)) => Became::Unchanged(None),
                Err(fault) => refuse(&fault),
            };
        }
        let known = reception.recognise_key((chat_id.as_deref(), &form), self.address);
        let caller = match known {
            Ok(caller) if caller.bearer.service.as_ref().is_some_and(|of| *of != self.service) => {
                return refuse(&Fault::bad_key());
            }
            Ok(caller) => caller,
            Err(fault) => return refuse(&fault),
        };
        let outcome = match asked {
            Asked::Notifications => self.attend_from(&caller, &form).await,
            Asked::Operation(operation) => self.operate(operation, &caller, &form).await,
        };
        match outcome {
            Ok(outcome) => {
                let event = outcome.map(|outcome| done(&reception.handles, &caller, &outcome));
                if asked.changes() { Became::Changed(event) } else { Became::Unchanged(event) }
            }
            Err(fault) => {
                let session = &caller.bearer.session;
                tracing::debug!(%session, ?asked, code = fault.note.code, "refused");
                Became::Unchanged(Some(refused(&reception.handles, &caller, &fault)))
            }
        }
    }

    fn read(&self, pairs: Pairs) -> Result<(Asked, Form), Fault> {
        let asked = pairs.iter().find(|(name, _)| name == OPERATION);
        let asked = asked.and_then(|(_, name)| Asked::named(name));
        let asked = asked.ok_or_else(|| Fault::unreadable(400, "there is no such operation"))?;
        Ok((asked, read_form(pairs, self.hub.reception.duplicates())?))
    }

    /// Starts a chat. Its first event is the answer: who does not get its keys has no chat.
    async fn create(&self, mut form: Form) -> Result<Result<(), Gone>, Fault> {
        let reception = &self.hub.reception;
        reception.admit_creation(self.address)?;
        self.check_room(None)?;
        subscribe_to_pushes(&mut form);
        // It is told from its beginning on.
        form.forget(POSITION);
        let key = form.text(MESSAGE_ID);
        let created = create(reception, (&self.service, Channel::Cometd), &form, key).await?;
        let (caller, Outcome { view, .. }) = created;
        Ok(attend::begin_with(self.hub, self.attendee(caller), view).await)
    }

    /// Tells the client of its chat from a position on, in place of whoever was told before.
    async fn attend_from(&self, caller: &Caller, form: &Form) -> Result<Option<Outcome>, Fault> {
        self.check_room(Some(&caller.bearer.session))?;
        let from = match form.view_from()?.unwrap_or(From::Id(EventId(1))) {
            From::Id(id) => id,
            last @ (From::Last | From::Nowhere) => {
                let who = caller.bearer.participant;
                let poll = Look::Poll { who, from: last, typing: None };
                let seen = look(&self.hub.reception.handles, &caller.bearer.session, poll).await?;
                let next = seen.view.next;
                self.attend(caller.clone(), EventId(next.0.saturating_sub(1)), Told::IfNew).await;
                return Ok(Some(Outcome { view: seen.view, is_repeated: false }));
            }
        };
        self.attend(caller.clone(), EventId(from.0.saturating_sub(1)), Told::Always).await;
        Ok(None)
    }

    /// Any other operation. Whoever is told of the chat hears of what it changes like of anything
    /// else.
    async fn operate(
        &self,
        operation: Operation,
        caller: &Caller,
        form: &Form,
    ) -> Result<Option<Outcome>, Fault> {
        let key = form.text(MESSAGE_ID);
        let session = &caller.bearer.session;
        let is_told = self.seat.chats().get(session).is_some_and(|chat| !chat.task.is_finished());
        let outcome = operate(&self.hub.reception, operation, caller, form, key).await?;
        let attending = self.seat.chats().remove(session).filter(|_| is_told);
        let Some(mut attending) = attending else { return Ok(Some(outcome)) };
        if operation == Operation::Disconnect
            && timeout(LAST_WORDS, &mut attending.task).await.is_ok()
        {
            return Ok(None);
        }
        self.seat.chats().insert(session.clone(), attending);
        Ok((operation == Operation::Refresh).then_some(outcome))
    }

    async fn attend(&self, caller: Caller, seen: EventId, told: Told) {
        attend::begin(self.hub, self.attendee(caller), (seen, told)).await;
    }

    fn attendee(&self, caller: Caller) -> Attendee {
        Attendee { seat: self.seat.clone(), caller, channel: self.channel.clone() }
    }

    /// One that is attended already takes no more room.
    fn check_room(&self, wanted: Option<&SessionId>) -> Result<(), Fault> {
        let mut chats = self.seat.chats();
        chats.retain(|_, chat| !chat.task.is_finished());
        if chats.len() < MOST_CHATS || wanted.is_some_and(|wanted| chats.contains_key(wanted)) {
            return Ok(());
        }
        Err(Fault::too_many("too many chats over one connection", Duration::from_secs(1)))
    }
}

impl Asked {
    /// Whether anything is otherwise afterwards, for whomever.
    fn changes(self) -> bool {
        !matches!(self, Self::Notifications | Self::Operation(Operation::Refresh))
    }

    fn named(name: &str) -> Option<Self> {
        Some(Self::Operation(match name {
            "requestNotifications" => return Some(Self::Notifications),
            "requestChat" => Operation::Create,
            "sendMessage" => Operation::Send,
            "refresh" => Operation::Refresh,
            "startTyping" => Operation::StartTyping,
            "stopTyping" => Operation::StopTyping,
            "readReceipt" => Operation::ReadReceipt,
            "updateNickname" => Operation::UpdateNickname,
            "pushUrl" => Operation::PushUrl,
            "updateData" => Operation::UpdateData,
            "customNotice" => Operation::CustomNotice,
            "disconnect" => Operation::Disconnect,
            _ => return None,
        }))
    }
}

/// The chat that a message says it is of.
pub fn chat_id(pairs: &Pairs) -> Option<String> {
    let named = pairs.iter().find(|(name, value)| name == CHAT_ID && !value.is_empty());
    named.map(|(_, value)| value.clone()).filter(|value| value != DEPRECATED)
}

/// A form of somebody whom his key alone may name, without what pushes have in the place of his id.
pub fn read_form(mut pairs: Pairs, duplicates: Duplicates) -> Result<Form, Fault> {
    pairs.retain(|(name, value)| name != USER_ID || value != DEPRECATED);
    Form::read(pairs, duplicates)
}

/// A device that is to be told while nobody is connected, in the words that it has over REST.
fn subscribe_to_pushes(form: &mut Form) {
    const KEYS: &[(&str, &str)] = &[
        ("push_notification_deviceid", "GCTI_GMS_PushDeviceId"),
        ("push_notification_type", "GCTI_GMS_PushDeviceType"),
        ("push_notification_provider", "GCTI_GMS_PushProvider"),
        ("push_notification_debug", "GCTI_GMS_PushDebug"),
        ("push_notification_language", "GCTI_GMS_PushLanguage"),
    ];
    let given = |key: &str| form.user_data.text(key).filter(|value| !value.is_empty());
    if given(KEYS[0].0).is_none() || given(KEYS[1].0).is_none() {
        // The words of REST say all but that he came over a connection. This one, with whatever value, is
        // read for that alone.
        if let (None, Some(device)) = (given(KEYS[0].0), given(KEYS[0].1)) {
            form.user_data.set(KEYS[0].0, device);
        }
        return;
    }
    for (key, name) in KEYS {
        if let Some(value) = form.user_data.text(key) {
            form.user_data.set(*name, value);
        }
    }
    form.user_data.set("GCTI_Chat_PushSubscribe", "true");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::UserData;
    use crate::chat::command::Join;
    use crate::chat::push::{Carrier, Subscription};
    use crate::chat::testing::{Stage, customer};

    const OF_REST: [(&str, &str); 6] = [
        ("GCTI_Chat_PushSubscribe", "true"),
        ("GCTI_GMS_PushDeviceId", "ann's phone"),
        ("GCTI_GMS_PushDeviceType", "ios"),
        ("GCTI_GMS_PushProvider", "mine"),
        ("GCTI_GMS_PushDebug", "true"),
        ("GCTI_GMS_PushLanguage", "de"),
    ];

    #[test]
    fn who_subscribes_over_cometd_has_a_connection_by_whichever_words_he_does() {
        let of_cometd = [
            ("push_notification_deviceid", "ann's phone"),
            ("push_notification_type", "ios"),
            ("push_notification_provider", "mine"),
            ("push_notification_debug", "true"),
            ("push_notification_language", "de"),
        ];

        let subscribed = subscription(&kept(&OF_REST)).unwrap();

        assert_eq!(subscription(&kept(&of_cometd)), Some(subscribed.clone()));
        assert!(subscribed.has_connection);
        assert_eq!(subscribed.carrier, Carrier::Apns);
        let named = [subscribed.provider, subscribed.language].map(Option::unwrap);
        assert_eq!(named, ["mine", "de"]);
        assert!(subscribed.is_debug);
    }

    #[test]
    fn of_the_words_of_rest_nothing_is_changed_and_who_names_no_device_gets_none() {
        let device = ("push_notification_deviceid", "ann's phone");
        let with_it: UserData = OF_REST.iter().copied().chain([device]).collect();
        assert_eq!(kept(&OF_REST), with_it);

        for given in [&OF_REST[..1], &[("GCTI_GMS_PushDeviceId", "")], &[]] {
            assert_eq!(kept(given), given.iter().copied().collect());
        }
    }

    /// What is kept of the user data of a chat that is asked for.
    fn kept(given: &[(&str, &str)]) -> UserData {
        let named = |(key, value): &(&str, &str)| (format!("userData[{key}]"), (*value).to_owned());
        let pairs = given.iter().map(named).collect();
        let mut form = Form::read(pairs, Duplicates::Refused).unwrap();
        subscribe_to_pushes(&mut form);
        form.user_data
    }

    fn subscription(user_data: &UserData) -> Option<Subscription> {
        let stage = Stage::with(&[Join { user_data: user_data.clone(), ..customer("ann") }]);
        Subscription::of(&stage.session.participant(stage.who("ann"))?.joined)
    }
}
