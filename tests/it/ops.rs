//! What the people on duty are given fits the program and is whole: alarms speak of figures that
//! exist, each has a page that says what to do and a test that shows when it comes and goes, and
//! Prometheus' own tool accepts all of it.

use holdfast::telemetry::names::ALL;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::process::Command;

const FOLDER: &str = "ops/prometheus";
const RULES: &str = "ops/prometheus/alerts.yml";
const TESTS: &str = "ops/prometheus/alerts_test.yml";
const RUNBOOKS: &str = "ops/runbooks";

/// What every runbook has, in this order.
const HEADINGS: &[&str] =
    &["## What it means", "## What customers notice", "## Check", "## Fix", "## Prevent"];

#[test]
fn alarms_speak_of_figures_that_exist() {
    expect_none([RULES, TESTS].map(read).iter().flat_map(|text| unknown_figures(text)));
}

#[test]
fn runbooks_speak_of_figures_that_exist() {
    let pages = runbooks().into_iter().map(|name| read(&format!("{RUNBOOKS}/{name}.md")));
    expect_none(pages.flat_map(|page| unknown_figures(&page)));
}

#[test]
fn every_alarm_is_whole_and_tested() {
    let tests = read(TESTS);
    expect_none(alarms(&read(RULES)).iter().flat_map(|alarm| what_lacks(alarm, &tests)));
}

#[test]
fn every_runbook_belongs_to_an_alarm_and_has_the_usual_shape() {
    let named: BTreeSet<String> =
        alarms(&read(RULES)).into_iter().map(|alarm| alarm.name).collect();

    assert_eq!(runbooks(), named);
    expect_none(named.iter().filter_map(|name| {
        let page = read(&format!("{RUNBOOKS}/{name}.md"));
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        let titled = page.starts_with(&format!("# {name}\n"));
        (!titled || headings != HEADINGS).then(|| format!("{name}.md has another shape"))
    }));
}

#[test]
fn prometheus_accepts_the_configuration_and_the_rules() {
    promtool(&["check", "config", "prometheus.yml"]);
    promtool(&["check", "rules", "alerts.yml"]);
}

#[test]
fn alarms_come_and_go_when_they_should() {
    promtool(&["test", "rules", "alerts_test.yml"]);
}

#[test]
fn planted_slips_are_found() {
    let rules = "- alert: A\n  expr: holdfast_sessions_lost > rate(holdfast_messages_total[1m])\n";
    let tests = "- alertname: A\n  exp_alerts:\n    - x\n";

    assert_eq!(unknown_figures(rules), ["holdfast_sessions_lost is no figure of this program"]);
    let lacks = what_lacks(&alarms(rules)[0], tests);
    assert_eq!(lacks.len(), 4, "{lacks:?}");
    assert!(lacks.contains(&"A: no test shows that it goes".to_owned()), "{lacks:?}");
}

struct Alarm {
    name: String,
    /// Everything from its name to the next alarm.
    text: String,
}

fn alarms(rules: &str) -> Vec<Alarm> {
    let alarm = |text: &str| {
        let name = text.lines().next().unwrap_or_default().trim().to_owned();
        Alarm { name, text: text.to_owned() }
    };
    rules.split("- alert: ").skip(1).map(alarm).collect()
}

fn what_lacks(alarm: &Alarm, tests: &str) -> Vec<String> {
    let Alarm { name, text } = alarm;
    let runbook = format!("runbook_url: {RUNBOOKS}/{name}.md\n");
    let of_it = tests.split("- alertname: ").skip(1);
    let of_it: Vec<&str> = of_it.filter(|test| test.starts_with(&format!("{name}\n"))).collect();
    let goes = |test: &str| test.contains("exp_alerts: []");
    let needs = [
        (text.contains(" severity: "), "no severity"),
        (text.contains(" summary: "), "no summary"),
        (text.contains(&runbook), "no runbook"),
        (of_it.iter().any(|test| !goes(test)), "no test shows that it comes"),
        (of_it.iter().any(|test| goes(test)), "no test shows that it goes"),
    ];
    needs.iter().filter(|(there, _)| !there).map(|(_, what)| format!("{name}: {what}")).collect()
}

fn runbooks() -> BTreeSet<String> {
    let files = fs::read_dir(RUNBOOKS).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let pages = names.filter_map(|name| name.strip_suffix(".md").map(str::to_owned));
    pages.filter(|name| name != "README").collect()
}

/// Every word that looks like one of our figures and is none.
fn unknown_figures(text: &str) -> Vec<String> {
    let known: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ours: BTreeSet<&str> = words.filter(|word| word.starts_with("holdfast_")).collect();
    let is_known = |word: &str| {
        let parts = ["_bucket", "_sum", "_count"];
        let whole = parts.iter().find_map(|part| word.strip_suffix(part));
        known.contains(word) || whole.is_some_and(|whole| known.contains(whole))
    };
    let unknown = ours.into_iter().filter(|word| !is_known(word));
    unknown.map(|word| format!("{word} is no figure of this program")).collect()
}

fn promtool(arguments: &[&str]) {
    let outcome = Command::new("promtool").args(arguments).current_dir(FOLDER).output();
    if outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        panic!("promtool is missing: `tests/setup` installs it (Debian's package prometheus)");
    }
    let outcome = outcome.unwrap();
    let said = String::from_utf8_lossy(&outcome.stdout);
    let complained = String::from_utf8_lossy(&outcome.stderr);
    assert!(outcome.status.success(), "promtool {arguments:?}\n{said}{complained}");
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn expect_none(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<String> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
