//! From sections of the configuration to what the houses need of them.

use crate::base::user_data::UserDataLimits;
use crate::bot::policy::Sample;
use crate::bot::{BotPolicy, Means, WebhookPolicy};
use crate::chat;
use crate::chat::dormancy::Patience;
use crate::chat::idle::{CountedNotices, Idleness};
use crate::chat::policy::{Contacts, OnUnkept};
use crate::chat::push::{Carrier, Matter, Provider, PushPolicy};
use crate::config::routing::MediaSection;
use crate::config::{
    self, AutoSave, BotSection, Config, InactivityControl, Limits, Notices, PushProvider,
};
use crate::config::{ProviderKind, PushedEvent, Restoration, RestoreExtend, SaveOnError, Settings};
use crate::contact;
use crate::contact::policy::{DEFAULT_LEVELS, Searched, ranks};
use crate::esp;
use crate::interaction::{self, MediaType, QueueName, ServerName};
use crate::node::scopes;
use crate::ownership::restoration::{self, Asker};
use crate::webhook::actor::Address;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub fn chat(config: &Config) -> chat::Policy {
    let Config { settings, limits, .. } = config;
    chat::Policy {
        flex_disconnect_timeout: settings.flex_disconnect_timeout,
        flex_push_timeout: settings.flex_push_timeout,
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
        tell_bot_again: patience_with_bots(config),
        on_unkept: match settings.transcript_save_on_error {
            SaveOnError::Continue => OnUnkept::Continue,
            SaveOnError::Close => {
                OnUnkept::Close { after: small(settings.transcript_resend_attempts) }
            }
        },
        idleness: idleness(&config.inactivity),
        patience: patience(settings),
        push: push(config),
        contacts: if settings.use_contact_server { Contacts::Used } else { Contacts::Unused },
        ..chat::Policy::default()
    }
}

fn idleness(section: &InactivityControl) -> Idleness {
    let until_alert2 = Some(section.timeout_alert2).filter(|span| !span.is_zero());
    Idleness {
        is_enabled: section.enabled,
        notices: counted(section.include_notices),
        until_alert: section.timeout_alert,
        until_alert2,
        until_close: section.timeout_close,
        alert: section.message_alert.clone(),
        alert2: section.message_alert2.clone(),
        close: section.message_close.clone(),
    }
}

fn patience(settings: &Settings) -> Patience {
    Patience {
        notices: counted(settings.async_idle_notices),
        until_alert: settings.async_idle_alert,
        until_close: settings.async_idle_close,
    }
}

fn counted(notices: Notices) -> CountedNotices {
    match notices {
        Notices::None => CountedNotices::None,
        Notices::Major => CountedNotices::Major,
        Notices::Major2 => CountedNotices::Major2,
        Notices::Typing => CountedNotices::Typing,
        Notices::All => CountedNotices::All,
    }
}

pub fn esp(config: &Config) -> esp::Policy {
    let bots = bots(config).into_iter().map(|(id, bot)| (id, bot.nickname));
    esp::Policy { nickname: config.settings.esp_nickname.clone(), bots: bots.collect() }
}

/// The bots that there are, by their ids.
pub fn bots(config: &Config) -> BTreeMap<String, BotPolicy> {
    config.bots.iter().map(|(id, section)| (id.clone(), bot(id, section))).collect()
}

/// A bot that only other nodes know is told again too, and has left by then.
fn patience_with_bots(config: &Config) -> Duration {
    let longest = bots(config).values().map(BotPolicy::patience).max();
    longest.unwrap_or(chat::Policy::default().tell_bot_again)
}

fn bot(id: &str, section: &BotSection) -> BotPolicy {
    let nickname = Some(&section.nickname).filter(|nickname| !nickname.is_empty());
    let nickname = nickname.map_or_else(|| id.to_owned(), String::clone);
    let means = match section.sample {
        config::Sample::Echo => Means::Sample(Sample::Echo),
        config::Sample::Greeter => Means::Sample(Sample::Greeter),
        config::Sample::None => Means::Webhook(WebhookPolicy {
            address: Address {
                url: section.url.clone(),
                secret: section.secret.expose().to_owned(),
                timeout: section.timeout,
            },
            attempts: small(section.attempts),
            retry_delay: section.retry_delay,
        }),
    };
    BotPolicy { nickname, means }
}

fn push(config: &Config) -> PushPolicy {
    let Config { settings, push, push_providers, .. } = config;
    let told = |provider: &PushProvider| {
        let matters = provider.events.iter().map(|one| matter(*one)).collect();
        Provider::new(carrier(provider.kind), matters)
    };
    let providers = push_providers.iter().map(|(name, provider)| (name.clone(), told(provider)));
    let kinds = [ProviderKind::Http, ProviderKind::Fcm, ProviderKind::Apns].into_iter();
    let usual = kinds
        .filter_map(|kind| Some((carrier(kind), push.usual(kind, push_providers)?.to_owned())));
    PushPolicy {
        is_on: settings.flex_push_enabled && settings.flex_push_on_join,
        resend_attempts: small(settings.flex_push_resend_attempts),
        resend_delay: settings.flex_push_resend_delay,
        goes_on_restored: settings.session_restore_push_send,
        usual: usual.collect(),
        providers: providers.collect(),
    }
}

fn carrier(kind: ProviderKind) -> Carrier {
    match kind {
        ProviderKind::Http => Carrier::Http,
        ProviderKind::Fcm => Carrier::Fcm,
        ProviderKind::Apns => Carrier::Apns,
    }
}

fn matter(event: PushedEvent) -> Matter {
    match event {
        PushedEvent::ParticipantJoined => Matter::Joined,
        PushedEvent::ParticipantLeft => Matter::Left,
        PushedEvent::Message => Matter::Message,
        PushedEvent::NicknameUpdated => Matter::Renamed,
        PushedEvent::PushUrl => Matter::PushUrl,
        PushedEvent::CustomNotice => Matter::Custom,
        PushedEvent::Notice => Matter::Notice,
        PushedEvent::IdleAlert => Matter::IdleAlert,
        PushedEvent::IdleClose => Matter::IdleClose,
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
    let default_capacity = scopes::chats(config.interaction.default_capacity_chat);
    let endpoints = config.endpoints.iter().map(|(tenant, endpoints)| {
        let queues = endpoints.0.iter();
        let queues = queues.map(|(alias, queue)| (alias.clone(), QueueName(queue.clone())));
        (tenant.clone(), queues.collect())
    });
    let by_media = |own: fn(&MediaSection) -> Option<u64>| {
        let media = config.media.iter();
        let own =
            media.filter_map(|(media, one)| Some((MediaType(media.clone()), minutes(own(one)?))));
        own.collect()
    };
    let media_servers = config.agents.iter().filter(|(_, account)| account.is_media_server);
    let media_servers = media_servers.map(|(name, _)| ServerName(name.clone()));
    interaction::Policy {
        delivering_timeout: config.interaction.delivering_timeout,
        handling_timeout: minutes(config.interaction.handling_timeout),
        handling_timeouts: by_media(|media| media.handling_timeout),
        routing_timeout: minutes(config.interaction.routing_timeout),
        routing_timeouts: by_media(|media| media.routing_timeout),
        resume_window: config.settings.resume_window,
        reoffer_after: config.interaction.reoffer_after,
        scopes: scopes::scopes(config),
        default_capacity,
        endpoints: endpoints.collect(),
        media_servers: media_servers.chain([ServerName::from("chat")]).collect(),
        user_data: user_data(&config.limits),
        journal: usize::try_from(config.interaction.reporting_events).unwrap_or(usize::MAX),
        ..interaction::Policy::default()
    }
}

/// By what customers are known: what is said of a channel wins over what is said of an attribute, and
/// that over what holds anyway.
pub fn contact(config: &Config) -> contact::Policy {
    let searched = |name: &str, is_mandatory| Searched { name: name.to_owned(), is_mandatory };
    let own = &config.contact_attributes;
    let defaults = DEFAULT_LEVELS.into_iter().filter(|(name, _, _)| !own.contains_key(*name));
    let defaults = defaults.map(|(name, level, mandatory)| (level, searched(name, mandatory)));
    let said = own
        .iter()
        .filter(|(_, attribute)| attribute.is_searchable)
        .map(|(name, own)| (own.search_order_level, searched(name, own.is_mandatory)));
    let ranks_of = config.searchable_attributes.iter().map(|(media, attributes)| {
        let levels = attributes.0.iter();
        let levels = levels.map(|(name, own)| (own.level, searched(name, own.is_mandatory)));
        (media.clone(), ranks(levels))
    });
    let channels = config.searchable_attributes.values().flat_map(|list| list.0.keys());
    let kept: BTreeSet<_> = own.keys().chain(channels).cloned().collect();
    let policy = contact::Policy::default();
    let (always, known) = (policy.attributes, policy.identification);
    let more = kept.into_iter().filter(|name| !always.contains(name)).collect::<Vec<_>>();
    contact::Policy {
        ranks: ranks(defaults.chain(said)),
        ranks_of: ranks_of.collect(),
        attributes: always.into_iter().chain(more).collect(),
        identification: known,
    }
}

fn minutes(number: u64) -> Duration {
    Duration::from_secs(60 * number)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ContactAttribute, Searchable, SearchableAttributes};
    use crate::contact::policy::Rank;

    #[test]
    fn a_channel_wins_over_an_attribute_and_an_attribute_over_what_holds_anyway() {
        let mut config = Config::default();
        assert_eq!(contact(&config), contact::Policy::default());
        let own = |is_searchable, search_order_level| ContactAttribute {
            is_searchable,
            search_order_level,
            is_mandatory: false,
        };
        config.contact_attributes =
            [("CustomerId".to_owned(), own(true, 0)), ("PhoneNumber".to_owned(), own(false, 0))]
                .into();
        let only = Searchable { level: 5, is_mandatory: true };
        let list = SearchableAttributes([("Handle".to_owned(), only)].into());
        config.searchable_attributes = [("sms".to_owned(), list)].into();

        let policy = contact(&config);

        let shown = |ranks: &[Rank]| {
            let names = |rank: &Rank| {
                rank.0.iter().map(|searched| searched.name.clone()).collect::<Vec<_>>().join("+")
            };
            ranks.iter().map(names).collect::<Vec<_>>().join(" > ")
        };
        assert_eq!(shown(policy.ranks_for("chat")), "EmailAddress+CustomerId > FirstName+LastName");
        assert_eq!(shown(policy.ranks_for("sms")), "Handle");
        assert!(policy.attributes.contains(&"Handle".to_owned()));
    }
}
