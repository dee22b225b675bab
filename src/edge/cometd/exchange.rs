//! The way of messages: each is answered in its order, whatever carried it. What has to be waited for
//! is a connect, and that is the business of whoever carries.

use crate::edge::cometd::bayeux::client::Patience;
use crate::edge::cometd::bayeux::reply::{Advice, Reply, Text};
use crate::edge::cometd::bayeux::{Channel, Incoming, Looked, Meta};
use crate::edge::cometd::chat;
use crate::edge::cometd::hub::{BrowserHold, Hub};
use crate::edge::cometd::seat::{Connect, NO_SOCKET, Seat};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

const WEBSOCKET: &str = "websocket";
const LONG_POLLING: &str = "long-polling";
const CALLBACK_POLLING: &str = "callback-polling";

/// When there are too many clients, the next ones are to try again after this time.
const LATER: Duration = Duration::from_secs(5);

/// Who brings messages.
#[derive(Clone, Debug)]
pub struct Bringer {
    /// What the cookie says, if there is one.
    pub browser: Option<String>,
    pub carrier: Carrier,
    /// Whose failures are counted.
    pub address: Option<IpAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    Polling,
    /// The socket of this number.
    Socket(u64),
}

impl Bringer {
    /// Whether it may be a client of this browser that speaks. A socket may be without a cookie: some
    /// clients open theirs before they are given one, and others keep none.
    fn may_speak_for(&self, browser: Option<&str>) -> bool {
        match (browser, self.browser.as_deref(), self.carrier) {
            (None, _, _) | (Some(_), None, Carrier::Socket(_)) => true,
            (Some(_), None, Carrier::Polling) => false,
            (Some(browser), Some(own), _) => browser == own,
        }
    }
}

/// What follows from messages.
#[derive(Default)]
pub struct Exchanged {
    pub replies: Vec<Text>,
    /// The connect among them, if there was one, and what keeps other pages of the browser from
    /// holding one too.
    pub connect: Option<(Connect, Option<BrowserHold>)>,
    /// The client that they were of.
    pub seat: Option<Arc<Seat>>,
    /// The client that shook hands with them.
    pub newcomer: Option<Arc<Seat>>,
    /// They belong to another node, where the client has just shaken hands.
    pub are_astray: bool,
}

struct Exchange<'a> {
    hub: &'a Arc<Hub>,
    bringer: &'a Bringer,
    /// Whether somebody waits for the answers to other messages too.
    is_batch: bool,
    so_far: Exchanged,
}

/// Answers messages in their order.
pub async fn exchange(hub: &Arc<Hub>, bringer: &Bringer, messages: Vec<Incoming>) -> Exchanged {
    let is_batch = 1 < messages.len() && bringer.carrier == Carrier::Polling;
    let mut exchange = Exchange { hub, bringer, is_batch, so_far: Exchanged::default() };
    for message in messages {
        exchange.take(message).await;
    }
    exchange.so_far
}

impl Exchange<'_> {
    async fn take(&mut self, message: Incoming) {
        let channel = Channel::of(&message.channel);
        if channel == Channel::Meta(Meta::Handshake) {
            return self.handshake(&message);
        }
        let Some(seat) = self.seat_of(&message) else {
            if self.is_astray(&message) {
                self.so_far.are_astray = true;
                return;
            }
            return self.say(Reply::unknown_client(&message).into_text());
        };
        self.so_far.seat = Some(seat.clone());
        match channel {
            Channel::Meta(Meta::Connect) => self.connect(seat, message),
            Channel::Meta(Meta::Subscribe | Meta::Unsubscribe) => self.subscribe(&message),
            Channel::Meta(Meta::Disconnect) => self.disconnect(&seat, &message).await,
            Channel::Chat(service) => {
                let service = service.to_owned();
                let _turn = seat.turn.lock().await;
                // Whoever was sent on while he waited for his turn wishes again elsewhere.
                if !seat.is_here() {
                    return self.say(Reply::unknown_client(&message).into_text());
                }
                let wish = chat::Wish { service, message, address: self.bringer.address };
                self.say(chat::publish(self.hub, &seat, wish).await);
            }
            Channel::Meta(Meta::Handshake) | Channel::Unknown | Channel::Malformed => {
                self.say(Reply::refused(&message, refusal(channel)).into_text());
            }
        }
    }

    fn say(&mut self, text: Text) {
        self.so_far.replies.push(text);
    }

    fn handshake(&mut self, message: &Incoming) {
        let types = self.types();
        let is_ours = |wished: &String| types.contains(&wished.as_str());
        let fault = if !message.supported_connection_types.iter().any(is_ours) {
            Some("406::No connection type in common")
        } else if message.version.as_deref().is_some_and(|version| !version.starts_with("1.")) {
            Some("406::Another version of the protocol")
        } else if self.so_far.newcomer.is_some() {
            Some("400::One handshake at a time")
        } else {
            None
        };
        if let Some(fault) = fault {
            let refused = Reply::refused(message, fault);
            let types = Some(&*types);
            let advice = Some(Advice::none());
            return self
                .say(Reply { supported_connection_types: types, advice, ..refused }.into_text());
        }
        if let Err(after) = self.hub.admit(self.bringer.address) {
            return self.put_off(message, after, "429::Too many handshakes from here");
        }
        let Some(seat) = self.hub.seat(message, self.bringer.browser.clone()) else {
            return self.put_off(message, LATER, "503::Too many clients");
        };
        seat.speaks_over(self.socket());
        let welcome = seat.welcome(message, &types);
        self.so_far.seat = Some(seat.clone());
        self.so_far.newcomer = Some(seat);
        self.say(welcome);
    }

    fn put_off(&mut self, message: &Incoming, after: Duration, why: &str) {
        let advice = Some(Advice::handshake(after));
        self.say(Reply { advice, ..Reply::refused(message, why) }.into_text());
    }

    fn connect(&mut self, seat: Arc<Seat>, message: Incoming) {
        // Nobody waits for the connects of two clients at once.
        let other = self.so_far.connect.as_ref().filter(|(held, _)| held.seat.id != seat.id);
        match other.map(|(other, _)| other.look()) {
            Some(Looked::Answer(answer)) => {
                self.so_far.replies.extend(answer);
                self.so_far.connect = None;
            }
            Some(Looked::Wait(_)) => {
                return self.say(Reply::refused(&message, "400::One client at a time").into_text());
            }
            None => {}
        }
        seat.speaks_over(self.socket());
        let browser = seat.browser.as_deref().filter(|_| self.bringer.carrier == Carrier::Polling);
        let hold = browser.map(|browser| self.hub.hold(browser, &seat.id));
        let patience = match &hold {
            _ if self.is_batch => Patience::None,
            Some(None) => Patience::Crowded,
            Some(Some(_)) | None => Patience::AsAgreed,
        };
        let former = self.so_far.connect.replace((seat.connect(message, patience), hold.flatten()));
        // It is answered like one whose place is taken by a request of its own. What waits goes with the
        // last one: to whoever acknowledges it would go twice otherwise.
        if let Some(Looked::Answer(answer)) = former.map(|(former, _)| former.look()) {
            self.so_far.replies.extend(answer);
        }
    }

    /// Nothing is remembered: a client is told of its chats in any case.
    fn subscribe(&mut self, message: &Incoming) {
        let names = message.subscription.as_ref().map_or(&[][..], |wished| wished.names());
        let refused = names.iter().map(|name| Channel::of(name)).find(|channel| match channel {
            Channel::Chat(service) => !self.hub.has_service(service),
            Channel::Meta(_) | Channel::Unknown | Channel::Malformed => true,
        });
        let reply = match refused {
            None if names.is_empty() => Reply::refused(message, "400::No subscription"),
            None => Reply::done(message),
            Some(channel) => Reply::refused(message, refusal(channel)),
        };
        self.say(Reply { subscription: message.subscription.as_ref(), ..reply }.into_text());
    }

    async fn disconnect(&mut self, seat: &Arc<Seat>, message: &Incoming) {
        // What it asked for before is carried out before.
        let _turn = seat.turn.lock().await;
        self.so_far.replies.extend(seat.take_last());
        seat.say_farewell(message.seen());
        self.hub.forget(seat);
        seat.has_left().await;
        self.say(Reply::done(message).into_text());
    }

    /// The client, if it is known, and comes from the browser that shook hands.
    fn seat_of(&self, message: &Incoming) -> Option<Arc<Seat>> {
        let seat = self.hub.find(message.client_id.as_deref()?)?;
        let is_trusted = self.hub.reception.section().trust_client_session
            || self.bringer.may_speak_for(seat.browser.as_deref());
        is_trusted.then_some(seat)
    }

    /// Some clients open a socket before they shake hands over HTTP. Without the cookie that they get
    /// there, a balancer leads it anywhere; the next one, with the cookie, goes the right way.
    fn is_astray(&self, message: &Incoming) -> bool {
        let is_socket_of_nobody =
            self.bringer.carrier != Carrier::Polling && self.bringer.browser.is_none();
        let id = message.client_id.as_deref().unwrap_or_default();
        is_socket_of_nobody && self.hub.is_new(id)
    }

    fn socket(&self) -> u64 {
        match self.bringer.carrier {
            Carrier::Socket(number) => number,
            Carrier::Polling => NO_SOCKET,
        }
    }

    fn types(&self) -> Vec<&'static str> {
        let mut types = vec![WEBSOCKET, LONG_POLLING];
        if self.hub.reception.section().callback_polling {
            types.push(CALLBACK_POLLING);
        }
        types
    }
}

fn refusal(channel: Channel<'_>) -> &'static str {
    match channel {
        Channel::Malformed => "400::Not the name of a channel",
        Channel::Meta(_) => "403::Not for clients",
        Channel::Chat(_) | Channel::Unknown => "404::Unknown channel",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_may_have_no_cookie_and_nobody_may_have_that_of_another_browser() {
        let may = |cookie: Option<&str>, carrier: Carrier, browser: Option<&str>| {
            let bringer = Bringer { browser: cookie.map(str::to_owned), carrier, address: None };
            bringer.may_speak_for(browser)
        };

        for carrier in [Carrier::Polling, Carrier::Socket(1)] {
            assert!(may(Some("a"), carrier, Some("a")) && may(Some("a"), carrier, None));
            assert!(may(None, carrier, None));
            assert!(!may(Some("b"), carrier, Some("a")));
        }
        assert!(may(None, Carrier::Socket(1), Some("a")));
        assert!(!may(None, Carrier::Polling, Some("a")));
    }
}
