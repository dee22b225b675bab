//! A real node whose disk is full: it acknowledges nothing that it cannot keep, says so, and goes on
//! by itself as soon as there is room.

use crate::support::patience::eventually;
use crate::support::process::Process;
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

#[actix_web::test]
async fn on_a_full_disk_nothing_is_acknowledged_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    // Where nobody may mount anything, the limit on the size of files is the full disk.
    match SmallDisk::mount(folder.path()) {
        Some(disk) => endure(folder.path(), disk).await,
        None => endure(folder.path(), FileLimit).await,
    }
}

#[actix_web::test]
async fn at_the_limit_of_the_file_size_nothing_is_acknowledged_until_it_is_raised() {
    let folder = tempfile::tempdir().unwrap();
    endure(folder.path(), FileLimit).await;
}

async fn endure(folder: &Path, disk: impl Disk) {
    // The log lies on a disk that is always full: what cannot be written there harms nobody.
    let log = File::options().write(true).open("/dev/full").unwrap();
    let settings = ["limits.send-burst=10000"];
    let node = Process::start_with_log(&folder.join("data"), &settings, log.into());
    let chat = Chat::begin(&node).await;
    assert_eq!(chat.send("before").await, (200, 0, None));
    disk.fill(&node);
    let refused = chat.send_until_refused().await;

    let again = chat.send(&refused.message).await;
    let readiness = status(&format!("{}/readyz", node.health)).await;
    let liveness = status(&format!("{}/livez", node.health)).await;
    disk.make_room(&node);
    let late = eventually("the same message is taken", || async {
        let late = chat.send(&refused.message).await;
        (late.0 == 200).then_some(late)
    });
    let late = late.await;

    assert_eq!(refused.answer, (503, 1, Some("1".to_owned())));
    assert_eq!(again, (503, 1, Some("1".to_owned())));
    assert_eq!((readiness, liveness), (503, 200));
    assert_eq!(late.1, 0);
    eventually("the node is ready", || async {
        (status(&format!("{}/readyz", node.health)).await == 200).then_some(())
    })
    .await;
    assert_eq!(chat.send("after").await, (200, 0, None));
    let mut expected = vec!["before".to_owned()];
    expected.extend(refused.acknowledged);
    expected.extend([refused.message, "after".to_owned()]);
    assert_eq!(chat.texts().await, expected);
    drop(node);
    drop(disk);
}

/// Something that can be full.
trait Disk {
    fn fill(&self, node: &Process);
    fn make_room(&self, node: &Process);
}

/// A file system of two megabytes. Only where this process may mount.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(at);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then(|| Self(at.to_owned()))
    }
}

impl Disk for SmallDisk {
    fn fill(&self, _: &Process) {
        let mut ballast = File::create(self.0.join("ballast")).unwrap();
        while ballast.write(&[0; 1_024]).is_ok() {}
    }

    fn make_room(&self, _: &Process) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a failed test still has its node there.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Files may not grow any more.
struct FileLimit;

impl FileLimit {
    fn set(node: &Process, limit: &str) {
        let mut command = Command::new("prlimit");
        command.args(["--pid", &node.id().to_string(), &format!("--fsize={limit}:")]);
        assert!(command.status().unwrap().success());
    }
}

impl Disk for FileLimit {
    fn fill(&self, node: &Process) {
        Self::set(node, "4096");
    }

    fn make_room(&self, node: &Process) {
        Self::set(node, "unlimited");
    }
}

struct Chat {
    url: String,
    proof: Vec<(&'static str, String)>,
}

/// HTTP status, `statusCode` and `Retry-After` of an answer.
type Answer = (u16, u64, Option<String>);

struct Refused {
    acknowledged: Vec<String>,
    message: String,
    answer: Answer,
}

impl Chat {
    async fn begin(node: &Process) -> Self {
        let service = format!("{}/genesys/2/chat/customer-support", node.customer);
        let asking = reqwest::Client::new().post(&service).form(&[("nickname", "Ann")]);
        let reply: Value = asking.send().await.unwrap().json().await.unwrap();
        let text = |name: &str| reply[name].as_str().unwrap().to_owned();
        let proof = vec![("userId", text("userId")), ("secureKey", text("secureKey"))];
        Self { url: format!("{service}/{}", text("chatId")), proof }
    }

    /// Sends a text, always under the same name.
    async fn send(&self, text: &str) -> Answer {
        let form = [("message", text.to_owned()), ("messageId", format!("id-of-{text}"))];
        let form: Vec<_> = self.proof.iter().chain(&form).collect();
        let asking = reqwest::Client::new().post(format!("{}/send", self.url)).form(&form);
        let answer = asking.send().await.unwrap();
        let after = answer.headers().get("retry-after");
        let after = after.map(|after| after.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        let reply: Value = answer.json().await.unwrap();
        (status, reply["statusCode"].as_u64().unwrap(), after)
    }

    /// What is already there may still be written over: the first few may find a place.
    async fn send_until_refused(&self) -> Refused {
        let mut acknowledged = vec![];
        loop {
            let message = format!("message{}", acknowledged.len());
            let answer = self.send(&message).await;
            if answer.0 != 200 {
                return Refused { acknowledged, message, answer };
            }
            acknowledged.push(message);
        }
    }

    async fn texts(&self) -> Vec<String> {
        let asking = reqwest::Client::new().post(format!("{}/refresh", self.url)).form(&self.proof);
        let reply: Value = asking.send().await.unwrap().json().await.unwrap();
        let messages = reply["messages"].as_array().unwrap().iter();
        messages.filter_map(|message| message["text"].as_str().map(str::to_owned)).collect()
    }
}

async fn status(url: &str) -> u16 {
    reqwest::get(url).await.unwrap().status().as_u16()
}
