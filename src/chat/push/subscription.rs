//! What a customer asked for, and what the operator lets him have.

use crate::base::UserData;
use crate::chat::event::{Fact, Notice};
use crate::chat::participant::Joined;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const DEVICE_ID: &str = "GCTI_GMS_PushDeviceId";
const DEVICE_TYPE: &str = "GCTI_GMS_PushDeviceType";
const PROVIDER: &str = "GCTI_GMS_PushProvider";
const DEBUG: &str = "GCTI_GMS_PushDebug";
const OWN_ACTIVITY: &str = "GCTI_GMS_NotifyRequestor";
const PAYLOAD: &str = "GCTI_GMS_PushIncludePayload";
const RELIABLE: &str = "GCTI_GMS_PushResend";
const CHANNEL: &str = "GCTI_GMS_ClientChannel";

/// The word for the device in the requests of CometD, which stays beside the one above.
const COMETD_DEVICE: &str = "push_notification_deviceid";

const LANGUAGE: &str = "GCTI_GMS_PushLanguage";

/// Who carries pushes to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// An HTTP server of somebody who looks after the customer.
    Http,
    /// Firebase, to mobile devices and browsers.
    Fcm,
    /// Apple, to its devices.
    Apns,
}

/// What a customer asked for when he started his chat. A kind of device that nobody here can reach is
/// no subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// His own word for himself; it comes back with each push.
    pub device: String,
    pub carrier: Carrier,
    /// The provider that he named.
    pub provider: Option<String>,
    /// What he reads, in his client's word for it.
    pub language: Option<String>,
    pub is_debug: bool,
    /// Whether what he does himself is pushed too.
    pub has_own_activity: bool,
    pub has_payload: bool,
    /// Whether he is reminded until he asks.
    pub is_reliable: bool,
    /// Whether he came over a connection (CometD), which tells him while it is there.
    pub has_connection: bool,
    /// The channel of CometD that he would ask over.
    pub channel: Option<String>,
}

/// What the operator wants of pushes.
#[derive(Clone, Debug, PartialEq)]
pub struct PushPolicy {
    /// `flex-push-enabled` and `flex-push-on-join`
    pub is_on: bool,
    /// `flex-push-resend-attempts`
    pub resend_attempts: u32,
    /// `flex-push-resend-delay`
    pub resend_delay: Duration,
    /// `session-restore-push-send`: whether pushes go on after a restoration before their customer was
    /// heard.
    pub goes_on_restored: bool,
    /// The providers of those who name none.
    pub usual: BTreeMap<Carrier, String>,
    pub providers: BTreeMap<String, Provider>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    carrier: Carrier,
    /// What it is told of.
    matters: BTreeSet<Matter>,
}

/// What an event is about, as far as customers can see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    Joined,
    Left,
    Message,
    Renamed,
    PushUrl,
    Custom,
    Notice,
    IdleAlert,
    IdleClose,
}

impl Subscription {
    pub fn of(joined: &Joined) -> Option<Self> {
        let data = &joined.user_data;
        let device = data.text(DEVICE_ID).filter(|device| !device.is_empty())?;
        let carrier = Carrier::of_device(data.text(DEVICE_TYPE)?.trim())?;
        joined.is_pushed_to().then(|| Self {
            device,
            carrier,
            provider: data.text(PROVIDER).filter(|provider| !provider.is_empty()),
            language: data.text(LANGUAGE),
            is_debug: is_true(data, DEBUG),
            has_own_activity: is_true(data, OWN_ACTIVITY),
            has_payload: is_true(data, PAYLOAD),
            is_reliable: is_true(data, RELIABLE),
            has_connection: data.text(COMETD_DEVICE).is_some(),
            channel: data.text(CHANNEL).filter(|channel| !channel.is_empty()),
        })
    }
}

fn is_true(data: &UserData, key: &str) -> bool {
    data.text(key).is_some_and(|word| word.trim().eq_ignore_ascii_case("true"))
}

impl PushPolicy {
    /// The provider of a subscription, and what it is told of; nothing if there is none that carries to
    /// such a device.
    pub fn provider(&self, of: &Subscription) -> Option<(&str, &BTreeSet<Matter>)> {
        let name = of.provider.as_ref().or_else(|| self.usual.get(&of.carrier))?;
        let (name, provider) = self.providers.get_key_value(name)?;
        (provider.carrier == of.carrier).then_some((name, &provider.matters))
    }
}

impl Carrier {
    /// By the guide's word for a kind of device.
    fn of_device(kind: &str) -> Option<Self> {
        match kind {
            "customhttp" => Some(Self::Http),
            "fcm" | "gcm" | "android" => Some(Self::Fcm),
            "ios" => Some(Self::Apns),
            _ => None,
        }
    }
}

impl Provider {
    /// Mobile devices are told neither of custom notices nor of notices, as the guide has it.
    pub fn new(carrier: Carrier, mut matters: BTreeSet<Matter>) -> Self {
        if carrier != Carrier::Http {
            matters.retain(|one| !matches!(one, Matter::Custom | Matter::Notice));
        }
        Self { carrier, matters }
    }
}

impl Default for PushPolicy {
    fn default() -> Self {
        Self {
            is_on: true,
            resend_attempts: 5,
            resend_delay: Duration::from_secs(15),
            goes_on_restored: true,
            usual: BTreeMap::new(),
            providers: BTreeMap::new(),
        }
    }
}

impl Matter {
    pub const ALL: [Self; 9] = [
        Self::Joined,
        Self::Left,
        Self::Message,
        Self::Renamed,
        Self::PushUrl,
        Self::Custom,
        Self::Notice,
        Self::IdleAlert,
        Self::IdleClose,
    ];

    pub fn of(fact: &Fact) -> Option<Self> {
        match fact {
            Fact::Joined { .. } => Some(Self::Joined),
            Fact::Left { .. } => Some(Self::Left),
            Fact::Said { .. } => Some(Self::Message),
            Fact::Noticed { notice, .. } => match notice {
                Notice::Nickname { .. } => Some(Self::Renamed),
                Notice::PushUrl { .. } => Some(Self::PushUrl),
                Notice::Custom { .. } => Some(Self::Custom),
                Notice::ReadConfirm { .. } | Notice::System { .. } => Some(Self::Notice),
                Notice::IdleAlert { .. } => Some(Self::IdleAlert),
                Notice::IdleClose { .. } => Some(Self::IdleClose),
                // The server says it to nobody.
                Notice::IdleSet { .. } => None,
            },
            Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => None,
        }
    }
}
