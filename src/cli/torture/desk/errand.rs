//! What an agent asks of the server, and the frames for it.

use super::{Desk, MEDIA};
use crate::cli::torture::check::{Author, Sight};
use crate::edge::agent::wire::request::{
    Accept, AddMedia, AfterAction, AgentLogin, Join, Message, Register, Release, Request, Resume,
    StopProcessing, Transcript,
};
use crate::edge::agent::wire::{MediaState, Visibility};

const CLIENT_VERSION: u16 = 106;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    Register,
    Login,
    Accept(u64, String),
    Join(String),
    Say(String, u32),
    Transcript(String),
    Release(String),
    Stop(String),
}

impl Errand {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::Accept(..) => "accept",
            Self::Join(_) => "join",
            Self::Say(..) => "message",
            Self::Transcript(_) => "transcript",
            Self::Release(_) => "release",
            Self::Stop(_) => "stop",
        }
    }

    pub fn session(&self) -> Option<&str> {
        match self {
            Self::Register | Self::Login => None,
            Self::Accept(_, session)
            | Self::Join(session)
            | Self::Say(session, _)
            | Self::Transcript(session)
            | Self::Release(session)
            | Self::Stop(session) => Some(session),
        }
    }
}

impl Desk {
    /// The frame for an errand; nothing if there is no use in it any more.
    pub(super) fn request(&self, errand: &Errand) -> Option<Request> {
        Some(match errand {
            Errand::Register => self.register(),
            Errand::Login => {
                let (media, state) = (MEDIA.to_owned(), MediaState::Ready);
                let media = vec![AddMedia { media, state, reason: None }];
                Request::AgentLogin(AgentLogin { place: None, media })
            }
            Errand::Accept(ticket, _) => Request::Accept(Accept { ticket: *ticket }),
            Errand::Join(session) => self.join(session)?,
            Errand::Say(session, cseq) => self.say(session, *cseq)?,
            Errand::Transcript(session) => {
                self.is_in(session)?;
                let session_id = session.clone();
                Request::Transcript(Transcript { session_id, last_event_id: 0 })
            }
            Errand::Release(session) => self.release(session),
            Errand::Stop(session) => Request::StopProcessing(StopProcessing {
                interaction_id: session.clone(),
                reason: "the end".to_owned(),
            }),
        })
    }

    fn register(&self) -> Request {
        let sessions = self.resumed();
        let resume = self.token.clone().map(|token| Resume { token, sessions });
        Request::Register(Register {
            client_name: Some("holdfast torture".to_owned()),
            client_version: Some(CLIENT_VERSION),
            resume,
            ..Register::default()
        })
    }

    fn join(&self, session: &str) -> Option<Request> {
        let room = self.rooms.get(session);
        if room.is_some_and(|room| room.user_id.is_some() || room.is_over) {
            return None;
        }
        // Coming again is another request than the coming before.
        let n_times = room.map_or(0, |room| room.n_times);
        Some(Request::Join(Box::new(Join {
            session_id: Some(session.to_owned()),
            message_id: Some(format!("t-{}-join-{n_times}", self.world.run)),
            ..Join::default()
        })))
    }

    fn say(&self, session: &str, cseq: u32) -> Option<Request> {
        self.is_in(session)?;
        let word = (Author::Agent, cseq);
        let (text, mark) = self.world.text(session, word)?;
        let now = self.world.now();
        self.world.note(session, |record| record.sent(word.0, cseq, now));
        let visibility = match mark.sight {
            Sight::All => Visibility::All,
            Sight::Agents => Visibility::Int,
            Sight::Supervisors => Visibility::Vip,
        };
        Some(Request::Message(Message {
            session_id: session.to_owned(),
            message_id: Some(mark.key),
            text,
            visibility,
            ..Message::default()
        }))
    }

    fn release(&self, session: &str) -> Request {
        let now = self.world.now();
        self.world.note(session, |record| {
            record.history.goodbyes.entry(Author::Agent).or_insert(now);
        });
        Request::Release(Release {
            session_id: session.to_owned(),
            message_id: Some(format!("t-{}-release", self.world.run)),
            user_id: None,
            after_action: AfterAction::ForceClose,
            text: None,
        })
    }

    fn is_in(&self, session: &str) -> Option<()> {
        self.rooms.get(session)?.user_id.as_ref().map(|_| ())
    }
}
