//! What supervisors do with what waits, and what agents see of it.

use super::check;

#[test]
fn what_is_urgent_comes_first_and_then_what_is_old() {
    check(
        "
        sue is not ready
        chat 1 comes
        chat 2 comes
        chat 3 comes
        chat 4 comes
        sue gives 4 priority 7
        sue gives 3 priority 7
        sue gives 1 priority -1
        ada is ready
        ",
        "
        ada sees: finds an invitation to 3, finds an invitation to 4, finds an invitation to 2
        ",
    );
}

#[test]
fn a_waiting_chat_is_assigned_to_somebody_and_comes_back_when_he_says_no() {
    check(
        "
        sue is not ready
        ada is ready
        chat 1 comes
        bob is ready
        sue assigns 1 to bob
        bob rejects 1
        ",
        "
        ada sees: invited to 1, invitation to 1 is gone (moved), invited to 1
        bob sees: invited to 1 by sue
        sue sees: bob does not come to 1 (rejected)
        ",
    );
}

#[test]
fn a_supervisor_takes_back_what_he_has_assigned_also_to_somebody_whom_routing_had_invited() {
    check(
        "
        sue is not ready
        bob is ready
        ada is ready
        chat 1 comes
        sue assigns 1 to bob
        ada uninvites bob from 1
        sue uninvites bob from 1
        sue uninvites ada from 1
        ",
        "
        ada sees: refused: ticket 14 has expired, invited to 1
        bob sees: invited to 1, invitation to 1 is gone (moved), invited to 1 by sue, invitation to 1 is gone (withdrawn)
        sue sees: refused: ticket 16 has expired
        ",
    );
}

#[test]
fn nobody_is_assigned_what_he_cannot_take_and_nothing_that_is_handled() {
    check(
        "
        sue is not ready
        chat 1 comes
        bob is not ready
        sue assigns 1 to bob
        ada is ready
        ada accepts 1
        sue assigns 1 to ada
        sue moves 1 to second-level
        sue ends 1
        ",
        "
        sue sees: refused: agent 'bob' cannot take it: he is not ready (lunch), refused: agent 'sue' cannot assign interaction '1': somebody handles it, refused: interaction '1' is not handled by agent 'sue', refused: interaction '1' is not handled by agent 'sue'
        ",
    );
}

#[test]
fn what_waits_is_moved_and_ended_by_a_supervisor() {
    check(
        "
        sue is not ready
        ada is ready
        chat 1 comes
        sue moves 1 to second-level
        ada accepts 1
        ada puts 1 in drafts of ada
        sue ends 1
        ada pulls 1 from drafts of ada
        ",
        "
        ada sees: invited to 1, invitation to 1 is gone (moved), invited to 1, ada has 1, ada has 1 no more (placed_in_workbin), refused: interaction '1' is stopped
        ",
    );
}
