//! The table of methods: names and parameters are the guide's. Reading, the document of the interface
//! and the refusal of what is unknown all go by it.

/// What acts on the session itself.
pub const SERVICE: &str = "Chat";

/// What brings bots in and out.
pub const BOT_SERVICE: &str = "ChatBot";

/// Names the session, in the user data or among the parameters of any method.
pub const INTERACTION_ID: &str = "InteractionId";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Message,
    Notice,
    PlaceOnHold,
    CloseSession,
    GetSessionInfo,
    IdleControlConfigure,
    ConfigureSession,
    StartBot,
    StopBot,
    SendData,
}

/// A parameter that a method takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub is_required: bool,
    pub means: &'static str,
}

const fn required(name: &'static str, means: &'static str) -> Parameter {
    Parameter { name, is_required: true, means }
}

const fn optional(name: &'static str, means: &'static str) -> Parameter {
    Parameter { name, is_required: false, means }
}

const NICKNAME: Parameter = optional("Nickname", "In whose name it is said");
const VISIBILITY: Parameter = optional("Visibility", "ALL (default), INT or VIP");
const ATTRIBUTES: Parameter =
    optional("EventAttributes", "A list of keys and values, as an object or as a text");

const CHANNEL: Parameter = optional("_umsChannel", "channel-chatbot");
const BOT_ID: Parameter = required("ChatBotID", "A bot of the configuration");
const BOT_NAME: Parameter = optional("ChatBotName", "Which one behind it, if it leads to several");

impl Method {
    pub const ALL: &'static [Self] = &[
        Self::Message,
        Self::Notice,
        Self::PlaceOnHold,
        Self::CloseSession,
        Self::GetSessionInfo,
        Self::IdleControlConfigure,
        Self::ConfigureSession,
        Self::StartBot,
        Self::StopBot,
        Self::SendData,
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|method| method.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "Message",
            Self::Notice => "Notice",
            Self::PlaceOnHold => "PlaceOnHold",
            Self::CloseSession => "CloseSession",
            Self::GetSessionInfo => "GetSessionInfo",
            Self::IdleControlConfigure => "IdleControlConfigure",
            Self::ConfigureSession => "ConfigureSession",
            Self::StartBot => "StartBot",
            Self::StopBot => "StopBot",
            Self::SendData => "SendData",
        }
    }

    /// The service that it belongs to.
    pub fn service(self) -> &'static str {
        match self {
            Self::Message
            | Self::Notice
            | Self::PlaceOnHold
            | Self::CloseSession
            | Self::GetSessionInfo
            | Self::IdleControlConfigure
            | Self::ConfigureSession => SERVICE,
            Self::StartBot | Self::StopBot | Self::SendData => BOT_SERVICE,
        }
    }

    /// Its name in the figures.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Message => "espMessage",
            Self::Notice => "espNotice",
            Self::PlaceOnHold => "espPlaceOnHold",
            Self::CloseSession => "espCloseSession",
            Self::GetSessionInfo => "espGetSessionInfo",
            Self::IdleControlConfigure => "espIdleControlConfigure",
            Self::ConfigureSession => "espConfigureSession",
            Self::StartBot => "espStartBot",
            Self::StopBot => "espStopBot",
            Self::SendData => "espSendData",
        }
    }

    pub fn summary(self) -> &'static str {
        match self {
            Self::Message => "Says something in the session",
            Self::Notice => "Gives notice of something in the session",
            Self::PlaceOnHold => "Places an asynchronous chat on hold",
            Self::CloseSession => "Closes the session",
            Self::GetSessionInfo => "Tells about the session, and whether it lives",
            Self::IdleControlConfigure => "Changes inactivity control for the session",
            Self::ConfigureSession => {
                "Sets the language of the session, or lets its idle time begin anew"
            }
            Self::StartBot => "Brings a bot into the session",
            Self::StopBot => "Takes a bot out of the session",
            Self::SendData => "Sends data to a bot in the session",
        }
    }

    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Message => {
                &const {
                    [
                        required("MessageText", "The text"),
                        optional("MessageType", "The sender's own word for the kind of text"),
                        NICKNAME,
                        VISIBILITY,
                        ATTRIBUTES,
                    ]
                }
            }
            Self::Notice => {
                &const {
                    [
                        required("NoticeType", "USER_PUSHED_URL or USER_CUSTOM"),
                        optional("NoticeText", "The URL, or any text"),
                        NICKNAME,
                        VISIBILITY,
                        ATTRIBUTES,
                    ]
                }
            }
            Self::PlaceOnHold => &[],
            Self::CloseSession => {
                &const {
                    [
                        optional("CloseIfNoAgents", "true: only if no agent is there"),
                        optional(
                            "Purge",
                            "true: this node forgets a session that another one owns",
                        ),
                    ]
                }
            }
            Self::GetSessionInfo => {
                &const { [optional("InduceRestore", "true: it is brought back if its node is gone")] }
            }
            Self::IdleControlConfigure => {
                &const {
                    [
                        optional("reset-parameters", "true: start from the configuration"),
                        optional("enabled", "true or anything else"),
                        optional("include-notices", "none, major, major2, typing or all"),
                        optional("message-alert", "Text of the first warning; empty: not shown"),
                        optional("message-alert2", "Text of the second warning"),
                        optional("message-close", "Text at the close"),
                        optional("timeout-alert", "Seconds until the first warning, 1 to 86400"),
                        optional("timeout-alert2", "Seconds until the second one; 0: none"),
                        optional("timeout-close", "Seconds until the close, 1 to 86400"),
                    ]
                }
            }
            Self::ConfigureSession => {
                &const {
                    [
                        optional("GCTI_LanguageName", "Name of the language; counts first"),
                        optional("GCTI_LanguageCode", "Code of the language, like en-US"),
                        optional(
                            "async-idle-reset",
                            "1: the idle time of an asynchronous chat begins anew",
                        ),
                    ]
                }
            }
            Self::StartBot => {
                &const {
                    [
                        CHANNEL,
                        BOT_ID,
                        BOT_NAME,
                        optional("Nickname", "What people see; without it, the bot's own"),
                        VISIBILITY,
                        optional("StopBotOnAgentArrival", "true: it goes when an agent comes"),
                        optional("StopBotOnCustomerLeft", "true: it goes with the customer"),
                        optional("ChatBotHoldup", "true: answered when the bot has ended"),
                        optional("ChatBotCategory", "For reports; at most 50 characters"),
                        optional("ChatBotFunction", "For reports; at most 50 characters"),
                    ]
                }
            }
            Self::StopBot => &const { [CHANNEL, BOT_ID, BOT_NAME] },
            Self::SendData => {
                &const {
                    [
                        CHANNEL,
                        BOT_ID,
                        BOT_NAME,
                        optional("Data", "A list, or a text of one; needed"),
                    ]
                }
            }
        }
    }
}
