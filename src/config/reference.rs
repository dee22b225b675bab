//! The option reference and the effective values, as texts.

use crate::config::read::Loaded;
use crate::config::sections::{Config, FAMILIES, Family};
use crate::config::spec::{Described, TakesEffect};
use std::fmt::Write;

const HEAD: &str = "\
# Options

Made by `holdfast config doc` from the declarations that also read and check the options.

Later wins: defaults, the file (`--config`, `HOLDFAST_CONFIG`, or `holdfast.toml` where the node is
started), the environment (`HOLDFAST__SECTION__OPTION`, as `HOLDFAST__LOG__LEVEL=debug` or
`HOLDFAST__CHAT__CUSTOMER_SUPPORT__ENDPOINT=…`), flags (`--set log.level=debug`).
Any text may be `${env:NAME}` or `${file:/path}`: what stands there is taken. Switches may also be
written yes/no, on/off, 1/0. Unknown names are errors; `holdfast check-config` tells all faults at
once, `holdfast config show --origin` what is in effect and where it came from.

Names and defaults are those of the chat server administration guide where it has them; a default
that differs says so. *Immediately* means that a change is meant to count for running sessions; to
change a value, this version must be restarted. *Not yet* means that the value is read and checked,
and that this version does nothing with it.
";

/// Every option, in Markdown.
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    for family in FAMILIES {
        let second = family.second.unwrap_or("");
        text += &format!("\n## `[{}{second}]`\n\n{}\n\n", family.name, family.means);
        text += "| option | value | default | takes effect | meaning |\n|---|---|---|---|---|\n";
        for option in described(family) {
            text += &row(&option);
        }
    }
    text
}

/// The options of a section as they are when nothing is set.
fn described(family: &Family) -> Vec<Described> {
    let mut config = Config::default();
    (family.open)(&mut config, "").described()
}

fn row(option: &Described) -> String {
    let Described { name, kind, default, guide, takes_effect, means } = option;
    let takes_effect = match takes_effect {
        TakesEffect::Immediately => "immediately",
        TakesEffect::AtRestart => "at restart",
        TakesEffect::NotYet => "not yet",
    };
    let default = match guide {
        Some((theirs, why)) => format!("`{default}` (the guide: `{theirs}`; ours because {why})"),
        None => format!("`{default}`"),
    };
    format!("| `{name}` | {kind} | {default} | {takes_effect} | {means} |\n")
}

/// The effective values in the form of the file. Secrets are masked.
pub fn show(loaded: &Loaded) -> String {
    write_values(loaded, |_, _| String::new())
}

/// The effective values, each with where it came from.
pub fn show_with_origins(loaded: &Loaded) -> String {
    write_values(loaded, |section, option| format!("  # {}", loaded.origin(section, option)))
}

fn write_values(loaded: &Loaded, remark: impl Fn(&str, &str) -> String) -> String {
    let mut config = loaded.config.clone();
    let mut text = String::new();
    for family in FAMILIES {
        for second in (family.names)(&loaded.config) {
            let title = family.title(&second);
            text += &format!("[{}]\n", key(family, &second));
            for option in (family.open)(&mut config, &second).shown() {
                let unset = if option.value == "(none)" { "# " } else { "" };
                let remark = remark(&title, &option.name);
                let name = option_key(&option.name);
                let line = writeln!(text, "{unset}{name} = {}{remark}", option.value);
                debug_assert!(line.is_ok(), "a text takes every line");
            }
            text.push('\n');
        }
    }
    text
}

/// The name of an option as TOML wants it. A dot would make a table of it.
fn option_key(name: &str) -> String {
    if name.chars().all(is_bare) { name.to_owned() } else { format!("{name:?}") }
}

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The name of a section as TOML wants it: quoted where it is no bare key.
fn key(family: &Family, second: &str) -> String {
    let title = family.title(second);
    if title.contains(':') {
        format!("{title:?}")
    } else if second.chars().all(is_bare) {
        title
    } else {
        format!("{}.{second:?}", family.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    #[test]
    fn the_reference_names_every_option_once_and_says_where_we_differ() {
        let text = reference();

        let row = text.lines().find(|line| line.starts_with("| `session-restoration-mode`"));
        assert!(row.unwrap().contains("the guide: `none`"));
        assert_eq!(text.matches("| `flex-disconnect-timeout` |").count(), 1);
        assert!(text.contains("| `<alias>` |"));
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shown.toml");
        let flags = ["settings.closed-keep=3".to_owned(), "chat.s.l.endpoint=A:b".into()];
        let aliases = ["endpoints:A.b=q".to_owned(), "endpoints:A.default=q".into()];
        let sources = Sources { flags: [&flags[..], &aliases[..]].concat(), ..Sources::default() };
        let first = show(&Config::read(&sources).unwrap());
        std::fs::write(&path, &first).unwrap();

        let second = Config::read(&Sources { file: Some(path), ..Sources::default() }).unwrap();

        assert_eq!(show(&second), first);
        assert_eq!(second.config.queue_of("A:b"), Some("q"));
    }
}
