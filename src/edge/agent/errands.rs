//! What a client wishes of a session it attends: each frame becomes a wish or a look, and its answer
//! a frame.

use super::attendance::{Attendance, Work};
use super::chat_frames::{self, NoticeKind};
use super::entry;
use super::outbox::Disconnected;
use super::refuse::{NO_SUCH_USER, Refused};
use super::show::{Show, frames_of};
use super::wire::{Ack, Frame, Ref, Request, request};
use crate::base::{ParticipantId, ThingId, UserId};
use crate::chat::event::EventId;
use crate::chat::look::Shown;
use crate::chat::{self, Answer, Command, Look, Sight};

impl Attendance {
    /// Carries a frame out and answers it.
    pub(super) async fn work(
        &mut self,
        Work { reference, mut request }: Work,
    ) -> Result<(), Disconnected> {
        request.take_key(|own| self.visitor.handles.key_for(own));
        let answered = match request {
            Request::Transcript(wish) => return self.transcript(reference, &wish).await,
            Request::Join(join) => self.join_again(&join),
            Request::Message(wish) => self.message(wish).await,
            Request::Notify(wish) => self.notify(wish).await,
            Request::Release(wish) => self.release(wish).await,
            Request::UpdateData(wish) => {
                let change = chat_frames::change_data(self.who, wish);
                self.perform(Command::ChangeData(change)).await
            }
            Request::HandToBot(wish) => self.hand_to_bot(wish).await,
            Request::TakeFromBot(wish) => {
                self.perform(chat_frames::take_from_bot(self.who, wish)).await
            }
            // Everything else is not for a session, and never comes here.
            Request::Register(_)
            | Request::AgentLogin(_)
            | Request::AgentLogout(_)
            | Request::AddMedia(_)
            | Request::RemoveMedia(_)
            | Request::Ready(_)
            | Request::NotReady(_)
            | Request::ChangeMediaStateReason(_)
            | Request::DoNotDisturbOn(_)
            | Request::DoNotDisturbOff(_)
            | Request::ChangeAgentState(_)
            | Request::Accept(_)
            | Request::Reject(_)
            | Request::Transfer(_)
            | Request::Conference(_)
            | Request::Consult(_)
            | Request::Intrude(_)
            | Request::WithdrawInvitation(_)
            | Request::Assign(_)
            | Request::KeepWaiting(_)
            | Request::PlaceOnHold(_)
            | Request::EndWaiting(_)
            | Request::LeaveInteraction(_)
            | Request::StopProcessing(_)
            | Request::PlaceInQueue(_)
            | Request::PlaceInWorkbin(_)
            | Request::Pull(_)
            | Request::GetWorkbinContent(_)
            | Request::GetInteractionProperties(_)
            | Request::FindInteractions(_)
            | Request::WorkbinNotifications(_)
            | Request::ChangeProperties(_)
            | Request::Submit(_)
            | Request::Ping(_)
            | Request::Pong(_) => Err(Refused::new(400, "not for a session")),
        };
        let frame = match answered {
            Ok(ack) => {
                let session_id = Some(self.session.0.clone());
                Frame::Ack(Ack { reference, session_id, ..ack })
            }
            Err(refused) => refused.into_frame(reference, Some(&self.session.0)),
        };
        self.visitor.out.send(frame).await
    }

    /// A joining of a session that this connection attends already.
    fn join_again(&self, join: &request::Join) -> Result<Ack, Refused> {
        if join.message_id.is_none() || join.message_id != self.joined_with {
            return Err(Refused::new(409, "you are in the session already"));
        }
        let (user_id, participant_id) = (Some(self.user_id.clone()), Some(self.who.0));
        Ok(Ack { user_id, participant_id, duplicate: true, ..Ack::default() })
    }

    async fn message(&self, wish: request::Message) -> Result<Ack, Refused> {
        let receiver = self.receiver(wish.receiver_id.as_deref()).await?;
        self.perform(Command::Say(chat_frames::say(self.who, receiver, wish))).await
    }

    async fn notify(&self, wish: request::Notify) -> Result<Ack, Refused> {
        let receiver = self.receiver(wish.receiver_id.as_deref()).await?;
        match chat_frames::notice_kind(&wish)? {
            NoticeKind::Stored(notice) => {
                let notify = chat_frames::notify(self.who, receiver, notice, wish);
                self.perform(Command::Notify(notify)).await
            }
            NoticeKind::Live(typing) => {
                self.check_preview(&wish)?;
                let at = self.visitor.handles.now();
                let notice = chat_frames::live_notice(self.who, receiver, typing, (at, wish));
                self.look(Look::Type(notice)).await?;
                Ok(Ack::default())
            }
        }
    }

    /// What is being typed is no longer than what can be said.
    fn check_preview(&self, wish: &request::Notify) -> Result<(), Refused> {
        let most = self.visitor.handles.chat_policy.longest_text;
        match wish.text.as_ref().map(String::len) {
            Some(got) if most < got => Err(chat::Rejection::TextTooLong { got, most }.into()),
            Some(_) | None => Ok(()),
        }
    }

    async fn release(&self, wish: request::Release) -> Result<Ack, Refused> {
        entry::check_releasing(&self.visitor, &self.session, (&self.user_id, &wish)).await?;
        let who = self.receiver(wish.user_id.as_deref()).await?.unwrap_or(self.who);
        self.perform(Command::Leave(chat_frames::leave(self.who, who, wish))).await
    }

    /// A bot that comes is a participant, whom the answer names.
    async fn hand_to_bot(&self, wish: request::HandToBot) -> Result<Ack, Refused> {
        let handles = &self.visitor.handles;
        let command = chat_frames::hand_to_bot(handles, self.who, wish)?;
        let answer = self.carry_out(command).await?;
        let event_id = Some(EventId::of(answer.position).0);
        let participant_id = answer.participant.map(|who| who.0);
        Ok(Ack { event_id, participant_id, duplicate: answer.repeated, ..Ack::default() })
    }

    async fn transcript(
        &mut self,
        reference: Option<Ref>,
        wish: &request::Transcript,
    ) -> Result<(), Disconnected> {
        let seen = EventId(wish.last_event_id).min(EventId(u64::MAX - 1));
        let look = Look::Show(self.viewpoint(seen));
        let Shown { view, names, .. } = match self.look(look).await.map(Sight::shown) {
            Ok(Some(shown)) => shown,
            Ok(None) => return self.refuse_all().await.into_result(),
            Err(refused) => {
                let frame = refused.into_frame(reference, Some(&self.session.0));
                return self.visitor.out.send(frame).await;
            }
        };
        let show = Show {
            lines: &view.lines,
            upto: EventId(view.next.0.saturating_sub(1)),
            is_over: view.is_over,
            is_monitored: Some(view.is_monitored),
        };
        for frame in
            frames_of(&self.session, &names, (EventId::default(), &show), reference.as_ref())
        {
            self.visitor.out.send(Frame::SessionInfo(frame)).await?;
        }
        Ok(())
    }

    async fn receiver(&self, name: Option<&str>) -> Result<Option<ParticipantId>, Refused> {
        let Some(name) = name.map(UserId::from) else { return Ok(None) };
        let found = self.look(Look::Named { name, viewer: self.who }).await?.participant();
        let unknown = || Refused::new(NO_SUCH_USER, "there is no such user in the session");
        found.ok_or_else(unknown).map(Some)
    }

    /// Of a session that is over, what was carried out before its end is answered as it was.
    async fn carry_out(&self, command: Command) -> Result<Answer, Refused> {
        let (sessions, thing) = (&self.visitor.handles.sessions, ThingId::from(&self.session));
        let answered = sessions.perform(&thing, command.clone()).await;
        Ok(sessions.recall_if_closed(answered, (&thing, command)).await?)
    }

    async fn perform(&self, command: Command) -> Result<Ack, Refused> {
        let answer = self.carry_out(command).await?;
        let event_id = Some(EventId::of(answer.position).0);
        Ok(Ack { event_id, duplicate: answer.repeated, ..Ack::default() })
    }

    pub(super) async fn look(&self, look: Look) -> Result<Sight, Refused> {
        let thing = ThingId::from(&self.session);
        Ok(self.visitor.handles.sessions.look(&thing, look).await?)
    }
}
