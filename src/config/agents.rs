//! `[agents.<name>]`: the local accounts of agents and supervisors.

use crate::config::field::Choice;
use crate::config::privileges::Privilege;
use crate::config::scopes::{self, CAPACITY_RULE, Workspace};
use crate::config::secret::Secret;
use crate::config::skills::Skills;
use crate::config::spec::{FreeOpt, Opt, Section};

#[derive(Clone, Default)]
pub struct Agent {
    /// `password-hash`
    pub password_hash: Secret,
    /// `role`
    pub role: AgentRole,
    /// `nickname`
    pub nickname: String,
    /// `capacity-chat`
    pub capacity_chat: Option<u64>,
    /// `privileges`
    pub privileges: Option<Vec<Privilege>>,
    /// `groups`
    pub groups: Vec<String>,
    /// `skills`
    pub skills: Skills,
    /// `media-server`
    pub is_media_server: bool,
    /// `reporting`
    pub is_reporting: bool,
    /// `tenant`
    pub tenant: Option<String>,
    /// `capacity-rule`
    pub capacity_rule: Option<String>,
    pub workspace: Workspace,
}

/// What an account may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgentRole {
    #[default]
    Agent,
    Supervisor,
}

impl Choice for AgentRole {
    const WORDS: &'static [(&'static str, Self)] =
        &[("agent", Self::Agent), ("supervisor", Self::Supervisor)];
}

impl Section for Agent {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "password-hash",
            |s: &mut Self| &mut s.password_hash,
            "Argon2id hash of the password, made by `holdfast hash-password`.",
        ),
        Opt::new("role", |s: &mut Self| &mut s.role, "What the account may do."),
        Opt::new(
            "nickname",
            |s: &mut Self| &mut s.nickname,
            "Name that customers see; empty means the account's name.",
        ),
        Opt::new(
            "capacity-chat",
            |s: &mut Self| &mut s.capacity_chat,
            "Chats at a time, and one of any other medium: the short form of a `capacity-rule`. \
             Without any for him `[interaction] default-capacity-chat`, with a warning at start.",
        )
        .within(0, 1_000),
        Opt::new(
            "privileges",
            |s: &mut Self| &mut s.privileges,
            "What the account may ask for, in place of what `[privileges]` says of its role.",
        ),
        Opt::new(
            "groups",
            |s: &mut Self| &mut s.groups,
            "Groups of agents that he belongs to, 64 at most. Names are 1 to 64 of a-z, A-Z, 0-9, \
             -, _ and ., and begin with a letter. It counts from his next connection on.",
        ),
        Opt::new(
            "skills",
            |s: &mut Self| &mut s.skills,
            "What he is good at and how good, 128 skills at most, named like groups. A skill that \
             is not named has level 0. Between commas: `billing=5, english=3`.",
        ),
        Opt::new(
            "media-server",
            |s: &mut Self| &mut s.is_media_server,
            "`true`: the account is that of a program that brings interactions in. It registers as \
             `MediaServer`, which no other account may, and not as an agent.",
        ),
        Opt::new(
            "reporting",
            |s: &mut Self| &mut s.is_reporting,
            "`true`: the account is that of a program that follows everything that happens to interactions \
             and agents, of all tenants, with their properties. It does that and nothing else; no \
             other account may.",
        ),
        Opt::new(
            "tenant",
            |s: &mut Self| &mut s.tenant,
            "Tenant whose `[tenants.<tenant>]` holds for him. Without it `Environment`.",
        ),
        Opt::new("capacity-rule", |s: &mut Self| &mut s.capacity_rule, CAPACITY_RULE),
    ];
    const FREE: Option<FreeOpt<Self>> =
        Some(scopes::free(|s, name| s.workspace.entry(name), |s| s.workspace.names()));
}
