//! The form in which words are kept: JSON of the house's own types.

use crate::base::ThingId;
use crate::owned::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The form of the bodies written here.
pub const VERSION: i32 = 1;

pub fn to_body(thing: &ThingId, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged {
        thing: thing.clone(),
        what: format!("cannot be written: {error}"),
    })
}

pub fn from_body<V: DeserializeOwned>(version: i32, body: &str) -> Result<V, String> {
    if version != VERSION {
        return Err(format!("written in form {version}, this version knows {VERSION}"));
    }
    serde_json::from_str(body).map_err(|error| error.to_string())
}
