//! The papers of ESP say what the program does.

use super::a_chat;
use holdfast::edge::esp::openapi::{document, path_of};
use holdfast::esp::Method;
use serde_json::Value;
use std::fs;

const WRITTEN: &str = "docs/api/esp.openapi.json";
const PAPER: &str = "docs/api/esp.md";

#[actix_web::test]
async fn the_document_is_served_and_is_the_one_that_is_written_down() {
    let (rig, systems, _) = a_chat().await;
    let served = systems.client.get(format!("{}/openapi.json", systems.base)).send().await;
    let served: Value = served.unwrap().json().await.unwrap();
    let made = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(WRITTEN, &made).unwrap();
    }

    let written = fs::read_to_string(WRITTEN).unwrap();

    assert!(written == made, "{WRITTEN} is out of date: UPDATE_GOLDEN=1 rewrites it");
    assert_eq!(served, serde_json::from_str::<Value>(&written).unwrap());
    rig.stop().await;
}

#[test]
fn every_method_and_parameter_stands_in_the_document_and_on_the_page() {
    let made = serde_json::to_value(document()).unwrap();
    let paper = fs::read_to_string(PAPER).unwrap();
    for method in Method::ALL {
        assert!(made["paths"].get(path_of(*method)).is_some(), "{}", method.name());
        assert!(paper.contains(&format!("`{}`", method.name())), "{}", method.name());
        for parameter in method.parameters() {
            assert!(paper.contains(&format!("`{}`", parameter.name)), "{}", parameter.name);
        }
    }
}
