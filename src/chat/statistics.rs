//! What a session attaches to its interaction at its end: the guide's `csg_*` key-values, from the
//! numbers that its tally has folded.

use crate::base::{Millis, UserData};
use crate::chat::state::Session;

/// What is attached to the interaction when the session has ended.
pub fn attached(session: &Session, ended: Millis) -> UserData {
    let tally = &session.tally;
    let mut attached = UserData::default();
    let mut put = |key: &str, number: u64| {
        attached.set(key, i64::try_from(number).unwrap_or(i64::MAX));
    };
    put("csg_MessagesFromAgentsCount", tally.from_agents.n_messages);
    put("csg_MessagesFromAgentsSize", tally.from_agents.n_characters);
    put("csg_MessagesFromCustomersCount", tally.from_customers.n_messages);
    put("csg_MessagesFromCustomersSize", tally.from_customers.n_characters);
    put("csg_MessagesFromBotsCount", tally.from_bots.n_messages);
    put("csg_MessagesFromBotsSize", tally.from_bots.n_characters);
    put("csg_PartiesAsAgentCount", tally.agents.len() as u64);
    put("csg_PartiesAsCoachCount", tally.coaches.len() as u64);
    put("csg_PartiesAsMonitorCount", tally.monitors.len() as u64);
    put("csg_PartiesAsBotCount", tally.bots.len() as u64);
    let until = |at: Millis| at.since(session.started_at).as_secs();
    put("csg_SessionTotalTime", until(ended));
    put("csg_SessionUntilFirstAgentTime", tally.first_agent.map_or(0, until));
    put("csg_SessionUntilFirstBotTime", tally.first_bot.map_or(0, until));
    put("csg_SessionUntilFirstReplyTime", tally.first_reply.map_or(0, until));
    put("csg_SessionWithCustomerTime", tally.seconds_with_customer(ended));
    attach_traits(session, &mut attached);
    attach_ending(session, &mut attached);
    attached
}

fn attach_ending(session: &Session, attached: &mut UserData) {
    let Some(closing) = &session.closed else { return };
    attached.set("csg_SessionEndedBy", closing.by.name());
    attached.set("csg_SessionEndedReason", closing.reason.name());
    attached.set("csg_SessionEndedAgent", session.tally.agent_presence(closing.at).name());
}

/// What kind of session it was, from what it was started with.
fn attach_traits(session: &Session, attached: &mut UserData) {
    let Some(started) = &session.started else { return };
    attached.set("csg_MediaType", started.media_type.as_str());
    attached.set("csg_TenantId", started.tenant.as_str());
    let given = |key: &str| started.user_data.text(key);
    if let Some(language) = given("GCTI_LanguageName") {
        attached.set("csg_LanguageName", language);
    }
    if let Some(origin) = given("MediaOrigin") {
        attached.set("csg_MediaOrigin", origin);
    }
    let is_async = given("GCTI_Chat_AsyncMode").is_some_and(|mode| mode == "true");
    attached.set("csg_ChatAsyncMode", i64::from(is_async));
}

#[cfg(test)]
mod tests {
    use crate::base::{UserData, Value};
    use crate::chat::Command;
    use crate::chat::command::{AfterAction, Join, Say};
    use crate::chat::event::LeaveReason;
    use crate::chat::participant::Visibility;
    use crate::chat::testing::{Stage, agent, bot, coach, customer, start, supervisor};
    use std::time::Duration;

    #[test]
    fn everything_is_attached_under_the_names_of_the_guide() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.leave_with("bob", "bob", AfterAction::ForceClose).unwrap();

        let attached = stage.attached();
        let names: Vec<_> = attached.0.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "csg_ChatAsyncMode",
                "csg_MediaType",
                "csg_MessagesFromAgentsCount",
                "csg_MessagesFromAgentsSize",
                "csg_MessagesFromBotsCount",
                "csg_MessagesFromBotsSize",
                "csg_MessagesFromCustomersCount",
                "csg_MessagesFromCustomersSize",
                "csg_PartiesAsAgentCount",
                "csg_PartiesAsBotCount",
                "csg_PartiesAsCoachCount",
                "csg_PartiesAsMonitorCount",
                "csg_SessionEndedAgent",
                "csg_SessionEndedBy",
                "csg_SessionEndedReason",
                "csg_SessionTotalTime",
                "csg_SessionUntilFirstAgentTime",
                "csg_SessionUntilFirstBotTime",
                "csg_SessionUntilFirstReplyTime",
                "csg_SessionWithCustomerTime",
                "csg_TenantId",
            ]
        );
    }

    #[test]
    fn language_origin_and_mode_come_from_the_start() {
        let user_data = [
            ("GCTI_LanguageName", "English"),
            ("MediaOrigin", "web"),
            ("GCTI_Chat_AsyncMode", "true"),
        ];
        let user_data = user_data.into_iter().collect();
        let mut stage = Stage::empty();
        stage.join(Join { start: Some(Box::new(start())), user_data, ..customer("ann") }).unwrap();

        let attached = stage.attached();
        assert_eq!(attached.text("csg_LanguageName").as_deref(), Some("English"));
        assert_eq!(attached.text("csg_MediaOrigin").as_deref(), Some("web"));
        assert_eq!(attached.get("csg_ChatAsyncMode"), Some(&Value::Number(1)));
        assert_eq!(attached.text("csg_MediaType").as_deref(), Some("chat"));
        assert_eq!(attached.text("csg_TenantId").as_deref(), Some("Environment"));
    }

    #[test]
    fn messages_count_by_who_wrote_them_if_the_customer_sees_them() {
        let people = [customer("ann"), agent("bob"), bot("max"), coach("eve"), agent("carl")];
        let mut stage = Stage::with(&people);
        stage.say("ann", "grüße").unwrap();
        stage.say("bob", "hi").unwrap();
        stage.say("max", "beep").unwrap();
        stage.say("eve", "be nice").unwrap();
        let whisper = Say { visibility: Visibility::Int, ..stage.saying("bob", "hm") };
        stage.perform(Command::Say(whisper)).unwrap();
        let aside = Say { receiver: Some(stage.who("carl")), ..stage.saying("bob", "lunch?") };
        stage.perform(Command::Say(aside)).unwrap();
        let direct = Say { receiver: Some(stage.who("ann")), ..stage.saying("bob", "yes") };
        stage.perform(Command::Say(direct)).unwrap();

        let said = |who: &str| {
            (
                number(&stage, &format!("csg_MessagesFrom{who}Count")),
                number(&stage, &format!("csg_MessagesFrom{who}Size")),
            )
        };
        assert_eq!(said("Customers"), (1, 5));
        assert_eq!(said("Agents"), (2, 5));
        assert_eq!(said("Bots"), (1, 4));
    }

    #[test]
    fn people_count_once_however_often_they_come() {
        let monitor = supervisor("sue", Visibility::Vip);
        let people = [customer("ann"), agent("bob"), bot("max"), coach("eve"), monitor.clone()];
        let mut stage = Stage::with(&people);
        for again in [agent("bob"), bot("max"), coach("eve"), monitor] {
            stage.leave(&again.nickname);
            stage.join(again).unwrap();
        }
        let other_name = Join { nickname: "Bobby".into(), ..agent("bob") };
        stage.join(other_name).unwrap();

        for who in ["Agent", "Bot", "Coach", "Monitor"] {
            assert_eq!(number(&stage, &format!("csg_PartiesAs{who}Count")), 1, "{who}");
        }
    }

    #[test]
    fn times_are_whole_seconds_from_the_start() {
        let mut stage = Stage::with(&[customer("ann")]);
        let wait = |stage: &mut Stage, ms| stage.now = stage.now + Duration::from_millis(ms);
        wait(&mut stage, 1_999);
        stage.join(bot("max")).unwrap();
        stage.join(coach("eve")).unwrap();
        wait(&mut stage, 3_000);
        stage.join(agent("bob")).unwrap();
        stage.say("max", "beep").unwrap();
        wait(&mut stage, 2_000);
        stage.say("bob", "hi").unwrap();
        wait(&mut stage, 3_500);
        stage.leave("ann");
        wait(&mut stage, 5_000);
        stage.leave_with("bob", "bob", AfterAction::ForceClose).unwrap();

        assert_eq!(number(&stage, "csg_SessionUntilFirstBotTime"), 1);
        assert_eq!(number(&stage, "csg_SessionUntilFirstAgentTime"), 4);
        assert_eq!(number(&stage, "csg_SessionUntilFirstReplyTime"), 6);
        assert_eq!(number(&stage, "csg_SessionWithCustomerTime"), 10);
        assert_eq!(number(&stage, "csg_SessionTotalTime"), 15);
    }

    #[test]
    fn a_session_without_a_customer_had_no_time_with_one() {
        let mut stage = Stage::with(&[agent("bob")]);
        stage.now = stage.now + Duration::from_secs(9);
        stage.leave("bob");

        assert_eq!(number(&stage, "csg_SessionWithCustomerTime"), 0);
        assert_eq!(ended(&stage), ["AGENT", "QUIT", "PRESENT"]);
    }

    #[test]
    fn how_it_ended_is_told_as_the_guide_says() {
        let ends: [End; 8] = [
            ("the customer quits", |stage| stage.leave("ann"), ["CLIENT", "QUIT", "ABSENT"]),
            ("the customer is silent", |stage| stage.pass(45), ["CLIENT", "DISCONNECT", "ABSENT"]),
            ("the agent closes", |stage| close(stage), ["AGENT", "FORCE", "PRESENT"]),
            (
                "the customer quits, the agent closes",
                |stage| {
                    stage.join(agent("bob")).unwrap();
                    stage.leave("ann");
                    stage.now = stage.now + Duration::from_secs(9);
                    stage.leave_with("bob", "bob", AfterAction::CloseIfNoAgents).unwrap();
                },
                ["CLIENT", "QUIT", "PRESENT"],
            ),
            (
                "the agent leaves, then the customer",
                |stage| {
                    stage.join(agent("bob")).unwrap();
                    stage.leave("bob");
                    stage.now = stage.now + Duration::from_millis(1);
                    stage.leave("ann");
                },
                ["CLIENT", "QUIT", "VISITED"],
            ),
            (
                "bots and coaches are no agents",
                |stage| {
                    stage.join(bot("max")).unwrap();
                    stage.join(coach("eve")).unwrap();
                    stage.leave_with("max", "max", AfterAction::ForceClose).unwrap();
                },
                ["BOT", "FORCE", "ABSENT"],
            ),
            (
                "the server says so",
                |stage| {
                    stage.perform(Command::Close(LeaveReason::RemovedByServer)).unwrap();
                },
                ["SYSTEM", "OTHER", "ABSENT"],
            ),
            (
                "nobody says anything",
                |stage| {
                    stage.join(agent("bob")).unwrap();
                    stage.perform(Command::Close(LeaveReason::Inactivity)).unwrap();
                },
                ["SYSTEM", "INACTIVE", "PRESENT"],
            ),
        ];
        for (what, end, expected) in ends {
            let mut stage = Stage::with(&[customer("ann")]);
            end(&mut stage);
            assert_eq!(ended(&stage), expected, "{what}");
        }
    }

    /// What happens, how, and who ended it, why, with what agent.
    type End = (&'static str, fn(&mut Stage), [&'static str; 3]);

    fn close(stage: &mut Stage) {
        stage.join(agent("bob")).unwrap();
        stage.leave_with("bob", "bob", AfterAction::ForceClose).unwrap();
    }

    fn ended(stage: &Stage) -> [String; 3] {
        let attached = stage.attached();
        ["By", "Reason", "Agent"]
            .map(|what| attached.text(&format!("csg_SessionEnded{what}")).unwrap_or_default())
    }

    fn number(stage: &Stage, key: &str) -> i64 {
        let attached: UserData = stage.attached();
        match attached.get(key) {
            Some(Value::Number(number)) => *number,
            other => panic!("{key} is {other:?}"),
        }
    }
}
