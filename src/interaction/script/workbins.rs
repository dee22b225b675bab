//! What is laid in workbins and taken out of them and of queues by hand, and who hears of it.

use super::check;

#[test]
fn what_lies_in_a_workbin_is_offered_to_nobody_and_pulled_by_hand() {
    check(
        "
        ada is ready
        ada follows drafts of ada
        chat 1 comes
        ada accepts 1
        ada puts 1 in drafts of ada
        bob is ready
        60 seconds pass
        ada pulls 1
        ada pulls 1 from drafts of bob
        ada pulls 1 from drafts of ada
        ada pulls 1 from drafts of ada
        ",
        "
        ada sees: invited to 1, ada has 1, ada has 1 no more (placed_in_workbin), 1 placed drafts of agent ada, refused: interaction '1' does not lie there, refused: interaction '1' does not lie there, 1 taken drafts of agent ada, ada has 1 (pull)
        bob sees:
        ",
    );
}

#[test]
fn a_chat_that_ends_in_a_workbin_is_stopped_there() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        ada follows drafts of place-7
        ada puts 1 in drafts of place-7
        ada puts 1 in drafts of place-7
        session 1 ends
        ada pulls 1 from drafts of place-7
        ",
        "
        ada sees: invited to 1, ada has 1, ada has 1 no more (placed_in_workbin), 1 placed drafts of place place-7, 1 taken drafts of place place-7, refused: interaction '1' is stopped
        ",
    );
}

#[test]
fn who_joins_the_chat_of_a_workbin_takes_it_out() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        ada joins 1
        ada puts 1 in drafts of ada
        ada goes from 1
        ada follows drafts of ada
        ada joins 1
        ",
        "
        ada sees: invited to 1, ada has 1, ada has 1 no more (placed_in_workbin), 1 taken drafts of agent ada, ada has 1 (by joining)
        ",
    );
}

#[test]
fn a_queue_is_pulled_from_without_being_ready_but_within_the_capacity() {
    check(
        "
        chat 1 comes
        chat 2 comes
        chat 3 comes
        chat 4 comes
        ada is not ready
        ada pulls 3
        ada pulls 1
        ada pulls 2
        ada pulls 4
        bob is ready
        bob pulls 4
        ",
        "
        ada sees: ada has 3 (pull), ada has 1 (pull), ada has 2 (pull), refused: agent 'ada' cannot take it: he has 3 of the 3 that his capacity rule allows
        bob sees: finds an invitation to 4, refused: interaction '4' does not lie there
        ",
    );
}

#[test]
fn a_workbin_outlives_its_owners_shift() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        ada puts 1 in drafts of ada
        ada logs out
        bob is ready
        bob stops 1
        ada is not ready
        ada pulls 1 from drafts of ada
        ",
        "
        bob sees: refused: interaction '1' is not handled by agent 'bob'
        ada sees: invited to 1, ada has 1, ada has 1 no more (placed_in_workbin), logged out, ada has 1 (pull)
        ",
    );
}

#[test]
fn what_lies_in_the_workbin_of_a_group_is_seen_and_taken_by_whoever_follows_it() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        bob follows drafts of group-sales
        ada puts 1 in drafts of group-sales
        bob pulls 1 from drafts of sales
        bob pulls 1 from drafts of group-sales
        ",
        "
        ada sees: invited to 1, ada has 1, ada has 1 no more (placed_in_workbin)
        bob sees: 1 placed drafts of group sales, refused: interaction '1' does not lie there, 1 taken drafts of group sales, bob has 1 (pull)
        ",
    );
}
