//! The media server that brings the work in, one piece after the other, each until it is taken.

use super::town::{N_WORK, Town, work_name};
use crate::support::desk_line::{Cut, DeskLine};
use serde_json::json;

/// Submits everything. What was asked and not answered is asked again under the same name.
pub async fn submit_all(town: Town) {
    let mut n_taken = 0;
    while n_taken < N_WORK {
        // Cut in the middle: on with the next connection.
        let _ = submit_until_cut(&town, &mut n_taken).await;
    }
}

async fn submit_until_cut(town: &Town, n_taken: &mut usize) -> Result<(), Cut> {
    let mut line = town.come_in("mail", 0).await;
    let register = json!({ "type": "register", "clientType": "MediaServer", "clientVersion": 106 });
    line.send(register).await?;
    while *n_taken < N_WORK {
        if is_taken(&mut line, &work_name(*n_taken)).await? {
            *n_taken += 1;
        }
    }
    Ok(())
}

async fn is_taken(line: &mut DeskLine, name: &str) -> Result<bool, Cut> {
    let submission = json!({
        "type": "submit", "media": "email", "tenant": "Environment", "queue": "mail",
        "interactionId": name, "messageId": name
    });
    let reference = line.send(submission).await?;
    loop {
        let frame = line.next().await?;
        if frame["ref"] == reference {
            let is_unknown = frame["code"] == 503 || frame["code"] == 504;
            assert!(frame["type"] == "ack" || is_unknown, "{frame}");
            return Ok(!is_unknown);
        }
    }
}
