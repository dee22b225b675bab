//! The whole configuration and the list of its sections, in the order of the reference.

use crate::config::agents::Agent;
use crate::config::bots::{BotGateway, BotSection};
use crate::config::cassandra::CassandraSection;
use crate::config::certificates::{Certificate, Peer};
use crate::config::cluster::ClusterSection;
use crate::config::cometd::CometdSection;
use crate::config::contact::{
    ContactAttribute, Retention, SearchableAttributes, StandardResponses,
};
use crate::config::encryption::Encryption;
use crate::config::esp::EspClient;
use crate::config::inactivity::InactivityControl;
use crate::config::limits::Limits;
use crate::config::listen::Listen;
use crate::config::log::LogSection;
use crate::config::mail::MailSection;
use crate::config::node::{NodeClient, NodeSection};
use crate::config::privileges::PrivilegesSection;
use crate::config::push::{PushProvider, PushSection};
use crate::config::routing::{ChatSection, Endpoints, InteractionSection, MediaSection, Service};
use crate::config::scopes::{CapacityRule, Place, Scoped, Workspace};
use crate::config::settings::Settings;
use crate::config::spec::AnySection;
use crate::config::workflow::WorkflowSection;
use std::collections::BTreeMap;

/// Everything that can be set. `Default` is what a node runs with when nothing is set.
#[derive(Clone)]
pub struct Config {
    pub node: NodeSection,
    /// By the name of the account.
    pub node_clients: BTreeMap<String, NodeClient>,
    pub listen: Listen,
    pub cluster: ClusterSection,
    /// By the name of the listener.
    pub tls: BTreeMap<String, Certificate>,
    pub peer: Peer,
    pub encryption: Encryption,
    pub settings: Settings,
    pub inactivity: InactivityControl,
    pub limits: Limits,
    /// By tenant.
    pub endpoints: BTreeMap<String, Endpoints>,
    pub chat: ChatSection,
    /// By the name of the service.
    pub services: BTreeMap<String, Service>,
    pub cometd: CometdSection,
    pub interaction: InteractionSection,
    /// By media type.
    pub media: BTreeMap<String, MediaSection>,
    pub workspace: Workspace,
    /// By name.
    pub capacity_rules: BTreeMap<String, CapacityRule>,
    /// By tenant.
    pub tenants: BTreeMap<String, Scoped>,
    /// By group.
    pub agent_groups: BTreeMap<String, Scoped>,
    /// By the name of the place.
    pub places: BTreeMap<String, Place>,
    pub privileges: PrivilegesSection,
    /// By the name of the account.
    pub agents: BTreeMap<String, Agent>,
    /// By the name of the attribute.
    pub contact_attributes: BTreeMap<String, ContactAttribute>,
    /// By media type.
    pub searchable_attributes: BTreeMap<String, SearchableAttributes>,
    pub contact_retention: Retention,
    /// By the name of the account.
    pub esp_clients: BTreeMap<String, EspClient>,
    /// By the id of the bot.
    pub bots: BTreeMap<String, BotSection>,
    pub bot_gateway: BotGateway,
    pub push: PushSection,
    /// By the name of the provider.
    pub push_providers: BTreeMap<String, PushProvider>,
    pub standard_responses: StandardResponses,
    pub workflow: WorkflowSection,
    pub mail: MailSection,
    pub cassandra: CassandraSection,
    pub log: LogSection,
}

impl Default for Config {
    fn default() -> Self {
        let inbound = BTreeMap::from([("default".to_owned(), "chat-inbound".to_owned())]);
        Self {
            node: NodeSection::default(),
            node_clients: BTreeMap::new(),
            listen: Listen::default(),
            cluster: ClusterSection::default(),
            tls: BTreeMap::new(),
            peer: Peer::default(),
            encryption: Encryption::default(),
            settings: Settings::default(),
            inactivity: InactivityControl::default(),
            limits: Limits::default(),
            endpoints: BTreeMap::from([("Environment".to_owned(), Endpoints(inbound))]),
            chat: ChatSection::default(),
            services: BTreeMap::from([("customer-support".to_owned(), Service::default())]),
            cometd: CometdSection::default(),
            interaction: InteractionSection::default(),
            media: BTreeMap::new(),
            workspace: Workspace::default(),
            capacity_rules: BTreeMap::new(),
            tenants: BTreeMap::new(),
            agent_groups: BTreeMap::new(),
            places: BTreeMap::new(),
            privileges: PrivilegesSection::default(),
            agents: BTreeMap::new(),
            contact_attributes: BTreeMap::new(),
            searchable_attributes: BTreeMap::new(),
            contact_retention: Retention::default(),
            esp_clients: BTreeMap::new(),
            bots: BTreeMap::new(),
            bot_gateway: BotGateway::default(),
            push: PushSection::default(),
            push_providers: BTreeMap::new(),
            standard_responses: StandardResponses::default(),
            workflow: WorkflowSection::default(),
            mail: MailSection::default(),
            cassandra: CassandraSection::default(),
            log: LogSection::default(),
        }
    }
}

impl Config {
    /// The endpoint of a service, as `tenant:alias`; nothing if there is no such service.
    pub fn endpoint_of(&self, service: &str) -> Option<&str> {
        let service = self.services.get(service)?;
        Some(service.endpoint.as_ref().unwrap_or(&self.chat.endpoint))
    }

    /// The queue that an endpoint, as `tenant:alias`, stands for.
    pub fn queue_of(&self, endpoint: &str) -> Option<&str> {
        let (tenant, alias) = endpoint.split_once(':')?;
        self.endpoints.get(tenant)?.0.get(alias).map(String::as_str)
    }

    /// Most bytes of one message's text.
    pub fn longest_message(&self) -> u64 {
        self.settings.message_max_size.min(self.limits.message_max_bytes)
    }
}

/// A section of the file, or all sections that share a first name.
pub struct Family {
    pub name: &'static str,
    /// Of sections whose second name is free, what stands for it in the reference, with the joint:
    /// `:<tenant>`.
    pub second: Option<&'static str>,
    pub means: &'static str,
    /// The section of a second name, made if there is none yet.
    pub open: for<'a> fn(&'a mut Config, &str) -> &'a mut dyn AnySection,
    /// The second names that there are; one empty name for a section that has none.
    pub names: fn(&Config) -> Vec<String>,
}

impl Family {
    /// The name of a section, as it is shown between brackets.
    pub fn title(&self, second: &str) -> String {
        match self.second.and_then(|placeholder| placeholder.chars().next()) {
            Some(joint) => format!("{}{joint}{second}", self.name),
            None => self.name.to_owned(),
        }
    }

    /// The family of a first name, with or without a second one.
    pub fn find(name: &str, has_second: bool) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| family.name == name && family.second.is_some() == has_second)
    }
}

/// All sections.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "node",
        second: None,
        means: "Who this node is, where it keeps its data, how it starts and stops.",
        open: |config, _| &mut config.node,
        names: alone,
    },
    Family {
        name: "node-clients",
        second: Some(".<name>"),
        means: "Accounts of balancers and scripts that ask over the health listener whether a node \
                is in rotation, or take it out (docs/api/node.md); the same on every node. Wrong \
                passwords are treated as those of agents.",
        open: |config, second| config.node_clients.entry(second.to_owned()).or_default(),
        names: |config| config.node_clients.keys().cloned().collect(),
    },
    Family {
        name: "listen",
        second: None,
        means: "Which addresses are opened, for whom, and whom they believe.",
        open: |config, _| &mut config.listen,
        names: alone,
    },
    Family {
        name: "cluster",
        second: None,
        means: "What the nodes of one cluster share, and how they hand sessions to one another.",
        open: |config, _| &mut config.cluster,
        names: alone,
    },
    Family {
        name: "tls",
        second: Some(".<listener>"),
        means: "TLS on a listener: `[tls.customer]`, `[tls.agent]`, `[tls.health]`, `[tls.esp]`. One \
                without a certificate speaks plain HTTP.",
        open: |config, second| config.tls.entry(second.to_owned()).or_default(),
        names: |config| config.tls.keys().cloned().collect(),
    },
    Family {
        name: "peer",
        second: None,
        means: "What this node shows to other nodes, and whom of them it believes.",
        open: |config, _| &mut config.peer,
        names: alone,
    },
    Family {
        name: "encryption",
        second: None,
        means: "How the connection to Cassandra is secured.",
        open: |config, _| &mut config.encryption,
        names: alone,
    },
    Family {
        name: "settings",
        second: None,
        means: "How a chat session behaves.",
        open: |config, _| &mut config.settings,
        names: alone,
    },
    Family {
        name: "inactivity-control",
        second: None,
        means: "What happens in a chat in which nobody does anything.",
        open: |config, _| &mut config.inactivity,
        names: alone,
    },
    Family {
        name: "limits",
        second: None,
        means: "How much one customer, one session and one address may ask for. Each node counts for \
                itself: at N nodes an address may ask for N times as much.",
        open: |config, _| &mut config.limits,
        names: alone,
    },
    Family {
        name: "endpoints",
        second: Some(":<tenant>"),
        means: "Where chats enter: aliases and their queues, for each tenant. \
                `[endpoints:Environment]` with `default = \"chat-inbound\"` is always there. \
                In TOML: `[\"endpoints:Environment\"]` or `[endpoints.Environment]`.",
        open: |config, second| config.endpoints.entry(second.to_owned()).or_default(),
        names: |config| config.endpoints.keys().cloned().collect(),
    },
    Family {
        name: "chat",
        second: None,
        means: "What holds for every service of the customer API that does not say otherwise.",
        open: |config, _| &mut config.chat,
        names: alone,
    },
    Family {
        name: "chat",
        second: Some(".<service>"),
        means: "A service that customers address as `/genesys/2/chat/<service>`. \
                `[chat.customer-support]` is always there.",
        open: |config, second| config.services.entry(second.to_owned()).or_default(),
        names: |config| config.services.keys().cloned().collect(),
    },
    Family {
        name: "cometd",
        second: None,
        means: "Customers who hold a connection (CometD, Bayeux 1.0) instead of asking again and \
                again. Times are in milliseconds, as CometD writes them.",
        open: |config, _| &mut config.cometd,
        names: alone,
    },
    Family {
        name: "interaction",
        second: None,
        means: "How interactions are offered to agents.",
        open: |config, _| &mut config.interaction,
        names: alone,
    },
    Family {
        name: "media",
        second: Some(".<media>"),
        means: "What differs for the interactions of one media type, like `[media.email]`.",
        open: |config, second| config.media.entry(second.to_owned()).or_default(),
        names: |config| config.media.keys().cloned().collect(),
    },
    Family {
        name: "interaction-workspace",
        second: None,
        means: "What holds for every agent for whom neither he, a group of his nor his tenant says \
                otherwise.",
        open: |config, _| &mut config.workspace,
        names: alone,
    },
    Family {
        name: "capacity-rules",
        second: Some(".<name>"),
        means: "How much somebody may have at once. What he is offered counts like what he handles, a \
                monitor's seat does not count. It counts from the agent's next connection on; what he \
                has is not taken from him.",
        open: |config, second| config.capacity_rules.entry(second.to_owned()).or_default(),
        names: |config| config.capacity_rules.keys().cloned().collect(),
    },
    Family {
        name: "tenants",
        second: Some(".<tenant>"),
        means: "What holds for agents of a tenant.",
        open: |config, second| config.tenants.entry(second.to_owned()).or_default(),
        names: |config| config.tenants.keys().cloned().collect(),
    },
    Family {
        name: "agent-groups",
        second: Some(".<group>"),
        means: "What holds for agents of a group. An agent of several groups follows the first in his \
                `groups` that says something.",
        open: |config, second| config.agent_groups.entry(second.to_owned()).or_default(),
        names: |config| config.agent_groups.keys().cloned().collect(),
    },
    Family {
        name: "places",
        second: Some(".<place>"),
        means: "What holds for whoever logs in at a place. Only places of which something is said need \
                stand here.",
        open: |config, second| config.places.entry(second.to_owned()).or_default(),
        names: |config| config.places.keys().cloned().collect(),
    },
    Family {
        name: "privileges",
        second: None,
        means: "What accounts of each role may ask for: `use-chat` (be ready for chats and join \
                them), `place-on-hold` (keep a customer waiting), `release` (end a chat, or remove \
                somebody from it), `release-async` (end an asynchronous chat), `monitor` (follow a chat unseen), `coach` (be heard by the agent \
                alone), `barge-in` (come to a chat that others handle), `pull-from-queues`, \
                `pull-from-workbins` (of others; one's own are open to everybody), `act-on-waiting` \
                (move, change, assign and stop what nobody handles), `change-state-of-others` (make \
                another agent ready or not), `find-interactions` (look for any, and see what others \
                have, and the figures), `use-contacts` (contacts, records, standard responses), \
                `merge-contacts`, `export-contacts`, `erase-contacts` (everything about a person). \
                `release`, `monitor`, `coach` and `barge-in` need `use-chat`, `release-async` needs \
                `release`, the last three need `use-contacts`; `monitor` is for supervisors.",
        open: |config, _| &mut config.privileges,
        names: alone,
    },
    Family {
        name: "agents",
        second: Some(".<name>"),
        means: "Local accounts of agents and supervisors, the same on every node of a cluster. \
                After five wrong passwords within a minute an account is not asked any more for a \
                while; each node counts for itself, so N nodes allow N times as many guesses.",
        open: |config, second| config.agents.entry(second.to_owned()).or_default(),
        names: |config| config.agents.keys().cloned().collect(),
    },
    Family {
        name: "contact-attributes",
        second: Some(".<attribute>"),
        means: "How a customer is known by one attribute. Without any, `EmailAddress` has rank 0, \
                `PhoneNumber` 1, `FirstName` and `LastName` together 2; a section takes the place \
                of what holds for its attribute.",
        open: |config, second| config.contact_attributes.entry(second.to_owned()).or_default(),
        names: |config| config.contact_attributes.keys().cloned().collect(),
    },
    Family {
        name: "contact-searchable-attributes",
        second: Some(".<media>"),
        means: "By what a customer is known on one channel, in place of all that holds for \
                attributes elsewhere.",
        open: |config, second| config.searchable_attributes.entry(second.to_owned()).or_default(),
        names: |config| config.searchable_attributes.keys().cloned().collect(),
    },
    Family {
        name: "contact-retention",
        second: None,
        means: "For how long records of interactions are kept, for each tenant. Contacts themselves \
                stay until they are erased.",
        open: |config, _| &mut config.contact_retention,
        names: alone,
    },
    Family {
        name: "esp-clients",
        second: Some(".<name>"),
        means: "Accounts of systems that act on chat sessions over `[listen] esp`, the same on every \
                node. Wrong passwords are treated as those of agents.",
        open: |config, second| config.esp_clients.entry(second.to_owned()).or_default(),
        names: |config| config.esp_clients.keys().cloned().collect(),
    },
    Family {
        name: "bots",
        second: Some(".<id>"),
        means: "Bots that workflows and agents may bring into a chat, the same on every node of a \
                cluster. Each has a `url` with its `secret`, or is a `sample`.",
        open: |config, second| config.bots.entry(second.to_owned()).or_default(),
        names: |config| config.bots.keys().cloned().collect(),
    },
    Family {
        name: "bot-gateway",
        second: None,
        means: "What holds for all bots.",
        open: |config, _| &mut config.bot_gateway,
        names: alone,
    },
    Family {
        name: "push",
        second: None,
        means: "What holds for pushes of customers who do not say otherwise.",
        open: |config, _| &mut config.push,
        names: alone,
    },
    Family {
        name: "push",
        second: Some(".<provider>"),
        means: "A server, or a service for mobile devices, that what happens in chats is pushed to, for \
                customers who ask for it when they start theirs; the same on every node of a cluster.",
        open: |config, second| config.push_providers.entry(second.to_owned()).or_default(),
        names: |config| config.push_providers.keys().cloned().collect(),
    },
    Family {
        name: "standard-responses",
        second: None,
        means: "Texts that agents send often.",
        open: |config, _| &mut config.standard_responses,
        names: alone,
    },
    Family {
        name: "workflow",
        second: None,
        means: "What becomes of an interaction until an agent has it, and afterwards.",
        open: |config, _| &mut config.workflow,
        names: alone,
    },
    Family {
        name: "mail",
        second: None,
        means: "The server through which `send-transcript` blocks of strategies send.",
        open: |config, _| &mut config.mail,
        names: alone,
    },
    Family {
        name: "cassandra",
        second: None,
        means: "The ring that keeps everything. Without it a node stands alone and uses the \
                embedded store.",
        open: |config, _| &mut config.cassandra,
        names: alone,
    },
    Family {
        name: "log",
        second: None,
        means: "What the node writes about itself, to its standard error.",
        open: |config, _| &mut config.log,
        names: alone,
    },
];

fn alone(_: &Config) -> Vec<String> {
    vec![String::new()]
}
