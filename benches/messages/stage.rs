//! Chats to measure with: customers on connections of their own, with or without an agent.

use crate::customer::Customer;
use crate::desk::{Desk, Ears, ears};
use crate::node::Node;
use std::time::Duration;

pub const N_CHATS: usize = 64;

/// How many chats an agent has at a time.
const CHATS_EACH: usize = 4;

/// Customers nobody listens to.
pub async fn alone(node: &Node) -> Vec<Customer> {
    let mut customers = Vec::new();
    for number in 0..N_CHATS {
        let mut customer = Customer::connect(node.customers).await;
        customer.create(number).await;
        customers.push(customer);
    }
    customers
}

/// Customers with one agent each; the agents are those from a number on.
pub async fn attended(node: &Node, first_agent: usize) -> (Vec<Customer>, Ears) {
    let customers = alone(node).await;
    let ears = ears();
    for (n, chats) in customers.chunks(CHATS_EACH).enumerate() {
        let mut desk = Desk::open(node, first_agent + n).await;
        for customer in chats {
            desk.join(&customer.chat.id).await;
        }
        desk.listen(ears.clone());
    }
    (customers, ears)
}

/// Lets what is on its way arrive.
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}
