//! What a known customer asks of his session: forms into commands, and looks.

use crate::chat::command::{AfterAction, ChangeData, Leave, NoticeWish, Notify, Once, Say};
use crate::chat::live::Typing;
use crate::chat::look::{Look, TypingSign};
use crate::chat::transcript::From;
use crate::chat::{Command, EventId, Visibility};
use crate::edge::rest_v2::chat::{look, perform_and_look};
use crate::edge::rest_v2::fault::{Fault, LOGGED_OUT, NO_NAME};
use crate::edge::rest_v2::form::{
    Form, MESSAGE, MESSAGE_TYPE, NICKNAME, POSITION, PUSH_URL, Wanted,
};
use crate::edge::rest_v2::keys::Bearer;
use crate::edge::rest_v2::reception::{Caller, Reception};
use crate::edge::rest_v2::reply::Outcome;
use crate::edge::rest_v2::route::Operation;

/// Carries out everything but the creation.
pub async fn operate(
    reception: &Reception,
    operation: Operation,
    caller: &Caller,
    form: &Form,
    key: Option<String>,
) -> Result<Outcome, Fault> {
    operate_and_look(reception, operation, caller, form, key).await.map(|(outcome, _)| outcome)
}

/// The same, and whether the session is dormant then.
pub async fn operate_and_look(
    reception: &Reception,
    operation: Operation,
    caller: &Caller,
    form: &Form,
    key: Option<String>,
) -> Result<(Outcome, bool), Fault> {
    let bearer = &caller.bearer;
    let (from, typing) = (shown(operation, form)?, typing(reception, operation, form)?);
    let once = Once { id: key.unwrap_or_else(|| reception.handles.new_session_id().0) };
    let needs_presence = typing.is_some() && operation != Operation::Refresh;
    let wish = Look::Poll { who: bearer.participant, from, typing };
    let (handles, session) = (&reception.handles, &bearer.session);
    let (is_repeated, sight) = match command(operation, bearer, form, once)? {
        Some(command) => {
            let (answer, sight) = perform_and_look(handles, session, command, wish).await?;
            (answer.repeated, sight)
        }
        None => (false, look(handles, session, wish).await?),
    };
    if needs_presence && sight.view.is_over {
        return Err(Fault::out(LOGGED_OUT, "the participant has left the session"));
    }
    Ok((Outcome { view: sight.view, is_repeated }, sight.is_dormant))
}

/// What of the transcript goes into the answer. `readReceipt` means something else by the position.
fn shown(operation: Operation, form: &Form) -> Result<From, Fault> {
    match operation {
        Operation::Refresh => Ok(form.view_from()?.unwrap_or(From::Id(EventId(1)))),
        Operation::ReadReceipt => Ok(From::Nowhere),
        Operation::Create
        | Operation::Send
        | Operation::StartTyping
        | Operation::StopTyping
        | Operation::UpdateNickname
        | Operation::PushUrl
        | Operation::UpdateData
        | Operation::CustomNotice
        | Operation::Disconnect => Ok(form.view_from()?.unwrap_or(From::Nowhere)),
    }
}

fn typing(
    reception: &Reception,
    operation: Operation,
    form: &Form,
) -> Result<Option<TypingSign>, Fault> {
    let preview = form.text(MESSAGE);
    let typing = match operation {
        Operation::StartTyping => Typing::Started,
        // What stands in the field while the client asks for news is being typed.
        Operation::Refresh if preview.is_some() => Typing::Started,
        Operation::StopTyping => Typing::Stopped,
        Operation::Create
        | Operation::Send
        | Operation::Refresh
        | Operation::ReadReceipt
        | Operation::UpdateNickname
        | Operation::PushUrl
        | Operation::UpdateData
        | Operation::CustomNotice
        | Operation::Disconnect => return Ok(None),
    };
    let policy = &reception.handles.chat_policy;
    if preview.as_ref().is_some_and(|text| policy.longest_text < text.len()) {
        return Err(Fault::too_long(policy.longest_text));
    }
    Ok(Some(TypingSign { typing, preview: preview.map(crate::chat::decide::clean_text) }))
}

/// The wish behind an operation; none if it only looks.
fn command(
    operation: Operation,
    bearer: &Bearer,
    form: &Form,
    once: Once,
) -> Result<Option<Command>, Fault> {
    let who = bearer.participant;
    let command = match operation {
        Operation::Send => Command::Say(Say {
            once: Some(once),
            who,
            visibility: Visibility::All,
            receiver: None,
            text: form.required(MESSAGE)?.to_owned(),
            message_type: form.text(MESSAGE_TYPE),
            treat_as: None,
            attributes: form.attributes()?,
        }),
        Operation::Disconnect => Command::Leave(Leave {
            once: Some(once),
            asker: who,
            who,
            after: AfterAction::KeepAlive,
            text: None,
        }),
        Operation::UpdateData => {
            if form.user_data.is_empty() {
                return Err(Fault::missing("userData[KEY]"));
            }
            let added = form.user_data.clone();
            Command::ChangeData(ChangeData { once: Some(once), who, added })
        }
        Operation::ReadReceipt
        | Operation::UpdateNickname
        | Operation::PushUrl
        | Operation::CustomNotice => Command::Notify(Notify {
            once: Some(once),
            who,
            visibility: Visibility::All,
            receiver: None,
            notice: notice(operation, form)?,
            attributes: form.attributes()?,
        }),
        Operation::Create | Operation::Refresh | Operation::StartTyping | Operation::StopTyping => {
            return Ok(None);
        }
    };
    Ok(Some(command))
}

fn notice(operation: Operation, form: &Form) -> Result<NoticeWish, Fault> {
    match operation {
        Operation::ReadReceipt => match form.wanted()? {
            Some(Wanted::From(number)) => Ok(NoticeWish::ReadConfirm(EventId(number))),
            Some(Wanted::LastOnly) => Ok(NoticeWish::ReadConfirm(EventId(u64::MAX))),
            None => Err(Fault::missing(POSITION)),
        },
        Operation::UpdateNickname => {
            let missing = || Fault::invalid(NO_NAME, "a nickname is needed");
            Ok(NoticeWish::Nickname(form.text(NICKNAME).ok_or_else(missing)?))
        }
        Operation::PushUrl => Ok(NoticeWish::PushUrl(form.required(PUSH_URL)?.to_owned())),
        Operation::Create
        | Operation::Send
        | Operation::Refresh
        | Operation::StartTyping
        | Operation::StopTyping
        | Operation::UpdateData
        | Operation::CustomNotice
        | Operation::Disconnect => Ok(NoticeWish::Custom {
            text: form.text(MESSAGE),
            message_type: form.text(MESSAGE_TYPE),
            data: form.user_data.clone(),
        }),
    }
}
