//! The rules that every kind of queue keeps, checked for each: one line per kind.

mod get;
mod put;
mod shutdown;
mod tasks;

/// Makes a test of each rule for the storage `Kind` that stands around it.
macro_rules! rules {
    ($($file:ident::{$($rule:ident),* $(,)?}),* $(,)?) => {
        $($(
            #[test]
            fn $rule() {
                let _watchdog = test_support::watchdog();
                super::$file::$rule::<Kind>();
            }
        )*)*
    };
}

macro_rules! conformance {
    ($($name:ident: $storage:ty),* $(,)?) => {
        $(mod $name {
            type Kind = $storage;

            rules! {
                put::{
                    q1_without_a_bound_put_never_waits,
                    q2_lowering_the_bound_makes_the_queue_full_until_enough_was_got,
                    q2_raising_the_bound_wakes_as_many_putters_as_there_is_room_for,
                    q2_removing_the_bound_wakes_every_putter,
                    q3_put_waits_for_room,
                    q4_try_put_hands_the_item_back,
                    q5_a_put_without_time_tries_once,
                    q6_put_gives_up_when_its_time_is_over,
                    q6_for_ever_is_a_time_limit,
                    q10_shutdown_comes_before_full,
                    q12_a_get_wakes_one_putter,
                    q12_a_get_from_an_overfull_queue_wakes_nobody,
                    q13_sizes_are_exact_at_the_moment_of_the_call,
                },
                get::{
                    o1_o2_o3_items_come_out_in_the_order_of_the_storage,
                    q7_get_waits_for_an_item,
                    q8_try_get_never_waits,
                    q9_a_get_without_time_tries_once,
                    q9_get_gives_up_when_its_time_is_over,
                    q11_an_item_is_preferred_to_a_deadline_in_the_past,
                    q12_a_put_wakes_one_getter,
                    q12_a_newcomer_may_take_the_item_and_the_woken_one_waits_on,
                    iterators_end_where_they_should,
                },
                tasks::{
                    j1_join_returns_at_once_when_nothing_was_put,
                    j1_join_waits_for_the_last_task_done,
                    j2_task_done_too_often_panics_and_changes_nothing,
                    j2_task_done_may_come_before_the_get,
                    j3_a_joiner_waits_on_if_a_put_comes_first,
                    j3_every_joiner_is_woken,
                    j4_join_can_have_a_time_limit_and_be_repeated,
                    j5_get_does_not_count,
                },
                shutdown::{
                    z1_shutdown_is_for_ever_and_may_be_repeated,
                    z2_put_is_refused_after_shutdown,
                    z3_what_is_in_the_queue_can_still_be_got,
                    z4_blocked_putters_get_their_items_back,
                    z5_blocked_getters_are_all_woken,
                    z5_blocked_getters_share_what_is_left,
                    z6_join_still_needs_task_done_after_shutdown,
                    z7_shutdown_now_hands_out_what_it_drained,
                    z7_shutdown_now_after_shutdown_drains_too,
                    z8_joiners_return_after_the_drain_if_nothing_is_in_work,
                    z8_joiners_wait_for_what_is_in_work,
                    z9_task_done_after_a_drain_panics,
                    z12_join_returns_after_a_drain_though_the_work_was_not_done,
                    z10_sizes_stay_true_after_shutdown,
                    z_blocked_calls_of_every_kind_end_together,
                },
            }
        })*
    };
}

conformance! {
    fifo: pythreads_queue::Fifo<u32>,
    lifo: pythreads_queue::Lifo<u32>,
    heap: pythreads_queue::Heap<u32>,
    user: crate::kind::LargestFirst,
}
