import type { Requirement } from './otp.ts';

/** Where we differ from OTP on purpose; docs/supervision.md gives the reasons, by these ids. */
export const supervisionDifferences: readonly Requirement[] = [
  {
    id: 'diff-extra-return',
    source: 'supervisor_SUITE: extra_return',
    sentence: 'A start gives a process and nothing more: there is no Info beside the pid.',
  },
  {
    id: 'diff-bad-return',
    source: 'supervisor_SUITE: sup_start_error_return',
    sentence: 'There is no init callback that could return garbage: flags are data, checked at the call.',
  },
  {
    id: 'diff-already-started',
    source: 'supervisor_SUITE: already_started_outside_supervisor',
    sentence:
      'A start function cannot answer already_started: children are started by the runtime; a taken path is a start error.',
  },
  {
    id: 'diff-child-unlink',
    source: 'supervisor_SUITE: child_unlink',
    sentence: 'A child cannot untie itself from its supervisor.',
  },
  {
    id: 'diff-format-log',
    source: 'supervisor_SUITE: format_log_1, format_log_2, external_start_no_progress_log',
    sentence:
      'Reports are objects for onReport, not lines of text; there are no progress reports, an observer sees the starts.',
  },
  {
    id: 'diff-application',
    source: 'supervisor_SUITE: faulty_application_shutdown',
    sentence: 'There are no applications; ActorSystem.start rejects with the child and its reason.',
  },
  {
    id: 'diff-callback-module',
    source: 'supervisor_SUITE: get_callback_module',
    sentence: 'There is no callback module.',
  },
  {
    id: 'diff-global-names',
    source: 'supervisor_SUITE: simple_global_supervisor',
    sentence: 'There are no global names; names live in one system.',
  },
  {
    id: 'diff-start-parameters',
    source:
      'supervisor_SUITE: do_not_save_start_parameters_for_temporary_children, simple_one_for_one_corruption',
    sentence: 'The spec of a live temporary child is kept, input and all, until it ends; then nothing is.',
  },
  {
    id: 'diff-milliseconds',
    source: 'supervisor',
    sentence: 'Milliseconds: the restart window is not rounded to whole seconds.',
  },
  {
    id: 'diff-dynamic-restarts',
    source: 'supervisor:terminate_child/2, supervisor:count_children/1',
    sentence:
      'Ending a template child that waits for its restart takes it out of the counts; OTP goes on to count it as not active.',
  },
];
