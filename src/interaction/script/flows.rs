//! The flows of the agents' protocol: what each desk sees when colleagues ask each other.

use super::check;

#[test]
fn an_accepted_transfer_takes_the_chat_from_one_to_the_other() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        ada transfers 1 to bob
        bob joins 1
        bob accepts 1
        ada stops 1
        bob stops 1
        ",
        "
        ada sees: invited to 1, ada has 1, bob has 1 (transfer), ada has 1 no more (transferred), refused: interaction '1' is not handled by agent 'ada'
        bob sees: invited to 1 by ada (transfer), bob has 1 (transfer), ada has 1 no more (transferred), bob has 1 no more (stopped), 1 is stopped
        ",
    );
}

#[test]
fn a_rejected_transfer_is_told_to_the_inviter_who_keeps_the_chat() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        ada transfers 1 to bob
        bob rejects 1
        bob accepts 1
        ada stops 1
        ",
        "
        ada sees: invited to 1, ada has 1, bob does not come to 1 (rejected), ada has 1 no more (stopped), 1 is stopped
        bob sees: invited to 1 by ada (transfer), refused: ticket 12 has expired
        ",
    );
}

#[test]
fn a_transfer_that_is_not_answered_comes_back_and_forces_nobody_out() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        ada transfers 1 to bob
        30 seconds pass
        ada transfers 1 to bob
        ",
        "
        ada sees: invited to 1, ada has 1, bob does not come to 1 (expired)
        bob sees: invited to 1 by ada (transfer), invitation to 1 is gone (expired), invited to 1 by ada (transfer)
        ",
    );
}

#[test]
fn an_inviter_may_think_better_of_it() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        ada transfers 1 to bob
        bob uninvites bob from 1
        ada uninvites bob from 1
        bob accepts 1
        ",
        "
        ada sees: invited to 1, ada has 1
        bob sees: invited to 1 by ada (transfer), refused: ticket 12 has expired, invitation to 1 is gone (withdrawn), refused: ticket 12 has expired
        ",
    );
}

#[test]
fn nobody_is_asked_who_could_not_take_it() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is not ready
        ada transfers 1 to bob
        ada transfers 1 to cyd
        ada transfers 1 to ada
        bob transfers 1 to bob
        ",
        "
        ada sees: invited to 1, ada has 1, refused: agent 'bob' cannot take it: he is not ready (lunch), refused: agent 'cyd' is not logged in, refused: agent 'ada' has interaction '1' already
        bob sees: refused: interaction '1' is not handled by agent 'bob'
        ",
    );
}

#[test]
fn a_transfer_does_not_exceed_the_capacity_of_the_other() {
    check(
        "
        bob is ready
        chat 1 comes
        chat 2 comes
        chat 3 comes
        ada is ready
        chat 4 comes
        ada accepts 4
        ada transfers 4 to bob
        bob rejects 1
        ada rejects 1
        ada transfers 4 to bob
        bob accepts 1
        ",
        "
        ada sees: invited to 4, ada has 4, refused: agent 'bob' cannot take it: he has 3 of the 3 that his capacity rule allows, invited to 1, refused: agent 'bob' cannot take it: he has 3 of the 3 that his capacity rule allows
        ",
    );
}

#[test]
fn who_transfers_may_leave_the_chat_before_the_other_has_said_yes() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        ada joins 1
        bob is ready
        ada transfers 1 to bob
        bob joins 1
        ada goes from 1
        bob accepts 1
        ",
        "
        ada sees: invited to 1, ada has 1, ada has 1 no more (left_session)
        bob sees: invited to 1 by ada (transfer), ada has 1 no more (left_session), bob has 1 (transfer)
        ",
    );
}

#[test]
fn an_invitation_ends_with_its_inviter() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        ada invites bob to 1 as conference
        ada leaves 1
        ",
        "
        ada sees: invited to 1, ada has 1, ada has 1 no more (left)
        bob sees: invited to 1 by ada (conference as conference), invitation to 1 is gone (withdrawn), invited to 1
        ",
    );
}

#[test]
fn who_came_to_a_conference_has_the_chat_when_the_first_goes() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        ada invites bob to 1 as conference
        bob accepts 1
        ada leaves 1
        bob places 1 in second-level
        ",
        "
        ada sees: invited to 1, ada has 1, bob has 1 (conference as conference), ada has 1 no more (left), invited to 1
        bob sees: invited to 1 by ada (conference as conference), bob has 1 (conference as conference), ada has 1 no more (left), bob has 1 no more (placed_in_queue)
        ",
    );
}

#[test]
fn whoever_only_looks_on_is_let_go_when_nobody_handles_it() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        sue is not ready
        cyd is not ready
        sue intrudes on 1 as monitor
        sue joins 1 unseen
        cyd intrudes on 1 as coach
        sue stops 1
        cyd transfers 1 to sue
        ada leaves 1
        ",
        "
        ada sees: invited to 1, ada has 1, sue has 1 (intrude as monitor), cyd has 1 (intrude as coach), ada has 1 no more (left)
        sue sees: sue has 1 (intrude as monitor), cyd has 1 (intrude as coach), refused: interaction '1' is not handled by agent 'sue', ada has 1 no more (left), cyd has 1 no more (nobody_handles), sue has 1 no more (nobody_handles)
        cyd sees: cyd has 1 (intrude as coach), refused: interaction '1' is not handled by agent 'cyd', ada has 1 no more (left), cyd has 1 no more (nobody_handles)
        ",
    );
}

#[test]
fn a_supervisor_comes_nearer_step_by_step() {
    check(
        "
        ada is ready
        chat 1 comes
        sue is not ready
        sue intrudes on 1 as monitor
        ada accepts 1
        sue intrudes on 1 as monitor
        sue intrudes on 1 as coach
        sue intrudes on 1 as conference
        sue intrudes on 1 as coach
        ada leaves 1
        sue stops 1
        ",
        "
        sue sees: refused: nobody handles interaction '1', sue has 1 (intrude as monitor), sue has 1 (intrude as coach), sue has 1 (intrude as conference), refused: agent 'sue' has interaction '1' already, ada has 1 no more (left), sue has 1 no more (stopped), 1 is stopped
        ",
    );
}

#[test]
fn a_monitor_who_closes_the_chat_window_looks_on_no_more() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        sue is not ready
        ada invites sue to 1 as monitor
        sue accepts 1
        sue joins 1 unseen
        sue goes from 1
        ",
        "
        ada sees: invited to 1, ada has 1, sue has 1 (conference as monitor), sue has 1 no more (left_session)
        sue sees: invited to 1 by ada (conference as monitor), sue has 1 (conference as monitor), sue has 1 no more (left_session)
        ",
    );
}

#[test]
fn a_monitor_in_the_session_is_nobody_who_talks_with_the_customer() {
    check(
        "
        sue is not ready
        chat 1 comes
        sue joins 1 unseen
        ada is ready
        ",
        "
        ada sees: finds an invitation to 1
        ",
    );
}

#[test]
fn whoever_is_invited_hears_when_the_chat_is_gone() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        cyd is ready
        ada transfers 1 to bob
        ada invites cyd to 1 as coach
        cyd logs out
        ada stops 1
        ",
        "
        ada sees: invited to 1, ada has 1, cyd does not come to 1 (logged_out), ada has 1 no more (stopped), 1 is stopped
        bob sees: invited to 1 by ada (transfer), invitation to 1 is gone (stopped)
        cyd sees: invited to 1 by ada (conference as coach), invitation to 1 is gone (logged_out), logged out
        ",
    );
}

#[test]
fn a_hold_is_told_to_all_parties_and_ends_with_its_handlers() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        sue is not ready
        sue intrudes on 1 as monitor
        sue holds 1
        ada holds 1
        ada holds 1
        ada resumes 1
        ada holds 1
        ada leaves 1
        ada resumes 1
        ",
        "
        ada sees: invited to 1, ada has 1, sue has 1 (intrude as monitor), ada holds 1, ada resumes 1, ada holds 1, ada has 1 no more (left), refused: interaction '1' is not handled by agent 'ada'
        sue sees: sue has 1 (intrude as monitor), refused: interaction '1' is not handled by agent 'sue', ada holds 1, ada resumes 1, ada holds 1, ada has 1 no more (left), sue has 1 no more (nobody_handles)
        ",
    );
}

#[test]
fn a_colleague_is_asked_in_an_interaction_of_its_own_that_ends_with_the_parent() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        ada consults bob about 1
        bob accepts 1-consult-12
        ada stops 1
        ",
        "
        ada sees: invited to 1, ada has 1, bob has 1-consult-12 (conference), ada has 1 no more (stopped), bob has 1-consult-12 no more (stopped), 1 is stopped, 1-consult-12 is stopped
        bob sees: invited to 1-consult-12 by ada (conference), bob has 1-consult-12 (conference), bob has 1-consult-12 no more (stopped), 1-consult-12 is stopped
        ",
    );
}

#[test]
fn who_is_asked_and_does_not_come_is_told_and_the_question_is_over() {
    check(
        "
        ada is ready
        chat 1 comes
        ada accepts 1
        bob is ready
        ada consults bob about 1
        bob rejects 1-consult-12
        ada consults bob about 1
        ada stops 1-consult-16
        ",
        "
        ada sees: invited to 1, ada has 1, bob does not come to 1-consult-12 (rejected), 1-consult-12 is stopped, 1-consult-16 is stopped
        bob sees: invited to 1-consult-12 by ada (conference), invited to 1-consult-16 by ada (conference), invitation to 1-consult-16 is gone (stopped)
        ",
    );
}
