//! A strategy sends the transcript to the customer, through a mail server that has its whims.

use super::real::{Centre, Chat};
use crate::support::certs::{Authority, Wanted, trust};
use crate::support::patience::eventually;
use crate::support::smtp::{END, MailServer};
use std::fs;
use std::path::Path;
use std::process::Command;

/// After a word of welcome, and one that only agents see, the transcript goes out; what failed is told.
const SENDS: &str = r#"
[queues.a]
views = [{ name = "v", strategy = "a" }]
[strategies.a]
start = "welcome"
fault = "over"
[strategies.a.blocks]
welcome = { do = "esp", method = "Message", parameters = { MessageText = "Good morning, Ann" }, ok = "note" }
note = { do = "esp", method = "Message", parameters = { MessageText = "a difficult one", Visibility = "INT" }, ok = "send" }
send = { do = "send-transcript", to = "ann@example.com", timeout = 60, ok = "sent", error = "failed" }
sent = { do = "esp", method = "Message", parameters = { MessageText = "sent" }, ok = "over" }
failed = { do = "esp", method = "Message", parameters = { MessageText = { expr = "'failed: ' + Result['Fault']" } }, ok = "over" }
over = { do = "wait", seconds = 600, next = "over" }
"#;

#[actix_web::test]
async fn a_transcript_is_sent_once_after_the_server_has_come_to_its_senses() {
    let folder = tempfile::tempdir().unwrap();
    // The last one has taken the mail, and is slow to say goodbye.
    let whims = [("EHLO", ""), ("RCPT", "450 later"), (END, "451 later"), ("QUIT", "")];
    let server = MailServer::start(None, &whims);
    let centre = start(folder.path(), &server, &["mail.tls=none", "mail.timeout=5"]);

    let ann = centre.chat().await;
    until_said(&centre, &ann, "sent").await;

    let mails = server.taken();
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert!(server.has_no_more_whims());
    assert_eq!(mail.to, "<ann@example.com>");
    assert_eq!(mail.header("From"), "Support <support@centre.example>");
    assert_eq!(mail.header("To"), "ann@example.com");
    assert_eq!(mail.header("Subject"), "Your chat");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    let id = mail.header("Message-ID");
    assert!(id.ends_with("@centre.example>") && !id.contains(&ann.id), "{id}");
    assert!(mail.header("Content-Type").starts_with("text/plain"));
    assert!(mail.text.contains("Good morning, Ann"), "{}", mail.text);
    assert!(!mail.text.contains("a difficult one"), "{}", mail.text);
}

#[actix_web::test]
async fn a_mail_that_goes_out_again_after_its_node_has_died_has_the_same_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = MailServer::start(None, &[(END, "")]);
    let mut centre = start(folder.path(), &server, &["mail.tls=none"]);

    let ann = centre.chat().await;
    eventually("it is taken", async || (server.taken().len() == 1).then_some(())).await;
    centre.node.kill();
    centre.node = centre.node.restart();
    until_said(&centre, &ann, "sent").await;

    let mails = server.taken();
    let ids: Vec<_> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[actix_web::test]
async fn what_the_server_will_never_take_is_a_fault_of_the_block_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = MailServer::start(None, &[("RCPT", "550 <ann@example.com> is unknown")]);
    let log = folder.path().join("log");
    let settings = settings(folder.path(), &server, &["mail.tls=none", "log.level=debug"]);
    let centre = Centre::start_logging_to(&log, &folder.path().join("data"), &borrowed(&settings));

    let ann = centre.chat().await;
    until_said(&centre, &ann, "failed: the mail server refuses it (550)").await;

    assert_eq!(server.taken().len(), 0);
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("a transcript was not sent") && log.contains("in the clear"), "{log}");
    assert!(!log.contains("ann@example.com"), "{log}");
}

#[actix_web::test]
async fn nothing_is_said_to_a_server_before_it_is_encrypted_and_known() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("mail");
    let issued = authority.issues(Wanted::of("localhost", &["localhost"]));
    let server = MailServer::start(Some(issued.server(&[])), &[]);
    let trusted = folder.path().join("trusted");
    trust(&trusted, &[&authority.certificate]);
    let trusted = format!("mail.trusted-folder={}", trusted.display());
    let account = ["mail.account=holdfast", "mail.password=a-word-of-mine", "log.level=debug"];
    let log = folder.path().join("log");
    let settings = settings(folder.path(), &server, &[&account[..], &[&trusted]].concat());
    let centre = Centre::start_logging_to(&log, &folder.path().join("data"), &borrowed(&settings));

    let ann = centre.chat().await;
    until_said(&centre, &ann, "sent").await;

    let mail = &server.taken()[0];
    assert!(mail.was_encrypted);
    // As RFC 4616 has it: nobody, the account, the password.
    assert_eq!(mail.login, "AUTH PLAIN AGhvbGRmYXN0AGEtd29yZC1vZi1taW5l");
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.contains("a-word-of-mine") && !log.contains("AGhvbGRmYXN0"), "{log}");
}

#[actix_web::test]
async fn a_server_that_is_not_known_or_cannot_encrypt_gets_no_mail() {
    let folder = tempfile::tempdir().unwrap();
    let strange = Authority::new("strange").issues(Wanted::of("localhost", &["localhost"]));
    let strange = MailServer::start(Some(strange.server(&[])), &[]);
    let bare = MailServer::start(None, &[]);
    let trusted = folder.path().join("trusted");
    trust(&trusted, &[&Authority::new("mail").certificate]);
    let trusted = format!("mail.trusted-folder={}", trusted.display());

    for (server, fault) in [
        (strange, "failed: there is no way to the mail server: "),
        (bare, "failed: the mail server has not what it must have: "),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), &server, &[&trusted]);
        let brief = SENDS.replace("timeout = 60", "timeout = 15");
        fs::write(folder.path().join("centre.toml"), brief).unwrap();
        let centre = Centre::start(&folder.path().join("data"), &borrowed(&settings));
        let ann = centre.chat().await;
        until_said(&centre, &ann, fault).await;
        assert_eq!(server.taken().len(), 0);
    }
}

#[test]
fn who_is_no_address_sends_nothing_and_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["check-config", "serve"] {
        let program = Command::new(env!("CARGO_BIN_EXE_holdfast"))
            .arg(command)
            .args(["--set", "mail.server=localhost", "--set", "mail.from=nobody at all"])
            .args(["--set", &format!("node.data-folder={}", folder.path().display())])
            .output();
        let output = program.unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{command}: {told}");
        assert!(told.contains("from is no address"), "{command}: {told}");
    }
}

#[test]
fn a_workflow_that_sends_mail_without_a_server_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("centre.toml");
    fs::write(&file, SENDS).unwrap();
    let told = |more: &[&str]| {
        let workflow = format!("workflow.file={}", file.display());
        let more = more.iter().flat_map(|setting| ["--set", setting]);
        let program = Command::new(env!("CARGO_BIN_EXE_holdfast"))
            .args(["check-config", "--set", &workflow])
            .args(["--set", &format!("node.data-folder={}", folder.path().display())])
            .args(["--set", "listen.customer=127.0.0.1:0", "--set", "listen.agent=127.0.0.1:0"])
            .args(["--set", "listen.health=127.0.0.1:0"])
            .args(more)
            .output();
        let output = program.unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
        told
    };
    let warning = "block 'a.send' of the workflow sends mail, and [mail] names no server";

    assert!(told(&[]).contains(warning));
    assert!(!told(&["mail.server=localhost", "mail.from=a@b.example"]).contains(warning));
}

fn start(folder: &Path, server: &MailServer, more: &[&str]) -> Centre {
    let settings = settings(folder, server, more);
    Centre::start(&folder.join("data"), &borrowed(&settings))
}

fn borrowed(settings: &[String]) -> Vec<&str> {
    settings.iter().map(String::as_str).collect()
}

fn settings(folder: &Path, server: &MailServer, more: &[&str]) -> Vec<String> {
    let file = folder.join("centre.toml");
    fs::write(&file, SENDS).unwrap();
    let more = more.iter().map(|one| (*one).to_owned());
    let all = [
        format!("workflow.file={}", file.display()),
        format!("mail.port={}", server.port),
        "endpoints:Environment.default=a".to_owned(),
        "mail.server=localhost".to_owned(),
        "mail.from=Support <support@centre.example>".to_owned(),
    ];
    all.into_iter().chain(more).collect()
}

async fn until_said(centre: &Centre, chat: &Chat, start: &str) {
    eventually(start, async || {
        let texts = centre.texts(chat).await;
        texts.iter().any(|text| text.starts_with(start)).then_some(())
    })
    .await;
}
