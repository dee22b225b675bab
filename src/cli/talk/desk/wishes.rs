//! What an agent wishes, as requests: those for a chat wait in its outbox, those of the moment go out
//! at once or not at all. Pure.

use crate::base::UserData;
use crate::cli::talk::desk::{Asked, Deed, Desk, MEDIA, note};
use crate::cli::talk::line::AgentWish;
use crate::edge::agent::wire::frame::Invite;
use crate::edge::agent::wire::request::{
    AfterAction, Message, NotReady, NoticeType, Notify, OneMedia, Reject, Release, Request,
};
use crate::edge::agent::wire::{MediaState, Visibility};

impl Desk {
    /// Takes a wish of the agent.
    pub fn wish(&mut self, wish: AgentWish) -> Vec<Deed> {
        match wish {
            AgentWish::Say(text) => self.say(text, Visibility::All),
            AgentWish::Whisper(text) => self.say(text, Visibility::Int),
            AgentWish::Type => self.notify_typing(),
            AgentWish::Accept => match self.invitations.first() {
                Some(invite) => vec![self.accept(invite.ticket)],
                None => note("there is no invitation"),
            },
            AgentWish::Reject(reason) => match self.invitations.first() {
                Some(Invite { ticket, .. }) => {
                    let ticket = *ticket;
                    self.invitations.retain(|one| one.ticket != ticket);
                    self.ask_now(Request::Reject(Reject { ticket, reason }))
                }
                None => note("there is no invitation"),
            },
            AgentWish::Switch(number) if self.chats.contains_key(&number) => {
                self.current = Some(number);
                note(&format!("you speak in chat #{number}"))
            }
            AgentWish::Switch(number) => note(&format!("there is no chat #{number}")),
            AgentWish::Leave(after) => match self.current {
                Some(number) => self.leave(number, after),
                None => note("you are in no chat"),
            },
            AgentWish::Ready => {
                self.readiness = (MediaState::Ready, String::new());
                self.ask_now(Request::Ready(OneMedia { media: MEDIA.to_owned() }))
            }
            AgentWish::NotReady(reason) => {
                self.readiness = (MediaState::NotReady, reason.clone());
                self.ask_now(Request::NotReady(NotReady { media: MEDIA.to_owned(), reason }))
            }
            AgentWish::Quit => self.quit(),
        }
    }

    fn say(&mut self, text: String, visibility: Visibility) -> Vec<Deed> {
        self.put(|session_id, message_id| {
            let message_id = Some(message_id);
            Request::Message(Message {
                session_id,
                message_id,
                text,
                visibility,
                ..Message::default()
            })
        })
    }

    /// Puts a request into the outbox of the chat that is spoken in.
    fn put(&mut self, request: impl FnOnce(String, String) -> Request) -> Vec<Deed> {
        let name = self.new_name();
        let chat = self.current.and_then(|number| self.chats.get_mut(&number));
        let Some(chat) = chat else { return note("you are in no chat; that was not said") };
        chat.outbox.push_back(request(chat.session.clone(), name));
        self.flush()
    }

    /// Typing is of the moment: it is not kept for later.
    fn notify_typing(&mut self) -> Vec<Deed> {
        let chat = self.current.and_then(|number| self.chats.get(&number));
        let Some(chat) = chat.filter(|chat| chat.user_id.is_some()) else {
            return note("you are in no chat");
        };
        self.ask_now(Request::Notify(Notify {
            session_id: chat.session.clone(),
            message_id: None,
            notice_type: NoticeType::TypingStarted,
            text: None,
            message_type: None,
            visibility: Visibility::All,
            receiver_id: None,
            user_data: UserData::default(),
            event_attributes: UserData::default(),
        }))
    }

    fn leave(&mut self, number: usize, after_action: AfterAction) -> Vec<Deed> {
        let name = self.new_name();
        if let Some(chat) = self.chats.get_mut(&number) {
            chat.outbox.push_back(Request::Release(Release {
                session_id: chat.session.clone(),
                message_id: Some(name),
                user_id: None,
                after_action,
                text: None,
            }));
        }
        self.flush()
    }

    /// Leaves every chat when all is said, then logs out.
    fn quit(&mut self) -> Vec<Deed> {
        if std::mem::replace(&mut self.is_quitting, true) {
            return Vec::new();
        }
        let numbers: Vec<usize> = self.chats.keys().copied().collect();
        let mut deeds: Vec<Deed> = numbers
            .into_iter()
            .flat_map(|number| self.leave(number, AfterAction::CloseIfNoAgents))
            .collect();
        deeds.extend(self.flush());
        deeds
    }

    /// A request that is worth nothing on a later connection.
    fn ask_now(&mut self, request: Request) -> Vec<Deed> {
        if self.is_online {
            vec![self.send(request, Asked::Other)]
        } else {
            note("there is no connection at the moment")
        }
    }
}
