//! From sections of the configuration to what the houses need of them.

use crate::base::AgentId;
use crate::base::user_data::UserDataLimits;
use crate::chat;
use crate::chat::idle::{CountedNotices, Idleness};
use crate::chat::policy::{Contacts, OnUnkept};
use crate::config::{AutoSave, Config, InactivityControl, Limits, Notices, Restoration};
use crate::config::{RestoreExtend, SaveOnError, Settings};
use crate::interaction::{self, Capacity, MediaType, QueueName, ServerName};
use crate::ownership::restoration::{self, Asker};
use std::collections::BTreeSet;

pub fn chat(config: &Config) -> chat::Policy {
    let Config { settings, limits, .. } = config;
    chat::Policy {
        flex_disconnect_timeout: settings.flex_disconnect_timeout,
        resume_window: settings.resume_window,
        sleep_after: Some(limits.session_sleep_after).filter(|after| !after.is_zero()),
        longest_text: size(config.longest_message()),
        user_data: user_data(limits),
        most_events: limits.session_max_events,
        most_bytes: size(limits.session_max_bytes),
        send_rate: small(limits.send_rate),
        send_burst: small(limits.send_burst),
        auto_save: match settings.transcript_auto_save {
            AutoSave::AtEnd => chat::policy::AutoSave::AtTheEnd,
            AutoSave::AfterMessages | AutoSave::AfterMessagesAndTell => {
                chat::policy::AutoSave::Running
            }
        },
        tell_record_again: settings.transcript_resend_delay,
        on_unkept: match settings.transcript_save_on_error {
            SaveOnError::Continue => OnUnkept::Continue,
            SaveOnError::Close => {
                OnUnkept::Close { after: small(settings.transcript_resend_attempts) }
            }
        },
        idleness: idleness(&config.inactivity),
        contacts: if settings.use_contact_server { Contacts::Used } else { Contacts::Unused },
        ..chat::Policy::default()
    }
}

fn idleness(section: &InactivityControl) -> Idleness {
    let until_alert2 = Some(section.timeout_alert2).filter(|span| !span.is_zero());
    Idleness {
        is_enabled: section.enabled,
        notices: match section.include_notices {
            Notices::None => CountedNotices::None,
            Notices::Major => CountedNotices::Major,
            Notices::Major2 => CountedNotices::Major2,
            Notices::Typing => CountedNotices::Typing,
            Notices::All => CountedNotices::All,
        },
        until_alert: section.timeout_alert,
        until_alert2,
        until_close: section.timeout_close,
        alert: section.message_alert.clone(),
        alert2: section.message_alert2.clone(),
        close: section.message_close.clone(),
    }
}

/// For whom sessions are brought back.
pub fn restoration(settings: &Settings) -> restoration::Restoration {
    match settings.session_restoration_mode {
        Restoration::None => restoration::Restoration::Never,
        Restoration::Simple => {
            let mut askers = induced_by(settings.session_restore_extend_by);
            askers.insert(Asker::Customer);
            restoration::Restoration::For(askers)
        }
    }
}

/// Whether anybody but the customer may have sessions brought back, and needs a token for it.
pub fn gives_tokens(settings: &Settings) -> bool {
    settings.session_restoration_mode == Restoration::Simple
        && settings.session_restore_extend_by != RestoreExtend::None
}

fn induced_by(extend: RestoreExtend) -> BTreeSet<Asker> {
    match extend {
        RestoreExtend::None => BTreeSet::new(),
        RestoreExtend::Agent => [Asker::Agent].into(),
        RestoreExtend::Esp => [Asker::Workflow].into(),
        RestoreExtend::Both => [Asker::Agent, Asker::Workflow].into(),
    }
}

pub fn interaction(config: &Config) -> interaction::Policy {
    let default_capacity = chats(config.interaction.default_capacity_chat);
    let capacities = config
        .agents
        .iter()
        .filter_map(|(name, agent)| Some((AgentId(name.clone()), chats(agent.capacity_chat?))));
    let endpoints = config.endpoints.iter().map(|(tenant, endpoints)| {
        let queues = endpoints.0.iter();
        let queues = queues.map(|(alias, queue)| (alias.clone(), QueueName(queue.clone())));
        (tenant.clone(), queues.collect())
    });
    // Any account may register as a media server; it submits under its own name.
    let media_servers = config.agents.keys().cloned().map(ServerName);
    interaction::Policy {
        delivering_timeout: config.interaction.delivering_timeout,
        resume_window: config.settings.resume_window,
        reoffer_after: config.interaction.reoffer_after,
        capacities: capacities.collect(),
        default_capacity,
        endpoints: endpoints.collect(),
        media_servers: media_servers.chain([ServerName::from("chat")]).collect(),
        user_data: user_data(&config.limits),
        ..interaction::Policy::default()
    }
}

fn chats(most: u64) -> Capacity {
    Capacity([(MediaType::from("chat"), small(most))].into())
}

fn user_data(limits: &Limits) -> UserDataLimits {
    UserDataLimits {
        most_keys: size(limits.user_data_max_keys),
        longest_key: size(limits.user_data_max_key_bytes),
        longest_value: size(limits.user_data_max_value_bytes),
        total_bytes: size(limits.user_data_max_total_bytes),
        depth: size(limits.user_data_max_depth),
    }
}

/// The configuration has checked that the number is small.
fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
