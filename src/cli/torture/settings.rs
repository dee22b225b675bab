//! The flags of the torture, and what is made of them.

use crate::cli::Failure;
use crate::cli::torture::accounts::AccountsArguments;
use crate::cli::torture::check::around::Allowance;
use crate::cli::torture::check::plant::Plant;
use clap::{Args, FromArgMatches, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct TortureArguments {
    #[command(subcommand)]
    pub command: Option<TortureCommand>,
    #[command(flatten)]
    pub run: RunArguments,
}

#[derive(Debug, Subcommand)]
pub enum TortureCommand {
    /// Print sections with accounts of agents, for the configuration of the nodes. The password is
    /// read from the standard input
    Accounts(AccountsArguments),
}

/// How a customer hears of what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Over {
    /// He asks again and again
    Rest,
    /// CometD, by requests that wait
    LongPolling,
    /// CometD, over a socket
    Websocket,
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
    /// Over what customers come, one after the other
    #[arg(long, value_enum, value_delimiter = ',', default_value = "rest")]
    pub over: Vec<Over>,
    /// The service that customers address
    #[arg(long, default_value = "customer-support")]
    pub service: String,
    /// Agents; together they must have room for all sessions
    #[arg(long, default_value_t = 1)]
    pub agents: u32,
    /// Accounts are called by this and a number from 1 on
    #[arg(long, default_value = "torture-")]
    pub agent_prefix: String,
    /// File with accounts instead, one NAME:PASSWORD a line
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// File with the password of all agents [otherwise HOLDFAST_AGENT_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub agent_password_file: Option<PathBuf>,
    // The variable alone is meant; it cannot be had without a flag.
    #[arg(long = "password", env = "HOLDFAST_AGENT_PASSWORD", hide = true, hide_env_values = true)]
    pub secret: Option<String>,
    /// Sessions that go on at the same time
    #[arg(long, default_value_t = 3)]
    pub sessions: u32,
    /// Length of the load
    #[arg(long, default_value_t = 1.0)]
    pub minutes: f64,
    /// Messages a second, of all sessions together
    #[arg(long, default_value_t = 5.0)]
    pub rate: f64,
    /// Mean life of a session in seconds; without it sessions live to the end
    #[arg(long, value_name = "SECONDS")]
    pub churn: Option<f64>,
    /// Decides who says what when
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Seconds between two looks of a customer for news
    #[arg(long, default_value_t = 2.0)]
    pub poll: f64,
    /// Seconds until a request without an answer is sent again
    #[arg(long, default_value_t = 5.0)]
    pub patience: f64,
    /// Seconds for everything to arrive after the last message
    #[arg(long, default_value_t = 60.0)]
    pub settle: f64,
    /// Everything that is done to the servers is planned: nobody may notice it
    #[arg(long)]
    pub planned: bool,
    /// Seconds at the beginning, with --planned, in which nothing is done to the servers
    #[arg(long, default_value_t = 30.0)]
    pub baseline: f64,
    /// Seconds to an acknowledgement in planned phases, at most
    #[arg(long, default_value_t = 2.0)]
    pub longest_ack: f64,
    /// By how much the 99th percentile may grow from baseline to planned phases
    #[arg(long, default_value_t = 2.0)]
    pub slower: f64,
    /// File or FIFO from which lines like 'phase planned', 'phase fault', 'note …' and 'stop' are
    /// read as they come; - for the standard input
    #[arg(long, value_name = "FILE")]
    pub control: Option<PathBuf>,
    /// Made when all sessions have begun
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Living owners at the end, as interactions name them
    #[arg(long, value_delimiter = ',', value_name = "HOST:PORT")]
    pub nodes: Vec<String>,
    /// Where nodes tell their metrics, if nobody else uses them
    #[arg(long, value_delimiter = ',', value_name = "URL")]
    pub metrics: Vec<String>,
    /// Put a fault into what was seen: the torture must fail then
    #[arg(long, value_enum)]
    pub plant: Vec<Plant>,
    /// Where the report goes, as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Without the password.
impl std::fmt::Debug for TortureArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.command, self.run)
    }
}

/// Without the password.
impl std::fmt::Debug for RunArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { target, agents, sessions, minutes, rate, seed, .. } = self;
        write!(
            f,
            "{sessions} sessions, {agents} agents at {target:?}: {rate}/s, {minutes} min, {seed}"
        )
    }
}

/// Who an agent is.
#[derive(Clone)]
pub struct Account {
    pub name: String,
    pub password: String,
}

impl RunArguments {
    /// What holds if nobody says anything.
    pub fn usual() -> Result<Self, clap::Error> {
        let command = Self::augment_args(clap::Command::new("torture"));
        Self::from_arg_matches(&command.try_get_matches_from(["torture"])?)
    }

    /// What makes no sense is told before anything begins.
    pub fn check(&self) -> Result<(), Failure> {
        let positive = [
            ("--minutes", self.minutes),
            ("--rate", self.rate),
            ("--poll", self.poll),
            ("--patience", self.patience),
            ("--settle", self.settle),
            ("--churn", self.churn.unwrap_or(1.0)),
        ];
        for (flag, value) in positive {
            if !(0.001..1e6).contains(&value) {
                return Err(Failure::Usage(format!("{flag} {value}: this is no sensible number")));
            }
        }
        if self.sessions == 0 || self.agents == 0 {
            return Err(Failure::Usage("there must be sessions and agents".to_owned()));
        }
        Ok(())
    }

    pub fn allowance(&self) -> Allowance {
        Allowance { longest: self.longest_ack, factor: self.slower }
    }

    /// Messages a second of one session.
    pub fn rate_of_one(&self) -> f64 {
        self.rate / f64::from(self.sessions)
    }

    pub fn patience(&self) -> Duration {
        Duration::from_secs_f64(self.patience)
    }

    pub fn settle(&self) -> Duration {
        Duration::from_secs_f64(self.settle)
    }

    /// The agents, with their passwords.
    pub fn accounts(&self) -> Result<Vec<Account>, Failure> {
        if let Some(file) = &self.accounts {
            let text = read(file)?;
            let accounts: Vec<_> = text.lines().filter_map(account).collect();
            return enough(accounts, self.agents);
        }
        let password = match (&self.agent_password_file, &self.secret) {
            (Some(file), _) => read(file)?.trim_end_matches(['\n', '\r']).to_owned(),
            (None, Some(secret)) => secret.clone(),
            (None, None) => {
                let how = "give --accounts, --agent-password-file or HOLDFAST_AGENT_PASSWORD";
                return Err(Failure::Usage(format!("passwords of agents are needed: {how}")));
            }
        };
        let account =
            |n| Account { name: format!("{}{n}", self.agent_prefix), password: password.clone() };
        Ok((1..=self.agents).map(account).collect())
    }
}

fn account(line: &str) -> Option<Account> {
    let (name, password) = line.split_once(':')?;
    Some(Account { name: name.trim().to_owned(), password: password.to_owned() })
}

fn enough(mut accounts: Vec<Account>, n_agents: u32) -> Result<Vec<Account>, Failure> {
    let n_wanted = usize::try_from(n_agents).unwrap_or(usize::MAX);
    if accounts.len() < n_wanted {
        let n = accounts.len();
        return Err(Failure::Usage(format!("--accounts has {n} accounts for {n_agents} agents")));
    }
    accounts.truncate(n_wanted);
    Ok(accounts)
}

fn read(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file);
    text.map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", file.display())))
}
