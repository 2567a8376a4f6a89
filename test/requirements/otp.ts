/** What a supervisor must do, and where that is said. Tests cite the ids in their titles. */
export interface Requirement {
  readonly id: string;
  /** The OTP or Elixir function, module, or case of OTP's own test suite. */
  readonly source: string;
  readonly sentence: string;
}

export const otpRequirements: readonly Requirement[] = [
  {
    id: 'otp-golden',
    source: 'supervisor',
    sentence: 'The supervisor does what OTP 25.2.3 did in every recorded case.',
  },
  {
    id: 'otp-start-normal',
    source: 'supervisor_SUITE: sup_start_normal',
    sentence: 'An empty supervisor starts, and stops with shutdown.',
  },
  {
    id: 'otp-start-acknowledged',
    source: 'supervisor',
    sentence: 'Each start function runs inside of the supervisor and blocks it until the child is up.',
  },
  {
    id: 'otp-start-ignore',
    source:
      'supervisor_SUITE: sup_start_ignore_init, sup_start_ignore_child, sup_start_ignore_temporary_child',
    sentence: 'A child that declines has no process; its spec is kept unless it is temporary.',
  },
  {
    id: 'otp-start-child-ignore',
    source:
      'supervisor_SUITE: sup_start_ignore_temporary_child_start_child(_simple), sup_start_ignore_permanent_child_start_child_simple',
    sentence: 'The same holds for children that are started later; dynamic ones leave nothing.',
  },
  {
    id: 'otp-start-fail',
    source: 'supervisor_SUITE: sup_start_fail; supervisor',
    sentence:
      'A start error stops the children that run, right to left, and fails the supervisor with the child and its reason.',
  },
  {
    id: 'otp-start-child-error',
    source: 'supervisor_SUITE: sup_start_child_returns_error(_simple)',
    sentence: 'start_child of a child that fails answers with the reason and keeps nothing.',
  },
  {
    id: 'otp-restart-child-error',
    source: 'supervisor_SUITE: sup_start_restart_child_returns_error',
    sentence:
      'A failing restart_child answers with the reason, keeps the spec at rest, and is not tried again.',
  },
  {
    id: 'otp-start-map',
    source: 'supervisor_SUITE: sup_start_map, sup_start_map_simple',
    sentence: 'Specs have defaults: permanent, 5000 ms or infinity, worker, not significant.',
  },
  {
    id: 'otp-map-faulty-specs',
    source: 'supervisor_SUITE: sup_start_map_faulty_specs',
    sentence: 'Unknown keys are tolerated.',
  },
  {
    id: 'otp-child-specs',
    source: 'supervisor_SUITE: child_specs, child_specs_map',
    sentence: 'Each malformed spec is refused with its own error, in a fixed order of checks.',
  },
  {
    id: 'otp-sup-flags',
    source: 'supervisor_SUITE: sup_flags',
    sentence:
      'Each invalid flag is refused; so are duplicate ids and significant children without auto_shutdown.',
  },
  {
    id: 'otp-childspec',
    source: 'supervisor_SUITE: sup_start_map; supervisor:get_childspec/2',
    sentence: 'get_childspec gives the spec with its defaults, or not_found.',
  },
  {
    id: 'otp-order-of-children',
    source: 'supervisor_SUITE: order_of_children',
    sentence: 'Children start in list order and stop in reverse.',
  },
  {
    id: 'otp-stop-sequential',
    source: 'supervisor:terminate_children/2',
    sentence: 'Children are stopped one at a time, each after the end of the last.',
  },
  {
    id: 'otp-stop-nested',
    source: 'supervisor',
    sentence: 'A nested supervisor stops its own children first.',
  },
  {
    id: 'otp-stop-infinity',
    source: 'supervisor_SUITE: sup_stop_infinity',
    sentence: 'shutdown infinity waits without limit.',
  },
  {
    id: 'otp-stop-timeout',
    source: 'supervisor_SUITE: sup_stop_timeout, sup_stop_timeout_dynamic',
    sentence: 'A child that does not end in its time is killed, and reported.',
  },
  {
    id: 'otp-stop-brutal-kill',
    source: 'supervisor_SUITE: sup_stop_brutal_kill, sup_stop_brutal_kill_dynamic',
    sentence: 'A brutal_kill child ends killed without being asked.',
  },
  {
    id: 'otp-stop-race',
    source: 'supervisor_SUITE: sup_stop_race',
    sentence: 'Children that end by themselves while the supervisor stops do not disturb it.',
  },
  {
    id: 'otp-expected-stop',
    source: 'supervisor:shutdown/1',
    sentence: 'Which end of a stopped child is as wanted depends on its restart and shutdown.',
  },
  {
    id: 'otp-shutdown-error',
    source: 'supervisor_SUITE: sup_stop_non_shutdown_exit_dynamic; supervisor:shutdown/1',
    sentence: 'Any other end of a stopped child is reported as shutdown_error.',
  },
  {
    id: 'otp-busy',
    source: 'supervisor',
    sentence: 'A supervisor that waits for a child handles no other message meanwhile.',
  },
  {
    id: 'otp-consumed-exit',
    source: 'supervisor:unlink_flush/2',
    sentence:
      'The exit of a sibling that died by itself is consumed by the stop: it causes no second restart.',
  },
  {
    id: 'otp-child-adm',
    source: 'supervisor_SUITE: child_adm',
    sentence: 'start, terminate, restart and delete_child answer by the state of the child.',
  },
  {
    id: 'otp-child-adm-simple',
    source: 'supervisor_SUITE: child_adm_simple',
    sentence: 'Under a template children are known by pid; foreign live pids are not found.',
  },
  {
    id: 'otp-terminate-uncounted',
    source: 'supervisor:terminate_child/2',
    sentence: 'terminate_child counts neither for the intensity nor for auto_shutdown.',
  },
  {
    id: 'otp-which-children',
    source:
      'supervisor_SUITE: which_children, which_children_simple_one_for_one, count_children, count_children_supervisor',
    sentence: 'which_children lists in reverse start order, count_children by type.',
  },
  {
    id: 'otp-count-children',
    source: 'supervisor_SUITE: count_children',
    sentence: 'Counts hold for very many dynamic children.',
  },
  {
    id: 'otp-restart-types',
    source:
      'supervisor_SUITE: permanent_*, transient_*, temporary_*, do_not_save_child_specs_for_temporary_children',
    sentence:
      'permanent always restarts, transient after an abnormal end, temporary never and leaves nothing.',
  },
  {
    id: 'otp-child-terminated',
    source: 'supervisor:do_restart/3',
    sentence: 'Which ends are reported as child_terminated.',
  },
  {
    id: 'otp-one-for-one',
    source: 'supervisor_SUITE: one_for_one',
    sentence: 'Only the crashed child restarts.',
  },
  {
    id: 'otp-one-for-all',
    source: 'supervisor_SUITE: one_for_all',
    sentence: 'All others are stopped and all restarted.',
  },
  {
    id: 'otp-rest-for-one',
    source: 'supervisor_SUITE: rest_for_one',
    sentence: 'The later ones restart, the earlier keep their process.',
  },
  {
    id: 'otp-temporary-bystander',
    source: 'supervisor_SUITE: temporary_bystander',
    sentence: 'A temporary sibling stopped by a group restart is gone; children at rest are started again.',
  },
  {
    id: 'otp-one-for-all-other-fails',
    source: 'supervisor_SUITE: one_for_all_other_child_fails_restart',
    sentence: 'When another child fails in the restart, what has restarted is stopped again.',
  },
  {
    id: 'otp-rest-for-one-other-fails',
    source: 'supervisor_SUITE: rest_for_one_other_child_fails_restart',
    sentence: 'When a later child fails in the restart, the earlier is not restarted again.',
  },
  {
    id: 'otp-retry-counts',
    source:
      'supervisor_SUITE: one_for_one_escalation, one_for_all_escalation, rest_for_one_escalation, simple_one_for_one_escalation',
    sentence: 'A restart that keeps failing exhausts the intensity and takes the siblings along.',
  },
  {
    id: 'otp-hanging-restart-loop',
    source:
      'supervisor_SUITE: hanging_restart_loop, hanging_restart_loop_rest_for_one, hanging_restart_loop_simple, count_restarting_children',
    sentence:
      'During a restart loop the calls answer, count the child as not active, and terminate_child ends it.',
  },
  {
    id: 'otp-intensity',
    source: 'supervisor_SUITE: one_for_one',
    sentence: 'The restart beyond the intensity stops the supervisor; 0 allows none.',
  },
  {
    id: 'otp-intensity-first',
    source: 'supervisor:add_restart/1',
    sentence: 'The intensity is checked before any sibling is touched.',
  },
  { id: 'otp-intensity-group', source: 'supervisor:add_restart/1', sentence: 'A group restart counts once.' },
  {
    id: 'otp-multiple-restarts',
    source: 'supervisor_SUITE: multiple_restarts',
    sentence: 'Crashes further apart than the period never exceed the intensity.',
  },
  {
    id: 'otp-window-inclusive',
    source: 'supervisor:add_restart/1',
    sentence: 'The window includes both ends.',
  },
  {
    id: 'otp-escalation',
    source: 'supervisor_SUITE: tree',
    sentence: 'An escalation rebuilds the static children of a subtree, not those added later.',
  },
  {
    id: 'otp-scale',
    source: 'supervisor_SUITE: scale_start_stop_many_children',
    sentence: 'Start and stop of very many children take time in proportion.',
  },
  {
    id: 'otp-simple',
    source: 'supervisor_SUITE: simple_one_for_one, simple_one_for_one_extra',
    sentence: 'A dynamic child restarts alone, with its own arguments.',
  },
  {
    id: 'otp-simple-start',
    source: 'supervisor:start_child/2',
    sentence: 'A template child is started with the arguments of the call.',
  },
  {
    id: 'otp-simple-shutdown',
    source: 'supervisor_SUITE: simple_one_for_one_shutdown',
    sentence: 'Dynamic children stop in parallel; the slow are killed after their time; reports are grouped.',
  },
  {
    id: 'otp-simple-restart-ignore',
    source: 'supervisor_SUITE: simple_one_for_one_restart_ignore',
    sentence: 'A restart that is declined removes the dynamic child.',
  },
  {
    id: 'otp-simple-scale',
    source: 'supervisor_SUITE: simple_one_for_one_scale_many_temporary_children',
    sentence: 'Very many dynamic children take time in proportion.',
  },
  {
    id: 'otp-nonsignificant',
    source: 'supervisor_SUITE: nonsignificant_temporary, nonsignificant_transient',
    sentence: 'Ends of children that are not significant never stop the supervisor.',
  },
  {
    id: 'otp-significant-temporary',
    source: 'supervisor_SUITE: significant_temporary',
    sentence: 'Any end of a significant temporary child counts.',
  },
  {
    id: 'otp-significant-transient',
    source: 'supervisor_SUITE: significant_transient',
    sentence: 'A significant transient child that crashes restarts; an orderly end counts.',
  },
  {
    id: 'otp-significant-simple',
    source: 'supervisor_SUITE: significant_simple',
    sentence: 'Both modes hold under simple_one_for_one.',
  },
  {
    id: 'otp-significant-bystander',
    source: 'supervisor_SUITE: significant_bystander',
    sentence: 'Significant children stopped by a sibling’s restart do not count.',
  },
  {
    id: 'otp-significant-escalation',
    source: 'supervisor_SUITE: significant_escalation',
    sentence: 'An inner auto-shutdown ends the outer supervisor only when the inner is significant.',
  },
  {
    id: 'otp-significant-upgrade',
    source: 'supervisor_SUITE: significant_upgrade_*',
    sentence: 'A changed auto_shutdown holds for later ends.',
  },
  {
    id: 'otp-code-change',
    source: 'supervisor_SUITE: code_change, code_change_map',
    sentence:
      'New flags and specs are taken, processes kept, nothing started or stopped, faulty ones refused.',
  },
  {
    id: 'otp-code-change-simple',
    source: 'supervisor_SUITE: code_change_simple, code_change_simple_map',
    sentence: 'A new template holds for the children that live.',
  },
];
