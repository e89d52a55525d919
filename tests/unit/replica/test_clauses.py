"""Which test tries which clause of the abstract behaviour, and that those tests are there.

Interface Spec, "Abstract behavior"; the numbers are only for order.  Names are of tests without
`test_`; a file name stands for all its tests.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent

CLAUSES = {
    "3.2 a missing canister": ["update_of_an_unknown_canister_is_destination_invalid"],
    "3.2 a stopped one, before an empty one": [
        "stopped_is_told_before_empty_and_empty_before_unknown",
        "stop_waits_for_open_call_contexts",
    ],
    "3.2 a frozen one": ["freezing"],
    "3.2 minimum cycles": ["calls_of_other_canisters_must_bring_cycles"],
    "3.2 no module, no method": [
        "update_of_an_empty_canister_is_rejected",
        "update_of_an_unknown_method_is_rejected",
    ],
    "3.2 composite queries are not replicated": ["composite_query_cannot_be_called_as_an_update"],
    "3.2 a refused call's cycles": ["refused_call_brings_its_cycles_back"],
    "3.2 queries as updates": [
        "replicated_query_keeps_logs_and_version_only",
        "replicated_query_keeps_accepted_cycles_and_drops_the_rest",
    ],
    "3.3 commit, or drop everything": [
        "trap_undoes_memory_globals_stable_memory_and_calls",
        "response_is_dropped_by_a_later_trap",
        "every_trap_in_every_entry_point_is_a_clean_error",
    ],
    "3.3 responded, callbacks or not": [
        "canister_can_answer_early_and_go_on",
        "answered_context_does_not_care_for_a_trap",
        "second_response_in_one_context_traps",
    ],
    "3.3 waits for callbacks": [
        "context_waits_for_its_last_callback",
        "trap_of_a_callback_is_forgotten_while_others_wait",
    ],
    "3.3 no response": [
        "return_without_a_response_is_rejected",
        "canister_sees_no_response_where_a_user_sees_more",
        "call_that_fails_brings_its_cycles_back",
    ],
    "3.4 refunds come first": ["refund_is_there_before_the_callback_and_after_its_trap"],
    "3.4 deleted contexts": ["uninstall_rejects_open_calls_and_runs_no_callback"],
    "3.4 the table is looked up": [
        "callback_that_cannot_be_called_counts_as_a_trap",
        "callback_needs_a_table",
        "callback_index_is_looked_up_when_the_response_arrives",
    ],
    "3.4 what callbacks see": [
        "reply_callback_sees_the_reply_and_its_environment",
        "reject_callback_sees_code_and_message",
        "callback_sees_the_caller_of_its_context",
    ],
    "3.4 no memory limit": ["memory_limit_binds_updates_only"],
    "3.5 when cleanup runs": [
        "cleanup_runs_after_a_trap_and_keeps_its_changes",
        "cleanup_runs_if_the_callback_does_not_exist",
        "cleanup_does_not_run_after_a_success",
        "uninstalled_canister_runs_no_cleanup",
    ],
    "3.5 what cleanup sees and does": [
        "cleanup_starts_from_the_state_before_the_callback",
        "cleanup_sees_caller_and_reject_code",
        "functions_may_be_called_where_the_specification_says",
    ],
    "3.5 cleanup that fails": [
        "trap_in_cleanup_is_added_to_the_message",
        "cleanup_that_does_not_exist_is_told",
    ],
    "3.6 one-way calls": [
        "one_way_call_leaves_the_caller_unharmed",
        "one_way_call_of_an_unanswered_context_is_its_reject",
    ],
    "3.7 bounded and unbounded": ["holds"],
    "3.8 queues": [
        "full_queue_makes_call_perform_answer_transient",
        "canister_that_calls_itself_is_stopped_by_its_queue",
        "requests_to_one_callee_arrive_in_order",
        "self_call_is_an_ordinary_message",
    ],
    "3.9 install": ["install", "failed_install_of_an_empty_canister_leaves_it_empty"],
    "3.9 reinstall": [
        "reinstall_clears_stable_memory_certified_data_and_logs",
        "reinstalled_canister_still_has_to_answer",
    ],
    "3.9 upgrade": [
        "failed_upgrade_leaves_everything_as_it_was",
        "response_runs_in_the_new_code_by_table_index",
        "post_upgrade_may_set_the_timer_again",
        "persistence",
    ],
    "3.9 uninstall": [
        "uninstalling_answers_callers_with_code_4_and_their_cycles",
        "uninstalling_keeps_what_is_not_code",
    ],
    "3.9 stop and start": [
        "stop_waits_for_open_call_contexts",
        "stop_times_out_after_five_minutes",
        "start_cancels_a_pending_stop",
        "several_stops_may_wait_at_once",
        "stop_of_a_stopped_canister_succeeds_at_once",
    ],
    "3.9 delete": [
        "stopped_canister_is_deleted_for_good",
        "running_canister_is_not_deleted",
        "canister_with_messages_is_not_deleted",
    ],
    "3.10 timer and heartbeat": [
        "timer_fires_once_when_due",
        "timer_that_traps_stays_disarmed",
        "timer_may_make_calls",
        "heartbeat_runs_when_asked",
        "system_task_is_called_by_the_management_canister",
        "stopped_canister_has_no_system_tasks",
    ],
    "3.10 low memory": ["low_memory_hook_runs_once_until_the_condition_ends"],
    "3.11 version": [
        "version_counts_every_change_once",
        "sender_canister_version_must_be_that_of_the_call",
    ],
    "3.12 queries": ["queries", "query_replies_with_3_mib_at_most"],
    "3.12 composite queries": [
        "composite_query_nests_at_most_six_deep",
        "composite_query_has_5_billion_instructions_over_all_its_calls",
        "composite_query_may_ask_for_status_metrics_and_logs_only",
    ],
    "3.13 inspection": [
        "inspect_message_decides_about_ingress",
        "inspect_message_is_not_asked_about_calls_of_canisters",
        "acceptance_counts_once_and_without_a_trap",
    ],
    "3.14 limits": [
        "every_entry_point_may_use_so_many_instructions",
        "installing_may_use_300_billion_instructions_in_all",
        "what_is_too_large_traps",
        "largest_argument_and_name_arrive",
        "long_error_texts_are_cut_at_8_kib",
        "message_touches_2_gib_of_stable_memory_and_a_query_1",
        "exact_metering",
    ],
    "3.15 freezing": ["freezing"],
    "3.16 logs": [
        "logs_are_kept_when_the_message_traps",
        "contract_violation_adds_no_trap_record",
        "logs_of_a_failed_upgrade_are_kept",
        "logs_outlive_an_upgrade_and_end_with_the_code",
        "at_most_4_kib_of_logs_are_returned",
    ],
    "3.17 snapshots": ["snapshots", "snapshot_transfer"],
    "3.18 codes": ["module_corpus", "faults"],
}


def names_of_tests() -> set[str]:
    """Names of tests, and of their files."""
    found = set()
    for path in HERE.glob("test_*.py"):
        found.add(path.stem.removeprefix("test_"))
        found.update(re.findall(r"^def test_(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    return found


@pytest.mark.parametrize("clause", CLAUSES)
def test_clause_has_its_tests(clause: str) -> None:
    assert set(CLAUSES[clause]) - names_of_tests() == set()
