//! The OpenAPI document: served, current, and the same set of addresses as the server's.

use super::{Rig, SERVICE};
use holdfast::edge::rest_v2::openapi::document;
use holdfast::edge::rest_v2::route::Operation;
use serde_json::Value;

const WRITTEN: &str = "docs/api/openapi.json";

#[actix_web::test]
async fn the_document_is_served_and_is_the_one_that_is_written_down() {
    let rig = Rig::start();
    let served = rig.client.get(rig.url("/openapi.json")).send().await.unwrap();
    let served: Value = served.json().await.unwrap();
    let made = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all("docs/api").unwrap();
        std::fs::write(WRITTEN, &made).unwrap();
    }

    let written = std::fs::read_to_string(WRITTEN).unwrap();

    assert!(written == made, "{WRITTEN} is out of date: UPDATE_GOLDEN=1 rewrites it");
    assert_eq!(served, serde_json::from_str::<Value>(&written).unwrap());
    rig.stop().await;
}

#[actix_web::test]
async fn every_address_of_the_document_is_served_and_every_operation_is_in_it() {
    let rig = Rig::start();
    let made = serde_json::to_value(document()).unwrap();
    let paths = made["paths"].as_object().unwrap();

    for (path, item) in paths {
        let address = path.replace("{service}", "customer-support").replace("{chatId}", "x");
        let request = match item.get("post") {
            Some(_) => rig.client.post(rig.url(&address)),
            None => rig.client.get(rig.url(&address)),
        };
        assert_ne!(request.send().await.unwrap().status(), 404, "{path}");
    }
    assert_eq!(paths.len(), Operation::ALL.len() + 1);
    assert!(Operation::ALL.iter().all(|operation| paths.contains_key(&operation.path())));
    let beside = rig.post(&format!("{SERVICE}/x/file"), &[]).await;
    assert_eq!(beside.status, 404);
    rig.stop().await;
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let made = serde_json::to_value(document()).unwrap();
    let mut references = vec![];
    collect(&made, &mut references);

    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(made.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    if let Some(Value::String(reference)) = value.get("$ref") {
        references.push(reference.clone());
    }
    match value {
        Value::Object(entries) => entries.values().for_each(|value| collect(value, references)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
