//! What an account may ask for. Looked at in one place, before a request goes anywhere.

use super::finds;
use super::refuse::Refused;
use super::wire::request::{AddMedia, AfterAction, VisibilityMode, Workbin};
use super::wire::{Request, Visibility};
use super::workbins::{has_owner, is_own};
use crate::base::AgentId;
use crate::chat::Role;
use crate::config::field::Choice;
use crate::config::{Agent, AgentRole, Config, Privilege};
use crate::interaction::By;
use crate::interaction::views::InteractionView;

const CHAT: &str = "chat";

/// Whether somebody who came in this role may ask for this.
pub fn check(
    (agent, role): (&AgentId, Role),
    config: &Config,
    request: &Request,
) -> Result<(), Refused> {
    if let Some(needed) = needed((agent, config), request)
        && !has(config, (agent, role), needed)
    {
        return Err(lacking(needed));
    }
    check_target(config, request)
}

/// As whom somebody moves, changes and stops interactions.
pub fn hand_of(agent: &AgentId, role: Role, config: &Config) -> By {
    if has(config, (agent, role), Privilege::ActOnWaiting) {
        By::Supervisor(agent.clone())
    } else {
        By::Agent(agent.clone())
    }
}

/// Whether somebody may see an interaction: he has it, or may look for any.
pub fn may_see(
    (agent, role): (&AgentId, Role),
    config: &Config,
    view: &InteractionView,
) -> Result<(), Refused> {
    let needed = Privilege::FindInteractions;
    if finds::has(agent, view) || has(config, (agent, role), needed) {
        return Ok(());
    }
    Err(lacking(needed))
}

pub fn lacking(needed: Privilege) -> Refused {
    Refused::new(403, format!("you lack the privilege {}", needed.word()))
}

/// Whether an account that came in this role has a privilege.
pub fn has(config: &Config, (agent, role): (&AgentId, Role), privilege: Privilege) -> bool {
    let account = config.agents.get(&agent.0);
    if account.is_some_and(|account| account.is_reporting) {
        return false;
    }
    let own = account.and_then(|account| account.privileges.as_ref());
    let of_role = match role {
        Role::Supervisor => &config.privileges.supervisor,
        Role::Agent | Role::Client | Role::External | Role::System => &config.privileges.agent,
    };
    own.unwrap_or(of_role).contains(&privilege)
}

/// Whoever is asked to look on unseen must be able to, and what is laid in a workbin must be found.
fn check_target(config: &Config, request: &Request) -> Result<(), Refused> {
    if let Request::PlaceInWorkbin(place) = request {
        has_owner(config, &place.workbin)?;
    }
    let Request::Conference(wish) = request else { return Ok(()) };
    if wish.visibility_mode != VisibilityMode::Monitor {
        return Ok(());
    }
    let as_supervisor = |account: &Agent| {
        let target = (&AgentId(wish.agent.clone()), Role::Supervisor);
        account.role == AgentRole::Supervisor && has(config, target, Privilege::Monitor)
    };
    if config.agents.get(&wish.agent).is_some_and(as_supervisor) {
        return Ok(());
    }
    Err(Refused::new(403, format!("agent '{}' may not monitor", wish.agent)))
}

/// The privilege that a request takes, if not everybody may ask for it.
fn needed(own: (&AgentId, &Config), request: &Request) -> Option<Privilege> {
    match request {
        Request::AgentLogin(login) => login.media.iter().any(is_chat).then_some(Privilege::UseChat),
        Request::AddMedia(add) => is_chat(add).then_some(Privilege::UseChat),
        // What else it takes depends on whose chat it is: see `entry`.
        Request::Join(join) => Some(match join.visibility {
            Visibility::All | Visibility::Int => Privilege::UseChat,
            Visibility::Vip => Privilege::Monitor,
        }),
        Request::Release(release) => {
            let ends_it = release.after_action != AfterAction::KeepAlive;
            (ends_it || release.user_id.is_some()).then_some(Privilege::Release)
        }
        Request::Intrude(wish) => Some(match wish.visibility_mode {
            VisibilityMode::Conference => Privilege::BargeIn,
            VisibilityMode::Coach => Privilege::Coach,
            VisibilityMode::Monitor => Privilege::Monitor,
        }),
        Request::KeepWaiting(_) | Request::PlaceOnHold(_) => Some(Privilege::PlaceOnHold),
        Request::Pull(pull) => match &pull.workbin {
            None => Some(Privilege::PullFromQueues),
            Some(workbin) => of_others(own, workbin),
        },
        Request::Assign(_) => Some(Privilege::ActOnWaiting),
        Request::ChangeAgentState(_) => Some(Privilege::ChangeStateOfOthers),
        Request::FindInteractions(_) => Some(Privilege::FindInteractions),
        Request::GetWorkbinContent(wish) => of_others(own, &wish.workbin),
        Request::WorkbinNotifications(wish) => of_others(own, &wish.workbin),
        Request::Register(_)
        | Request::AgentLogout(_)
        | Request::RemoveMedia(_)
        | Request::Ready(_)
        | Request::NotReady(_)
        | Request::ChangeMediaStateReason(_)
        | Request::DoNotDisturbOn(_)
        | Request::DoNotDisturbOff(_)
        | Request::Accept(_)
        | Request::Reject(_)
        | Request::Transfer(_)
        | Request::Conference(_)
        | Request::Consult(_)
        | Request::WithdrawInvitation(_)
        | Request::EndWaiting(_)
        | Request::LeaveInteraction(_)
        | Request::StopProcessing(_)
        | Request::PlaceInQueue(_)
        | Request::PlaceInWorkbin(_)
        // What is seen by it depends on who has it: see [`may_see`].
        | Request::GetInteractionProperties(_)
        | Request::ChangeProperties(_)
        | Request::Submit(_)
        | Request::Message(_)
        | Request::Notify(_)
        | Request::UpdateData(_)
        | Request::HandToBot(_)
        | Request::TakeFromBot(_)
        | Request::Transcript(_)
        | Request::Ping(_)
        | Request::Pong(_) => None,
    }
}

fn of_others((own, config): (&AgentId, &Config), workbin: &Workbin) -> Option<Privilege> {
    (!is_own(own, config, workbin)).then_some(Privilege::PullFromWorkbins)
}

fn is_chat(add: &AddMedia) -> bool {
    add.media == CHAT
}

#[cfg(test)]
mod tests {
    use super::super::wire::RequestFrame;
    use super::*;
    use serde_json::{Value, json};

    /// Each request that takes a privilege, and who has it by default.
    fn table() -> Vec<(Value, Privilege, [bool; 2])> {
        let login = json!({"type": "agentLogin", "media": [{"media": "chat", "state": "ready"}]});
        let add = json!({"type": "addMedia", "media": "chat", "state": "ready"});
        let join = |visibility: &str| json!({"type": "join", "visibility": visibility});
        let release =
            |after: &str| json!({"type": "release", "sessionId": "1", "afterAction": after});
        let remove = json!({"type": "release", "sessionId": "1", "userId": "2"});
        let intrude =
            |mode: &str| json!({"type": "intrude", "interactionId": "1", "visibilityMode": mode});
        let hold = json!({"type": "hold", "interactionId": "1"});
        let place_on_hold = json!({"type": "placeOnHold", "interactionId": "1"});
        let find = json!({"type": "findInteractions", "queue": "mail"});
        let assign = json!({"type": "assign", "interactionId": "1", "agent": "bob"});
        let state = json!({
            "type": "changeAgentState", "agent": "bob", "media": "chat", "state": "ready"
        });
        let bobs = json!({"name": "drafts", "agent": "bob"});
        let at_place = json!({"name": "drafts", "place": "desk-12"});
        let of_others = json!({"name": "drafts", "group": "support"});
        let pull = |workbin: Option<&Value>| json!({"type": "pull", "interactionId": "1", "workbin": workbin});
        let content = |workbin: &Value| json!({"type": "getWorkbinContent", "workbin": workbin});
        let follow = |workbin: &Value| json!({"type": "workbinNotifications", "workbin": workbin, "on": true});
        vec![
            (login, Privilege::UseChat, [true, true]),
            (add, Privilege::UseChat, [true, true]),
            (join("ALL"), Privilege::UseChat, [true, true]),
            (join("INT"), Privilege::UseChat, [true, true]),
            (join("VIP"), Privilege::Monitor, [false, true]),
            (release("CloseIfNoAgents"), Privilege::Release, [true, true]),
            (release("ForceClose"), Privilege::Release, [true, true]),
            (remove, Privilege::Release, [true, true]),
            (intrude("Conference"), Privilege::BargeIn, [false, true]),
            (intrude("Coach"), Privilege::Coach, [false, true]),
            (intrude("Monitor"), Privilege::Monitor, [false, true]),
            (hold, Privilege::PlaceOnHold, [true, true]),
            (place_on_hold, Privilege::PlaceOnHold, [true, true]),
            (find, Privilege::FindInteractions, [false, true]),
            (assign, Privilege::ActOnWaiting, [false, true]),
            (state, Privilege::ChangeStateOfOthers, [false, true]),
            (pull(None), Privilege::PullFromQueues, [false, true]),
            (pull(Some(&bobs)), Privilege::PullFromWorkbins, [true, true]),
            (content(&bobs), Privilege::PullFromWorkbins, [true, true]),
            (follow(&at_place), Privilege::PullFromWorkbins, [true, true]),
            (content(&of_others), Privilege::PullFromWorkbins, [true, true]),
        ]
    }

    /// Requests that everybody may make.
    fn free() -> Vec<Value> {
        vec![
            json!({"type": "agentLogin", "media": [{"media": "email", "state": "ready"}]}),
            json!({"type": "addMedia", "media": "email", "state": "ready"}),
            json!({"type": "ready", "media": "chat"}),
            json!({"type": "accept", "ticket": 1}),
            json!({"type": "doNotDisturbOn"}),
            json!({"type": "changeMediaStateReason", "media": "chat", "reason": "lunch"}),
            json!({"type": "transfer", "interactionId": "1", "agent": "bob"}),
            json!({"type": "conference", "interactionId": "1", "agent": "bob"}),
            json!({"type": "consult", "interactionId": "1", "queue": "second-level"}),
            json!({"type": "withdrawInvitation", "ticket": 1}),
            json!({"type": "leaveInteraction", "interactionId": "1"}),
            json!({"type": "release", "sessionId": "1"}),
            json!({"type": "placeInWorkbin", "interactionId": "1", "workbin": {"name": "drafts"}}),
            json!({"type": "pull", "interactionId": "1", "workbin": {"name": "drafts"}}),
            json!({"type": "getWorkbinContent", "workbin": {"name": "drafts", "agent": "ada"}}),
            json!({"type": "getWorkbinContent", "workbin": {"name": "drafts", "group": "sales"}}),
            json!({
                "type": "placeInWorkbin", "interactionId": "1",
                "workbin": {"name": "drafts", "group": "support"}
            }),
        ]
    }

    #[test]
    fn each_request_is_open_to_the_roles_that_have_its_privilege() {
        let config = config();
        for (frame, privilege, allowed) in table() {
            let request = request(&frame);
            assert_eq!(needed((&"ada".into(), &config), &request), Some(privilege), "{frame}");
            let may = [("ada", Role::Agent), ("sue", Role::Supervisor)]
                .map(|(name, role)| check((&name.into(), role), &config, &request).is_ok());
            assert_eq!(may, allowed, "{frame}");
        }
    }

    #[test]
    fn what_takes_no_privilege_is_open_to_an_account_without_any() {
        let mut config = config();
        for account in config.agents.values_mut() {
            account.privileges = Some(vec![]);
        }
        for frame in free() {
            let may = check((&"ada".into(), Role::Agent), &config, &request(&frame));
            assert_eq!(may, Ok(()), "{frame}");
        }
        for (frame, privilege, _) in table() {
            let no = check((&"sue".into(), Role::Supervisor), &config, &request(&frame));
            assert!(no.unwrap_err().text.ends_with(privilege.word()), "{frame}");
        }
    }

    #[test]
    fn a_supervisor_who_comes_as_an_agent_has_the_privileges_of_one() {
        let config = config();
        let intrude = json!({"type": "intrude", "interactionId": "1", "visibilityMode": "Coach"});

        assert!(check((&"sue".into(), Role::Agent), &config, &request(&intrude)).is_err());
    }

    #[test]
    fn nothing_is_laid_where_nobody_would_find_it() {
        let config = config();
        for (owner, name) in [("agent", "zoe"), ("group", "nobody")] {
            let wish = json!({
                "type": "placeInWorkbin", "interactionId": "1",
                "workbin": {"name": "drafts", owner: name}
            });
            let no = check((&"ada".into(), Role::Agent), &config, &request(&wish)).unwrap_err();
            assert_eq!(no.code, 404, "{}", no.text);
        }
    }

    #[test]
    fn only_who_may_monitor_is_invited_to_it() {
        let config = config();
        let invite = |agent: &str| {
            let wish = json!({
                "type": "conference", "interactionId": "1", "agent": agent,
                "visibilityMode": "Monitor"
            });
            check((&"ada".into(), Role::Agent), &config, &request(&wish))
        };

        assert_eq!(invite("sue"), Ok(()));
        assert_eq!(invite("bob").unwrap_err().text, "agent 'bob' may not monitor");
    }

    fn config() -> Config {
        let mut config = Config::default();
        let accounts =
            [("ada", AgentRole::Agent), ("bob", AgentRole::Agent), ("sue", AgentRole::Supervisor)];
        for (name, role) in accounts {
            let groups = match name {
                "ada" => vec!["sales".to_owned()],
                "bob" => vec!["support".to_owned()],
                _ => vec![],
            };
            config.agents.insert(name.into(), Agent { role, groups, ..Agent::default() });
        }
        config
    }

    fn request(frame: &Value) -> Request {
        serde_json::from_value::<RequestFrame>(frame.clone()).unwrap().request
    }
}
