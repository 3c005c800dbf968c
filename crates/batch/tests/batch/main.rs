//! A batch as its caller sees it: what the service saw, and what the journal says.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod check;
mod contract;
mod moved;
mod place;
mod poll;
#[cfg(unix)]
mod postgres;
mod results;
mod run;
#[cfg(unix)]
#[path = "../support/postgres.rs"]
mod server;
mod sqlite;

/// Holds the journals of one kind of place to the contract.
macro_rules! contract {
    ($module:ident, $place:expr) => {
        mod $module {
            contract!(@ $place;
                contract::outcome_survives_closing,
                contract::record_is_intended_by_one_caller_only,
                contract::intent_without_outcome_is_unknown_after_reopening,
                contract::states_change_in_no_other_way,
                contract::only_selected_records_wait_again,
                contract::no_other_record_waits_than_was_read,
                contract::record_that_waits_has_the_reference_of_the_list,
                contract::result_of_a_given_up_transaction_settles_nothing,
                contract::changed_line_is_named_and_nothing_is_added,
                contract::moved_record_is_not_taken_for_a_new_one,
                contract::renumbered_record_is_the_same,
                contract::result_is_found_by_reference_and_ids,
                contract::records_are_counted_by_state_and_result,
                contract::records_are_read_in_order_and_in_parts,
                moved::moved_lines_are_sent_once,
                moved::changed_line_is_named_where_it_stands_now,
                moved::repeated_line_is_not_a_moved_one,
                moved::sorted_list_is_the_same,
                moved::changed_line_is_refused_wherever_it_moves,
                moved::line_put_back_corrected_is_refused,
                moved::unsendable_line_is_not_taken_for_removed,
                moved::reference_tells_a_changed_line_from_a_new_one,
                moved::line_behind_one_taken_out_has_not_changed,
            );
        }
    };
    (@ $place:expr; $($file:ident::$test:ident,)+) => {$(
        #[tokio::test]
        async fn $test() {
            crate::$file::$test($place).await;
        }
    )+};
}

contract!(sqlite_contract, crate::place::FilePlace::new());
#[cfg(unix)]
contract!(postgres_contract, crate::postgres::PostgresPlace::new());
