//! Where log lines go and how they look. What people write in chats is kept out by those who log,
//! not here.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Whom the lines are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    People,
    Machines,
}

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("'{level}' is no level of the log")]
    Level { level: String, source: tracing_subscriber::filter::ParseError },
    #[error("this process already has a log")]
    Taken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Whether a level can be understood.
pub fn check_level(level: &str) -> Result<(), LogError> {
    filter(level).map(drop)
}

/// Writes everything from now on to the standard error, from a level as `info` or
/// `info,holdfast::chat=debug` on.
pub fn install(level: &str, form: Form) -> Result<(), LogError> {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(level)?)
        .with_span_events(FmtSpan::NONE)
        // A full disk under the log would be told to the same standard error, and end the thread.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let installed = match form {
        Form::People => lines.with_target(false).with_ansi(false).try_init(),
        Form::Machines => lines.json().flatten_event(true).try_init(),
    };
    installed.map_err(LogError::Taken)
}

/// What the web server says of its threads interests nobody, unless somebody asks for it by name; and
/// what the driver of Cassandra complains of at each try, the store tells once.
const QUIET: [&str; 3] = ["actix_server=warn", "actix_http=off", "scylla=off"];

fn filter(level: &str) -> Result<EnvFilter, LogError> {
    let asked: Vec<_> = level.split(',').collect();
    let is_asked = |quiet: &str| {
        let part = quiet.split('=').next().unwrap_or_default();
        asked.iter().any(|directive| directive.starts_with(part))
    };
    let quiet = QUIET.into_iter().filter(|quiet| !is_asked(quiet));
    let directives = asked.iter().copied().chain(quiet).collect::<Vec<_>>().join(",");
    let parsed = EnvFilter::builder().parse(directives);
    parsed.map_err(|source| LogError::Level { level: level.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_understood_or_named_in_the_error() {
        assert!(check_level("info,holdfast::chat=debug").is_ok());

        let refused = check_level("holdfast=loud").unwrap_err();

        assert_eq!(refused.to_string(), "'holdfast=loud' is no level of the log");
    }
}
