//! The rules of ownership, checked exhaustively in small worlds: nodes claim whenever they like, are
//! paused for as long as they like, crash and forget; writes arrive late, partly or never, and reads
//! return anything that three replicas could make them return. Clients send again on any node.
//!
//! The design must be safe in every state and able to go on from every state. Then each wrong turn
//! that one could take must be found out, or the model would be looking the other way.
//!
//! The worlds here are those that take seconds; `make model` (`MODEL=large`) goes through the large
//! ones and prints everything. `MODEL_TRACE=1` prints the steps of each counter-example.

mod bounds;
mod carry_out;
mod check;
mod log;
mod rows;
mod step;
mod world;

use bounds::{Beginning, Bounds, Cleaning, Clocks, DESIGN, May, Mutant};
use check::{asked_for, expect_broken, expect_progress, expect_safe};

const TWO_NODES: Bounds = Bounds { n_nodes: 2, ..DESIGN };
/// Clocks are of no use, so that the rule for stamps above what is seen does all.
const BEHIND: Bounds = Bounds { clocks: Clocks::Behind, ..TWO_NODES };
const CLEANED: Bounds = Bounds { cleaning: Cleaning::HistoriesAndClaims, ..BEHIND };
const RELEASES: May = May { release: true, ..DESIGN.may };
const PANICS: May = May { panic: true, ..DESIGN.may };
const BATCHES: May = May { gather: true, ..DESIGN.may };

#[test]
fn the_design_is_safe_whatever_the_clocks_show() {
    let large = Bounds { n_crashes: 1, clocks: Clocks::Any(4), ..DESIGN };
    expect_safe("any clocks", &sized(DESIGN, large));
}

#[test]
fn the_design_is_safe_when_stamps_follow_the_newest_claim() {
    let small = Bounds { n_takeovers: 3, ..BEHIND };
    let large = Bounds { n_nodes: 3, n_takeovers: 3, ..BEHIND };
    expect_safe("clocks behind", &sized(small, large));
}

#[test]
fn the_design_is_safe_when_processes_die() {
    let small = Bounds { n_crashes: 1, ..BEHIND };
    let large = Bounds { n_crashes: 2, n_takeovers: 3, ..BEHIND };
    expect_safe("crashes", &sized(small, large));
}

#[test]
fn the_design_is_safe_when_owners_hand_over() {
    let small = Bounds { may: RELEASES, ..TWO_NODES };
    let large = Bounds { may: RELEASES, n_nodes: 3, n_crashes: 1, ..BEHIND };
    expect_safe("releases", &sized(small, large));
}

#[test]
fn the_design_is_safe_when_old_histories_are_cleaned() {
    let small = Bounds { cleaning: Cleaning::Histories, ..TWO_NODES };
    let large = Bounds { n_crashes: 1, n_tries: 3, ..small.clone() };
    expect_safe("cleaning", &sized(small, large));
}

#[test]
fn the_design_is_safe_when_old_claims_are_cleaned() {
    let large = Bounds { n_crashes: 1, clocks: Clocks::Any(3), ..CLEANED };
    expect_safe("cleaning of claims too", &sized(CLEANED, large));
}

#[test]
fn the_design_is_safe_when_owners_hand_over_and_clean() {
    let small = Bounds { may: RELEASES, n_tries: 1, ..CLEANED };
    let large = Bounds { may: RELEASES, ..CLEANED };
    expect_safe("releases and cleaning", &sized(small, large));
}

#[test]
fn the_design_is_safe_when_wishes_are_stored_in_batches() {
    let small = Bounds { wishes: &[2, 1], may: BATCHES, ..BEHIND };
    let large = Bounds { wishes: &[2, 2, 1], n_nodes: 3, n_crashes: 1, ..small.clone() };
    expect_safe("batches", &sized(small, large));
}

#[test]
fn the_design_is_safe_when_a_named_thing_is_made_by_two_at_once() {
    let small = Bounds { beginning: Beginning::Nothing, ..DESIGN };
    let large = Bounds { n_takeovers: 3, n_crashes: 1, ..small.clone() };
    expect_safe("made of nothing", &sized(small, large));
}

#[test]
fn the_design_is_safe_when_actors_die_and_their_process_lives() {
    let small = Bounds { may: PANICS, ..BEHIND };
    let large = Bounds { may: PANICS, n_crashes: 1, clocks: Clocks::Any(3), ..BEHIND };
    expect_safe("panics", &sized(small, large));
}

#[test]
fn from_every_state_every_message_can_still_be_acknowledged() {
    expect_progress("one wish, three tries", &Bounds { wishes: &[1], n_tries: 3, ..BEHIND });
    expect_progress("three take-overs", &Bounds { n_takeovers: 3, ..BEHIND });
    expect_progress("batches", &Bounds { may: BATCHES, wishes: &[2, 1], ..BEHIND });
    let beginning = Beginning::Nothing;
    expect_progress("made of nothing", &Bounds { beginning, n_takeovers: 3, ..BEHIND });
    let may = May { panic: true, ..RELEASES };
    let small = Bounds { may, n_tries: 1, ..BEHIND };
    let large = Bounds { may, n_crashes: 1, ..BEHIND };
    expect_progress("releases and panics", &sized(small, large));
    expect_progress("cleaning", &sized(Bounds { wishes: &[1], ..CLEANED }, CLEANED));
}

#[test]
fn wrong_turns_of_owners_are_found_out() {
    for mutant in [
        Mutant::JoinsReadInFlight,
        Mutant::VerifiesAtOne,
        Mutant::RestoresBeforeFence,
        Mutant::ReleasesWhileWriting,
        Mutant::NextPositionAfterUnknown,
        Mutant::NoIdempotencyKeys,
        Mutant::BroadcastsBeforeDurable,
    ] {
        expect_broken(&Bounds { mutant, ..TWO_NODES });
    }
}

#[test]
fn wrong_turns_of_claimants_are_found_out() {
    for mutant in [
        Mutant::ReadsClaimsTooEarly,
        Mutant::ReadsClaimsAtOne,
        Mutant::FencesOnlyTheNewest,
        Mutant::IgnoresHigherClaim,
        Mutant::NoVerifyAfterSeal,
        Mutant::CleansBeforeVerify,
    ] {
        expect_broken(&Bounds { mutant, ..DESIGN });
    }
}

#[test]
fn wrong_turns_in_wider_worlds_are_found_out_too() {
    let wishes = &[2, 1];
    expect_broken(&Bounds { mutant: Mutant::KeepsHalfWishes, wishes, ..TWO_NODES });
    let cleaning = Cleaning::HistoriesAndClaims;
    expect_broken(&Bounds { mutant: Mutant::FindsNothingUnverified, cleaning, ..TWO_NODES });
    expect_broken(&Bounds { mutant: Mutant::ForgetsItsDead, may: PANICS, ..TWO_NODES });
    // These two are found out by "not found" already; a named thing is never not found.
    let named = Bounds { beginning: Beginning::Nothing, n_takeovers: 3, ..TWO_NODES };
    expect_broken(&Bounds { mutant: Mutant::ReadsClaimsAtOne, ..named.clone() });
    let cleaning = Cleaning::Histories;
    expect_broken(&Bounds { mutant: Mutant::CleansBeforeVerify, cleaning, ..named });
}

fn sized(small: Bounds, large: Bounds) -> Bounds {
    if asked_for("MODEL") { large } else { small }
}
