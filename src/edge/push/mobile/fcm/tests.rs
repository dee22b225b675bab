//! What Firebase's answers come to.

use super::*;

#[test]
fn only_a_token_that_does_not_hold_is_a_matter_of_tokens_and_the_rest_of_the_configuration() {
    let of = |status, word| {
        let answer = answer(status, &[fcm_error(word)]);
        (is_unauthenticated(&answer), outcome(&answer))
    };
    let (is_tokens, rested) = of(401, "UNAUTHENTICATED");
    assert!(is_tokens && whose(&rested) == Some((Whose::Provider, 60)), "{rested:?}");

    for (status, word) in
        [(401, "THIRD_PARTY_AUTH_ERROR"), (403, "PERMISSION_DENIED"), (403, "UNAUTHENTICATED")]
    {
        let why = format!("status {status} {word}");
        assert_eq!(of(status, word), (false, Outcome::Misconfigured(why)));
    }
    let refused = Outcome::Refused("status 403 SENDER_ID_MISMATCH".into());
    assert_eq!(of(403, "SENDER_ID_MISMATCH"), (false, refused));
}

#[test]
fn too_much_lets_the_whole_project_rest_unless_it_is_too_much_for_the_device() {
    let of = |details: &[Value]| whose(&outcome(&answer(429, details)));
    let exceeded = || fcm_error("QUOTA_EXCEEDED");
    let failure = |violation: Value| json!({ "@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation] });
    let of_project = json!({ "subject": "project:1", "description": "Message rate exceeded" });
    let of_device = json!({ "subject": "x", "description": "Device message rate exceeded" });

    assert_eq!(of(&[]), Some((Whose::Provider, 60)));
    assert_eq!(of(&[exceeded()]), Some((Whose::Provider, 60)));
    assert_eq!(of(&[exceeded(), failure(of_project)]), Some((Whose::Provider, 60)));
    assert_eq!(of(&[exceeded(), failure(of_device)]), Some((Whose::Device, 60)));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_denied_for_long_is_asked_for_again_as_soon_as_pushes_go_on() {
    let hours = |n: u64| Duration::from_secs(n * 3_600);
    let denied = |after| {
        let not_now = Answer { status: 503, retry_after: Some(after), body: vec![] };
        let not_now = not_now.not_now("status 503".into(), AFTER_FAILURE, Whose::Provider);
        Held { token: None, denied: Some((Instant::now(), not_now)) }
    };
    let (day, minute) = (denied(hours(24)), denied(Duration::from_secs(60)));
    let is_denied = |held: &Held| held.still_denied(hours(1)).is_some();

    assert!(is_denied(&day) && is_denied(&minute));
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(is_denied(&day) && !is_denied(&minute));
    tokio::time::advance(hours(1)).await;
    assert!(!is_denied(&day) && day.still_denied(hours(24)).is_some());
}

fn whose(outcome: &Outcome) -> Option<(Whose, u64)> {
    match outcome {
        Outcome::NotNow(not_now) => Some((not_now.whose, not_now.after.as_secs())),
        Outcome::Delivered
        | Outcome::Failed(_)
        | Outcome::Refused(_)
        | Outcome::Misconfigured(_)
        | Outcome::Unregistered(_)
        | Outcome::NoDevice(_) => None,
    }
}

fn fcm_error(word: &str) -> Value {
    json!({ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": word })
}

fn answer(status: u16, details: &[Value]) -> Answer {
    let body = json!({ "error": { "code": status, "details": details } }).to_string();
    Answer { status, retry_after: None, body: body.into_bytes() }
}
