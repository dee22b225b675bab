//! What a reader of configurations promises, from files, environment and flags to faults.

use super::*;
use crate::config::field::Choice;
use std::time::Duration;

#[test]
fn nothing_set_is_a_node_that_can_run() {
    let loaded = Config::read(&Sources::default()).unwrap();

    let config = loaded.config;
    assert_eq!(config.settings.flex_disconnect_timeout, Duration::from_secs(45));
    assert_eq!(config.endpoint_of("customer-support"), Some("Environment:default"));
    assert_eq!(config.queue_of("Environment:default"), Some("chat-inbound"));
    assert_eq!(config.endpoint_of("unheard-of"), None);
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let file = "[log]\nlevel = 'warn'\nformat = 'json'\n[settings]\nclosed-keep = 1\n";
    let environment = [("HOLDFAST__LOG__LEVEL", "debug"), ("HOLDFAST__SETTINGS__CLOSED_KEEP", "2")];

    let loaded = read(file, &environment, &["settings.closed-keep=3"]).unwrap();

    assert_eq!(loaded.config.log.format, LogFormat::Json);
    assert_eq!(loaded.config.log.level, "debug");
    assert_eq!(loaded.config.settings.closed_keep_days, 3);
    assert!(show_with_origins(&loaded).contains("closed-keep = 3  # flag settings.closed-keep"));
    let origin = Origin::Environment("HOLDFAST__LOG__LEVEL".into());
    assert_eq!(*loaded.origin("log", "level"), origin);
}

#[test]
fn all_faults_are_told_together_each_with_its_place_and_a_way_out() {
    let file = "\
[settings]
flex-disconect-timeout = 45
user-register-timeout = 0
hide-attached-data = 'perhaps'

[setings]
x = 1
";
    let faults = told(read(file, &[("HOLDFAST__LOG__COLOUR", "red")], &["nonsense"]));

    assert_eq!(
        faults,
        [
            "f.toml:2:1: unknown option 'flex-disconect-timeout' in [settings]; \
             did you mean 'flex-disconnect-timeout'?",
            "f.toml:3:1: [settings] user-register-timeout: 0 does not fit; \
             write seconds, 1 to 86400",
            "f.toml:4:1: [settings] hide-attached-data: 'perhaps' does not fit; \
             write true or false",
            "f.toml:7:1: unknown section [setings]; did you mean 'settings'?",
            "environment HOLDFAST__LOG__COLOUR: unknown option 'colour' in [log]; \
             see 'holdfast config doc' for all names",
            "flag nonsense: not of the form section.option=value; \
             write, for example, log.level=debug",
        ]
    );
}

#[test]
fn a_slip_in_the_form_does_not_hide_the_other_faults() {
    let faults = told(read("[log]\nlevel = \n[settings]\nclosed-keep = 'x'\n", &[], &[]));

    assert!(faults[0].starts_with("f.toml:2:"), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("closed-keep: 'x' does not fit")));
}

#[test]
fn sections_with_free_names_may_be_written_with_a_colon_or_a_dot() {
    let file = "\
['endpoints:Sales']
default = 'sales-inbound'
[endpoints.Environment]
vip = 'vip-inbound'
[chat.sales]
endpoint = 'Sales:default'
[chat.plain]
";
    let config = read(file, &[], &["endpoints:Sales.late=night"]).unwrap().config;

    assert_eq!(config.endpoint_of("sales"), Some("Sales:default"));
    assert_eq!(config.endpoint_of("plain"), Some("Environment:default"));
    assert_eq!(config.queue_of("Environment:vip"), Some("vip-inbound"));
    assert_eq!(config.queue_of("Sales:late"), Some("night"));
}

#[test]
fn the_environment_finds_a_free_name_whatever_its_case_and_dashes() {
    let environment = [
        ("HOLDFAST__ENDPOINTS__ENVIRONMENT__DEFAULT", "other"),
        ("HOLDFAST__CHAT__CUSTOMER_SUPPORT__ENDPOINT", "Environment:default"),
    ];

    let config = read("", &environment, &[]).unwrap().config;

    assert_eq!(config.queue_of("Environment:default"), Some("other"));
    assert_eq!(config.services.len(), 1);
}

#[test]
fn a_tenant_without_default_and_an_endpoint_that_is_not_there_are_faults() {
    let faults = told(read("[endpoints.A]\nx = 'q'\n[chat.s]\nendpoint = 'A:y'\n", &[], &[]));

    assert_eq!(faults.len(), 2);
    assert!(faults[0].contains("[endpoints:A] default: the alias is missing"));
    assert!(faults[1].starts_with("f.toml:4:1: [chat.s] endpoint: there is no endpoint 'A:y'"));
}

#[test]
fn a_secret_comes_from_elsewhere_and_is_never_shown() {
    let file =
        "[agents.bob]\npassword-hash = '${env:BOB}'\n[agents.eve]\npassword-hash = '${env:EVE}'\n";
    let faults = told(read(file, &[("BOB", "$argon2id$secret")], &[]));
    assert!(faults[0].contains("[agents.eve] password-hash: EVE is not in the environment"));

    let environment = [("BOB", "$argon2id$secret"), ("EVE", "$argon2id$other")];
    let loaded = read(file, &environment, &[]).unwrap();

    assert_eq!(loaded.config.agents["bob"].password_hash.expose(), "$argon2id$secret");
    assert!(!show(&loaded).contains("secret") && show(&loaded).contains("password-hash = \"***\""));
}

#[test]
fn a_plain_password_is_refused_without_repeating_it() {
    let faults = told(read("[agents.bob]\npassword-hash = 'hunter42'\n", &[], &[]));

    assert_eq!(faults.len(), 1);
    assert!(faults[0].contains("hash-password") && !faults[0].contains("hunter42"));

    let faults = told(read("[agents.bob]\npassword-hash = 424242\n", &[], &[]));

    assert!(faults[0].contains("the value does not fit") && !faults[0].contains("424242"));
}

#[test]
fn names_and_listeners_must_fit() {
    let file = "[node]\nname = 'Node A'\n[listen]\nagent = '127.0.0.1:8080'\nhealth = 'here'\n";

    let faults = told(read(file, &[], &[]));

    assert!(faults[0].contains("[node] name: 'Node A' does not fit"));
    assert!(faults[1].contains("[listen] agent: 127.0.0.1:8080 is already that of customer"));
    assert!(faults[2].contains("[listen] health: 'here' does not fit; write an IP address"));
}

#[test]
fn a_ring_needs_names_and_ports_that_fit_and_a_data_centre_for_its_quorum() {
    let file = "[cassandra]\ncontact-points = ['10.0.0.1']\nkeyspace = 'My Space'\n\
                consistency = 'local_quorum'\npassword = 'hunter42'\n";

    let faults = told(read(file, &[], &[])).join("\n");

    assert!(
        faults.contains("contact-points: '10.0.0.1' does not fit; write host:port"),
        "{faults}"
    );
    assert!(faults.contains("keyspace: 'My Space' does not fit"), "{faults}");
    assert!(faults.contains("datacenter: local_quorum needs to know"), "{faults}");
    assert!(!faults.contains("hunter42"), "{faults}");
    let weaker = told(read("[cassandra]\nconsistency = 'one'\n", &[], &[]));
    assert!(weaker[0].contains("write one of quorum, local_quorum"), "{weaker:?}");
}

#[test]
fn certificates_come_with_their_keys_and_encryption_with_somebody_to_trust() {
    let file = "[tls.customer]\ncertificate-file = 'c.pem'\n\
                [peer]\ncertificate-file = 'p.pem'\nprivate-key-file = 'p.key'\n\
                [encryption]\nenabled = true\nclient-private-key-file = ''\n";

    let faults = told(read(file, &[], &[])).join("\n");

    assert!(faults.contains("[tls.customer] private-key-file: it is missing"), "{faults}");
    assert!(faults.contains("[peer] trusted-cert-dir: it is missing"), "{faults}");
    assert!(faults.contains("[encryption] trusted-cert-dir: nothing says which"), "{faults}");
    assert!(!faults.contains("client-"), "{faults}");
    let unverified = "[encryption]\nenabled = true\nverify-peer-cert = false\n";
    assert!(told(read(unverified, &[], &[]))[0].contains("insecure-accept-any"));
}

#[test]
fn the_listener_of_other_systems_needs_somebody_who_may_ask() {
    let alone = told(read("[listen]\nesp = '127.0.0.1:8084'\n", &[], &[]));
    assert!(alone[0].contains("[listen] esp: nobody could ask"), "{alone:?}");

    let file = "\
[listen]
esp = '127.0.0.1:8080'
[esp-clients.'a b']
password-hash = 'secret'
";
    let faults = told(read(file, &[], &[]));
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("[listen] esp: 127.0.0.1:8080 is already")));
    assert!(faults.iter().any(|fault| fault.contains("the name 'a b' does not fit")));

    let file = "\
[listen]
esp = '127.0.0.1:0'
[esp-clients.crm]
password-hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA'
";
    let config = read(file, &[], &[]).unwrap().config;
    assert_eq!(config.listen.esp.unwrap().0.port(), 0);
}

#[test]
fn an_account_of_a_balancer_needs_a_name_and_a_hash() {
    for (name, hash, fault) in [
        ("a b", "$argon2id$", "[node-clients.a b] password-hash: the name 'a b' does not fit"),
        ("balancer", "secret", "[node-clients.balancer] password-hash: no Argon2id hash"),
    ] {
        let file = format!("[node-clients.'{name}']\npassword-hash = '{hash}'\n");
        let faults = told(read(&file, &[], &[]));
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains(fault), "{faults:?}");
    }
}

#[test]
fn groups_and_skills_of_an_agent_are_read_and_can_be_shown_and_read_again() {
    let hash = "password-hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA'";
    let file = format!(
        "[agents.ada]\n{hash}\ngroups = ['sales']\nskills = {{ billing = 5 }}\n\
         [agents.bob]\n{hash}\n[agents.bob.skills]\nfrench = 2\n"
    );
    let environment = [("HOLDFAST__AGENTS__ADA__GROUPS", "sales,vip")];

    let first = read(&file, &environment, &["agents.ada.skills=billing=7,english=3"]).unwrap();

    let ada = &first.config.agents["ada"];
    assert_eq!(ada.groups, ["sales", "vip"]);
    assert_eq!(ada.skills.0, [("billing".to_owned(), 7), ("english".to_owned(), 3)].into());
    let secret_put_back = show(&first).replace("\"***\"", "'$argon2id$'");
    let again = read(&secret_put_back, &[], &[]).unwrap().config;
    assert_eq!(again.agents["ada"].skills, ada.skills);
    assert_eq!(again.agents["bob"].skills.0["french"], 2);
}

#[test]
fn names_of_groups_and_skills_must_fit_and_be_few() {
    let many: Vec<String> = (0..65).map(|number| format!("'g{number}'")).collect();
    let file = format!(
        "[agents.ada]\npassword-hash = '$argon2id$'\ngroups = ['two words', '7']\n\
         skills = {{ 'b=c' = 1, french = 1.5 }}\n\
         [agents.bob]\npassword-hash = '$argon2id$'\ngroups = [{}]\nskills = {{ 'b=c' = 1 }}\n",
        many.join(", ")
    );

    let faults = told(read(&file, &[], &[]));

    let expected = [
        "f.toml:3:1: [agents.ada] groups: the name 'two words' does not fit",
        "f.toml:4:1: [agents.ada] skills: a table does not fit; write a table of levels",
        "f.toml:7:1: [agents.bob] groups: 65 names are too many; write 64 at most",
        "f.toml:8:1: [agents.bob] skills: the name 'b=c' does not fit",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(expected), "{fault}");
    }
}

#[test]
fn a_bot_is_outside_or_a_sample_and_its_secret_is_none_to_guess() {
    let file = "\
[bots.both]
url = 'https://bots.example.com/'
secret = '0123456789abcdef'
sample = 'echo'
[bots.neither]
[bots.weak]
url = 'https://bots.example.com/'
secret = 'short'
[bots.strange]
url = 'ftp://bots.example.com/'
secret = '0123456789abcdef'
[bots.'a b']
sample = 'echo'
";
    let faults = told(read(file, &[], &[]));
    for expected in [
        "[bots.both] url: a bot has a url, or is a sample",
        "[bots.neither] url: a bot has a url, or is a sample",
        "[bots.weak] secret: it has fewer than 16",
        "[bots.strange] url: 'ftp://bots.example.com/' does not fit",
        "[bots.a b] url: the id 'a b' does not fit",
    ] {
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
    }
    assert_eq!(faults.len(), 5, "{faults:?}");
    assert!(!faults.concat().contains("short"));

    let secret = [("FAQ_SECRET", "0123456789abcdef")];
    let file = "[bots.faq]\nurl = 'http://127.0.0.1:1/x'\nsecret = '${env:FAQ_SECRET}'\n";
    let loaded = read(file, &secret, &[]).unwrap();
    assert_eq!(loaded.config.bots["faq"].secret.expose(), "0123456789abcdef");
    assert!(!show(&loaded).contains("0123456789abcdef"));
}

#[test]
fn a_provider_of_pushes_has_an_address_and_keys_go_to_no_open_one() {
    let file = "\
[settings]
flex-push-content = ['session-id', 'secure-key']
[push]
default-provider = 'main'
[push.open]
url = 'http://push.example.com/'
secret = '0123456789abcdef'
[push.here]
url = 'http://127.0.0.1:9090/'
debug-url = 'http://localhost@push.example.com:80/'
secret = '0123456789abcdef'
events = ['Message', 'ParticipantLeft']
[push.weak]
url = 'https://push.example.com/'
[push.nowhere]
secret = '0123456789abcdef'
";
    let faults = told(read(file, &[], &[]));
    for expected in [
        "[push] default-provider: there is no provider 'main' of this type",
        "[push.open] url: customers' keys would go there unencrypted",
        "[push.here] debug-url: customers' keys would go there unencrypted",
        "[push.weak] secret: it has fewer than 16",
        "[push.nowhere] url: '' does not fit",
    ] {
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
    }
    assert_eq!(faults.len(), 5, "{faults:?}");

    let file = "[push.default]\nurl = 'http://push.example.com/'\nsecret = '0123456789abcdef'\n";
    assert!(read(file, &[], &[]).is_ok(), "without keys it is the operator's word");
    let unknown = told(read("[push.default]\nevents = ['Typing']\n", &[], &[]));
    assert!(unknown.concat().contains("a list of ParticipantJoined, ParticipantLeft, Message"));
}

#[test]
fn a_mobile_provider_has_credentials_and_there_is_one_usual_of_each_type() {
    let file = "\
[push]
default-apns = 'firebase'
[push.firebase]
type = 'fcm'
credentials = '{}'
[push.other]
type = 'fcm'
url = 'http://fcm.example.com'
credentials = '{}'
[push.apple]
type = 'apns'
url = 'https://api.push.apple.com/3'
team-id = 'TEAM 1'
topic = 'com.example.app'
text = ''
";
    let faults = told(read(file, &[], &[]));
    for expected in [
        "[push] default-fcm: there is more than one provider of this type",
        "[push] default-apns: there is no provider 'firebase' of this type",
        "[push.other] url: 'http://fcm.example.com' does not fit",
        "[push.apple] url: 'https://api.push.apple.com/3' does not fit",
        "[push.apple] credentials: they are missing",
        "[push.apple] team-id: 'TEAM 1' does not fit",
        "[push.apple] key-id: '' does not fit",
        "[push.apple] text: it is empty",
    ] {
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
    }
    assert_eq!(faults.len(), 8, "{faults:?}");

    let file = "\
[push.firebase]
type = 'fcm'
credentials = '{}'
texts = { de = 'Neue Nachricht' }
";
    let loaded = read(file, &[], &["push.firebase.texts=fr=Un message,it=Un messaggio"]).unwrap();
    let Config { push, push_providers, .. } = &loaded.config;
    let usual = |kind| push.usual(kind, push_providers);
    assert_eq!(usual(ProviderKind::Fcm), Some("firebase"), "without any over HTTP");
    assert_eq!((usual(ProviderKind::Apns), usual(ProviderKind::Http)), (None, None));
    let languages: Vec<_> = push_providers["firebase"].texts.0.keys().collect();
    assert_eq!(languages, ["fr", "it"]);
}

#[test]
fn mail_has_somebody_who_sends_and_tells_no_password_in_the_clear() {
    let file =
        "[mail]\nserver = 'mail.example.com'\naccount = 'a'\npassword = 'secret'\ntls = 'none'\n";
    let faults = told(read(file, &[], &[]));

    let expected = ["[mail] from: there is a server", "[mail] tls: a password would be told"];
    for expected in expected {
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
    }
    assert_eq!(faults.len(), 2, "{faults:?}");
    let half = told(read("[mail]\naccount = 'a'\n", &[], &[]));
    assert!(half[0].contains("[mail] account: an account has a password"), "{half:?}");
}

fn read(file: &str, environment: &[(&str, &str)], flags: &[&str]) -> Result<Loaded, Faults> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.toml");
    std::fs::write(&path, file).unwrap();
    let pair = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
    Config::read(&Sources {
        file: Some(path),
        environment: environment.iter().map(pair).collect(),
        flags: flags.iter().map(|flag| flag.to_string()).collect(),
    })
}

#[test]
fn a_privilege_that_is_worth_nothing_alone_is_told_with_what_it_lacks() {
    let of_supervisors = |privilege: &str| format!("[privileges]\nsupervisor = ['{privilege}']\n");
    for (word, privilege) in Privilege::WORDS {
        let lacks = match *word {
            "release" | "monitor" | "coach" | "barge-in" => Some("use-chat"),
            "release-async" => Some("release"),
            "merge-contacts" | "export-contacts" | "erase-contacts" => Some("use-contacts"),
            _ => None,
        };
        let alone = read(&of_supervisors(word), &[], &[]);

        assert_eq!(privilege.needs().map(Privilege::word), lacks, "{word}");
        let Some(lacks) = lacks else {
            assert!(alone.is_ok(), "{word}");
            continue;
        };
        let fault = format!(
            "f.toml:2:1: [privileges] supervisor: {word} is worth nothing without {lacks}; \
             add {lacks}"
        );
        assert_eq!(told(alone), [fault]);
        let all = std::iter::successors(Some(*privilege), |one| one.needs());
        let all: Vec<_> = all.map(Privilege::word).collect();
        let together = read(&of_supervisors(&all.join("', '")), &[], &[]);
        assert!(together.is_ok(), "{word}");
    }
}

#[test]
fn an_agent_who_is_to_monitor_is_told_of_whether_by_his_role_or_at_his_account() {
    let monitors = "['use-chat', 'monitor']";
    let hash = "password-hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA'";
    let account = |role: &str| {
        let account = format!("[agents.ada]\n{hash}\nrole = '{role}'\nprivileges = {monitors}\n");
        read(&account, &[], &[])
    };
    let cannot = |place: &str, option: &str| {
        format!(
            "f.toml:{place}: {option}: an agent cannot monitor, only supervisors can be unseen by \
             everybody; take monitor out, or make the account a supervisor's"
        )
    };

    let of_role = read(&format!("[privileges]\nagent = {monitors}\n"), &[], &[]);
    assert_eq!(told(of_role), [cannot("2:1", "[privileges] agent")]);
    assert_eq!(told(account("agent")), [cannot("4:1", "[agents.ada] privileges")]);
    assert!(account("supervisor").is_ok());
}

/// The faults as they are told, without the folder of the file.
fn told(result: Result<Loaded, Faults>) -> Vec<String> {
    let Err(faults) = result else { panic!("no fault was found") };
    let lines = faults.0.iter().map(Fault::to_string);
    lines.map(|line| line.find("f.toml").map_or(line.clone(), |at| line[at..].into())).collect()
}
