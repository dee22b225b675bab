//! The flags of the contact centre, and what is made of them.

use crate::cli::Failure;
use crate::cli::centre::accounts::{AccountsArguments, SUPERVISOR};
use crate::cli::centre::judge::plant::Plant;
use crate::cli::torture::settings::{Account, RunArguments as Load};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CentreArguments {
    #[command(subcommand)]
    pub command: Option<CentreCommand>,
    #[command(flatten)]
    pub run: RunArguments,
}

#[derive(Debug, Subcommand)]
pub enum CentreCommand {
    /// Print sections with accounts of agents and supervisors, for the configuration of the nodes.
    /// The password is read from the standard input
    Accounts(AccountsArguments),
    /// Print the workflow of the nodes, for a file that `[workflow] file` names
    Workflow,
}

#[derive(Args)]
pub struct RunArguments {
    /// Where the customer API is; several are tried in any order
    #[arg(long, value_delimiter = ',', default_value = "http://127.0.0.1:8080")]
    pub target: Vec<String>,
    /// Where the agent API is
    #[arg(long, value_delimiter = ',', default_value = "http://127.0.0.1:8081")]
    pub agent_target: Vec<String>,
    /// File of the authorities that https servers are believed by [otherwise those of the system]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The service that customers address
    #[arg(long, default_value = "customer-support")]
    pub service: String,
    /// Agents; as many accounts must be there
    #[arg(long, default_value_t = 50)]
    pub agents: u32,
    /// Supervisors
    #[arg(long, default_value_t = 3)]
    pub supervisors: u32,
    /// Customers, one chat each
    #[arg(long, default_value_t = 1_000)]
    pub customers: u32,
    /// Seconds in which all of them arrive
    #[arg(long, default_value_t = 360.0)]
    pub arrivals: f64,
    /// Mean pause in seconds between two words of somebody
    #[arg(long, default_value_t = 2.0)]
    pub pace: f64,
    /// Decides who does what when
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Accounts are called by this and a number from 1 on
    #[arg(long, default_value = "centre-")]
    pub agent_prefix: String,
    /// File with the password of all accounts [otherwise HOLDFAST_AGENT_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub agent_password_file: Option<PathBuf>,
    // The variable alone is meant; it cannot be had without a flag.
    #[arg(long = "password", env = "HOLDFAST_AGENT_PASSWORD", hide = true, hide_env_values = true)]
    pub secret: Option<String>,
    /// Seconds between two looks of a customer for news
    #[arg(long, default_value_t = 1.5)]
    pub poll: f64,
    /// Seconds until a request without an answer is sent again
    #[arg(long, default_value_t = 5.0)]
    pub patience: f64,
    /// Seconds in which everything must have come to its end after the last customer has gone
    #[arg(long, default_value_t = 60.0)]
    pub settle: f64,
    /// `[settings] resume-window` of the nodes
    #[arg(long, default_value_t = 15.0)]
    pub resume_window: f64,
    /// `[interaction] delivering-timeout` of the nodes
    #[arg(long, default_value_t = 30.0)]
    pub delivering_timeout: f64,
    /// `[interaction] reoffer-after` of the nodes
    #[arg(long, default_value_t = 60.0)]
    pub reoffer_after: f64,
    /// Seconds by which one desk may hear later than another
    #[arg(long, default_value_t = 2.0)]
    pub skew: f64,
    /// Seconds for which somebody may wait while an agent could take him
    #[arg(long, default_value_t = 5.0)]
    pub idle_wait: f64,
    /// Nodes are killed and drained meanwhile: what nobody was there to see is not counted
    #[arg(long)]
    pub disturbed: bool,
    /// Made when the first customers are served
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Put a fault into what was seen: the run must fail then
    #[arg(long, value_enum)]
    pub plant: Vec<Plant>,
    /// Where everything that was seen goes, a frame a line
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Where the report goes, as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Without the password.
impl std::fmt::Debug for CentreArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let RunArguments { target, agents, customers, seed, .. } = &self.run;
        write!(f, "{:?} {customers} customers, {agents} agents at {target:?}, {seed}", self.command)
    }
}

impl RunArguments {
    /// What makes no sense is told before anything begins.
    pub fn check(&self) -> Result<(), Failure> {
        let positive = [
            ("--arrivals", self.arrivals),
            ("--pace", self.pace),
            ("--poll", self.poll),
            ("--patience", self.patience),
            ("--settle", self.settle),
            ("--resume-window", self.resume_window),
            ("--delivering-timeout", self.delivering_timeout),
            ("--skew", self.skew),
            ("--idle-wait", self.idle_wait),
        ];
        for (flag, value) in positive {
            if !(0.001..1e6).contains(&value) {
                return Err(Failure::Usage(format!("{flag} {value}: this is no sensible number")));
            }
        }
        if self.customers == 0 || self.agents < 2 || self.supervisors == 0 {
            let wanted = "there must be customers, two agents or more, and a supervisor";
            return Err(Failure::Usage(wanted.to_owned()));
        }
        Ok(())
    }

    /// The same for the clients, which are those of the torture.
    pub fn load(&self) -> Result<Load, Failure> {
        let usual = Load::usual().map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Load {
            target: self.target.clone(),
            agent_target: self.agent_target.clone(),
            ca: self.ca.clone(),
            service: self.service.clone(),
            agents: self.agents,
            agent_prefix: self.agent_prefix.clone(),
            agent_password_file: self.agent_password_file.clone(),
            secret: self.secret.clone(),
            sessions: self.customers,
            seed: self.seed,
            poll: self.poll,
            patience: self.patience,
            settle: self.settle,
            ..usual
        })
    }

    /// The supervisors, who have the agents' password.
    pub fn supervisors(&self, agents: &[Account]) -> Vec<Account> {
        let password = agents.first().map(|one| one.password.clone()).unwrap_or_default();
        let account = |n| Account {
            name: format!("{}{SUPERVISOR}{n}", self.agent_prefix),
            password: password.clone(),
        };
        (1..=self.supervisors).map(account).collect()
    }

    pub fn pace(&self) -> Duration {
        Duration::from_secs_f64(self.pace)
    }

    pub fn settle(&self) -> Duration {
        Duration::from_secs_f64(self.settle)
    }
}
