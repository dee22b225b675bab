//! What comes together, and what one client has at once.

use super::by_hand::{ByHand, events, publish};
use serde_json::json;

#[actix_web::test]
async fn who_has_as_many_chats_as_he_may_can_still_ask_again_for_one_that_he_has() {
    let house = ByHand::start();
    let ann = house.meets(json!({}), None);
    let mut created = vec![];
    for _ in 0..8 {
        created.push(house.starts_a_chat(&ann).await);
    }
    let code = async |data| {
        house.brings(&[publish(&ann, data)]).await;
        events(&ann).iter().map(|one| one["errors"][0]["code"].clone()).collect::<Vec<_>>()
    };
    let last = |of: &serde_json::Value| {
        let key = &of["secureKey"];
        json!({ "operation": "requestNotifications", "transcriptPosition": -1, "secureKey": key })
    };

    assert_eq!(code(json!({ "operation": "requestChat", "nickname": "Ann" })).await, [json!(429)]);
    assert_eq!(code(last(&created[3])).await, [json!(null)]);
    let other = house.starts_a_chat(&house.meets(json!({}), None)).await;
    assert_eq!(code(last(&other)).await, [json!(429)]);
}
