//! Pages of other origins, and what no cache and no page may do with an answer.

use super::{Rig, SERVICE};
use holdfast::chat::Policy;
use holdfast::config::Config;
use reqwest::Method;
use reqwest::header::HeaderMap;

#[actix_web::test]
async fn a_page_of_another_origin_may_ask_with_the_headers_of_widgets() {
    let rig = Rig::start();

    let (status, headers) = preflight(&rig, "https://shop.example").await;

    assert_eq!(status, 200);
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert!(!headers.contains_key("access-control-allow-credentials"));
    let allowed = headers["access-control-allow-headers"].to_str().unwrap().to_lowercase();
    for name in ["apikey", "authorization", "x-requested-with", "content-type", "idempotency-key"] {
        assert!(allowed.contains(name), "{allowed}");
    }
    let request = rig.client.post(rig.url(SERVICE)).header("origin", "https://shop.example");
    let reply = rig.send(request.form(&[("nickname", "Ann")])).await;
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
    rig.stop().await;
}

#[actix_web::test]
async fn origins_that_are_named_may_bring_credentials_and_others_may_not_ask() {
    let mut config = Config::default();
    config.listen.cors_origins = vec!["https://shop.example".into()];
    let rig = Rig::start_with(config, Policy::default());

    let (status, headers) = preflight(&rig, "https://shop.example").await;
    let (_, foreign) = preflight(&rig, "https://evil.example").await;

    assert_eq!(status, 200);
    assert_eq!(headers["access-control-allow-origin"], "https://shop.example");
    assert_eq!(headers["access-control-allow-credentials"], "true");
    assert!(!foreign.contains_key("access-control-allow-origin"));
    rig.stop().await;
}

#[actix_web::test]
async fn no_answer_is_cached_or_guessed_at_not_even_a_refusal() {
    let rig = Rig::start();

    for form in [&[("nickname", "Ann")][..], &[]] {
        let reply = rig.post(SERVICE, form).await;
        assert_eq!(reply.headers["cache-control"], "no-store");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    }
    rig.stop().await;
}

async fn preflight(rig: &Rig, origin: &str) -> (u16, HeaderMap) {
    let asked = "apikey,authorization,x-requested-with,content-type,idempotency-key";
    let request = rig.client.request(Method::OPTIONS, rig.url(SERVICE));
    let request = request
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", asked);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.headers().clone())
}
