//! `GET /status`, `POST /drain`, `POST /drain?wait=true`, `POST /undrain`.

use crate::edge::admin::{LEAVING, Operator, Wish};
use actix_web::http::header::{HeaderName, HeaderValue, ORIGIN};
use actix_web::web::{self, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

/// Must be there, with any value. A page of another origin cannot send it without being asked first.
/// One that has made its own name point to this machine can: it is known by its `Origin`, which a
/// browser adds to whatever changes something.
pub const OPERATOR: &str = "holdfast-operator";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct How {
    #[serde(default)]
    wait: bool,
}

#[derive(Serialize)]
struct Said {
    text: &'static str,
}

pub fn configure(config: &mut ServiceConfig, operator: Data<Operator>) {
    config
        .app_data(operator)
        .route("/status", web::get().to(status))
        .route("/drain", web::post().to(drain))
        .route("/undrain", web::post().to(undrain));
}

async fn status(operator: Data<Operator>) -> HttpResponse {
    HttpResponse::Ok().json((operator.status)())
}

async fn drain(request: HttpRequest, how: Query<How>, operator: Data<Operator>) -> HttpResponse {
    let wish = if how.wait { Wish::DrainByWaiting } else { Wish::Drain };
    change(&request, &operator, wish, "draining")
}

async fn undrain(request: HttpRequest, operator: Data<Operator>) -> HttpResponse {
    if let Err(text) = check(&request, &operator) {
        return HttpResponse::Forbidden().json(Said { text });
    }
    let phase = (operator.status)().drain.map(|drain| drain.phase);
    if phase.as_deref() == Some(LEAVING) {
        let text = "it is too late: everything is handed on, and the node leaves; start it again";
        return HttpResponse::Conflict().json(Said { text });
    }
    let text = match operator.undrain() {
        Wish::Offline => "out of rotation, as it was set: changestatus/ONLINE puts it back",
        Wish::Serve | Wish::Drain | Wish::DrainByWaiting => "serving again",
    };
    tracing::info!(text, "an operator takes a drain back");
    HttpResponse::Accepted().json(Said { text })
}

fn change(
    request: &HttpRequest,
    operator: &Operator,
    wish: Wish,
    text: &'static str,
) -> HttpResponse {
    if let Err(text) = check(request, operator) {
        return HttpResponse::Forbidden().json(Said { text });
    }
    tracing::info!(?wish, "an operator asks");
    operator.ask(wish);
    HttpResponse::Accepted().json(Said { text })
}

fn check(request: &HttpRequest, operator: &Operator) -> Result<(), &'static str> {
    if request.headers().contains_key(ORIGIN) {
        return Err("a web page asks (there is an Origin header), and those may not");
    }
    let header = HeaderName::from_static(OPERATOR);
    if request.headers().get(header).map(HeaderValue::is_empty) != Some(false) {
        return Err("the header Holdfast-Operator is missing; give it any value");
    }
    let from = request.peer_addr().map(|address| address.ip());
    let is_trusted = from.is_some_and(|address| {
        address.is_loopback() || operator.trusted.iter().any(|network| network.contains(address))
    });
    if is_trusted {
        Ok(())
    } else {
        Err("ask from this machine, or from an address that [listen] operators names")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::admin::{Drain, Status};
    use actix_web::test::TestRequest;

    #[test]
    fn a_web_page_cannot_drain_a_node_even_from_the_same_machine() {
        let (operator, _wishes) = Operator::new(Status::default, Vec::new());
        let request = || {
            let request = TestRequest::post().peer_addr("127.0.0.1:40000".parse().unwrap());
            request.insert_header((OPERATOR, "me"))
        };
        let told = |request: TestRequest| check(&request.to_http_request(), &operator);

        assert_eq!(told(request()), Ok(()));
        for origin in ["http://rebound.example:8082", "null", ""] {
            let refused = told(request().insert_header((ORIGIN, origin)));
            assert!(refused.is_err_and(|text| text.contains("Origin")), "{origin}");
        }
    }

    #[actix_web::test]
    async fn a_drain_that_is_over_is_not_taken_back() {
        let answer = async |phase: &'static str| {
            let drain = Some(Drain { phase: phase.into(), ..Drain::default() });
            let status = move || Status { drain: drain.clone(), ..Status::default() };
            let (operator, _wishes) = Operator::new(status, Vec::new());
            operator.ask(Wish::Drain);
            let request = TestRequest::post().peer_addr("127.0.0.1:40000".parse().unwrap());
            let request = request.insert_header((OPERATOR, "me")).to_http_request();
            let answer = undrain(request, Data::new(operator.clone())).await;
            (answer.status().as_u16(), operator.wish())
        };

        assert_eq!(answer("moving").await, (202, Wish::Serve));
        assert_eq!(answer(LEAVING).await, (409, Wish::Drain));
    }

    #[test]
    fn who_asks_from_elsewhere_or_without_the_header_is_refused() {
        let trusted = vec!["10.0.0.7".parse().unwrap()];
        let (operator, _wishes) = Operator::new(Status::default, trusted);
        let told = |from: &str, value: &str| {
            let request = TestRequest::post().peer_addr(from.parse().unwrap());
            let request = request.insert_header((OPERATOR, value)).to_http_request();
            check(&request, &operator).is_ok()
        };

        assert!(told("10.0.0.7:40000", "me"));
        assert!(!told("10.0.0.8:40000", "me"));
        assert!(!told("127.0.0.1:40000", ""));
    }
}
