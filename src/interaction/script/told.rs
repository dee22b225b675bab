//! News of a desk in words.

use crate::interaction::door::{Declined, DeskNews};
use crate::interaction::party::Added;
use crate::interaction::party::{Errand, Operation, Part};
use serde::Serialize;

/// What a desk is told; nothing for its own state, which changes all the time.
pub(super) fn told(news: &DeskNews) -> Option<String> {
    Some(match news {
        DeskNews::Invited(invitation) => {
            let (id, errand) = (&invitation.interaction.id, &invitation.errand);
            match &errand.inviter {
                None => format!("invited to {id}"),
                Some(inviter) => format!("invited to {id} by {inviter}{}", why(errand)),
            }
        }
        DeskNews::Revoked { interaction, reason, .. } => {
            format!("invitation to {interaction} is gone ({})", word(reason))
        }
        DeskNews::TakenAway { interaction } => format!("{interaction} was taken away"),
        DeskNews::Declined { interaction, agent, why, .. } => {
            let reason = match why {
                Declined::Rejected { .. } => "rejected".to_owned(),
                Declined::Revoked(reason) => word(reason),
            };
            format!("{agent} does not come to {interaction} ({reason})")
        }
        DeskNews::PartyAdded { interaction, agent, how, errand } => match how {
            Added::JoinedSession => format!("{agent} has {interaction} (by joining)"),
            Added::Accepted { .. } | Added::Intruded | Added::Pulled => {
                format!("{agent} has {interaction}{}", why(errand))
            }
        },
        DeskNews::PartyRemoved { interaction, agent, reason } => {
            format!("{agent} has {interaction} no more ({})", word(reason))
        }
        DeskNews::PropertiesChanged { interaction, .. } => format!("{interaction} changes"),
        DeskNews::Held { interaction, agent } => format!("{agent} holds {interaction}"),
        DeskNews::Resumed { interaction, agent } => format!("{agent} resumes {interaction}"),
        DeskNews::ProcessingStopped { interaction, .. } => format!("{interaction} is stopped"),
        DeskNews::WorkbinChanged { workbin, interaction, what } => {
            format!("{interaction} {} {workbin}", format!("{what:?}").to_lowercase())
        }
        DeskNews::LoggedOut { .. } => "logged out".to_owned(),
        DeskNews::Displaced => "displaced".to_owned(),
        DeskNews::Status(_) => return None,
    })
}

fn why(errand: &Errand) -> String {
    match (errand.operation, errand.part) {
        (Operation::RouteTo, _) => String::new(),
        (operation, Part::Handler) => format!(" ({})", word(&operation)),
        (operation, part) => format!(" ({} as {})", word(&operation), word(&part)),
    }
}

fn word(one: &impl Serialize) -> String {
    let stored = serde_json::to_value(one).unwrap();
    stored.as_str().unwrap().to_owned()
}
