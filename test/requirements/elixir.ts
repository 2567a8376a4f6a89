import type { Requirement } from './otp.ts';

/** What Elixir's own supervisors do: dynamic children, partitions, tasks. */
export const elixirRequirements: readonly Requirement[] = [
  {
    id: 'ex-dynamic-ids',
    source: 'DynamicSupervisor',
    sentence: 'Ids are not checked; which_children shows none.',
  },
  {
    id: 'ex-dynamic-max-children',
    source: 'DynamicSupervisor.start_child/2',
    sentence: 'Beyond max_children a start is refused.',
  },
  {
    id: 'ex-dynamic-start-errors',
    source: 'DynamicSupervisor.start_child/2',
    sentence: 'Errors and ignore leave nothing behind.',
  },
  {
    id: 'ex-dynamic-terminate',
    source: 'DynamicSupervisor.terminate_child/2',
    sentence: 'Terminates by pid; not_found otherwise.',
  },
  {
    id: 'ex-dynamic-vanish',
    source: 'DynamicSupervisor',
    sentence: 'Children that end and are not restarted vanish.',
  },
  {
    id: 'ex-dynamic-one-for-one',
    source: 'DynamicSupervisor',
    sentence: 'The only strategy is one_for_one.',
  },
  {
    id: 'ex-dynamic-restart-error',
    source: 'DynamicSupervisor',
    sentence: 'A restart that fails is retried by message, and each try counts.',
  },
  {
    id: 'ex-dynamic-restart-ignore',
    source: 'DynamicSupervisor',
    sentence: 'A restart that answers ignore drops the child.',
  },
  { id: 'ex-dynamic-significant', source: 'DynamicSupervisor', sentence: 'significant is silently ignored.' },
  {
    id: 'ex-dynamic-stop',
    source: 'DynamicSupervisor',
    sentence: 'All children stop at once, each with its own shutdown time.',
  },
  {
    id: 'ex-partition-ids',
    source: 'PartitionSupervisor',
    sentence: 'Copies of one child under the ids 0 to n-1.',
  },
  {
    id: 'ex-partition-default',
    source: 'PartitionSupervisor',
    sentence: 'As many partitions as schedulers by default.',
  },
  {
    id: 'ex-partition-key',
    source: 'PartitionSupervisor',
    sentence: 'An integer key selects abs(key) mod n, any other its hash mod n.',
  },
  {
    id: 'ex-partition-arguments',
    source: 'PartitionSupervisor: with_arguments',
    sentence: 'Each partition may have arguments of its own.',
  },
  {
    id: 'ex-partition-crash',
    source: 'PartitionSupervisor',
    sentence: 'A crashed partition leaves the others untouched.',
  },
  {
    id: 'ex-task-async',
    source: 'Task.Supervisor.async/3',
    sentence: 'A task’s value can be awaited; the task is gone afterwards.',
  },
  {
    id: 'ex-task-linked',
    source: 'Task.Supervisor.async/3',
    sentence: 'async links the task and its caller.',
  },
  {
    id: 'ex-task-async-nolink',
    source: 'Task.Supervisor.async_nolink/3',
    sentence: 'A crash shows as the task’s outcome; the caller survives.',
  },
  {
    id: 'ex-task-await-timeout',
    source: 'Task.await/2',
    sentence: 'await gives up after 5000 ms by default.',
  },
  {
    id: 'ex-task-yield',
    source: 'Task.yield/2',
    sentence: 'yield answers nil in time and may be asked again.',
  },
  { id: 'ex-task-shutdown', source: 'Task.shutdown/2', sentence: 'A task can be ended from outside.' },
  {
    id: 'ex-task-supervisor-defaults',
    source: 'Task.Supervisor',
    sentence: 'Tasks are temporary and stop with their supervisor.',
  },
  {
    id: 'ex-task-start-child',
    source: 'Task.Supervisor.start_child/3',
    sentence: 'Fire and forget; a transient task that keeps crashing ends the supervisor.',
  },
  { id: 'ex-task-max-children', source: 'Task.Supervisor', sentence: 'max_children refuses further tasks.' },
  {
    id: 'ex-task-stream-ordered',
    source: 'Task.Supervisor.async_stream/4',
    sentence: 'Ordered, with at most max_concurrency at a time.',
  },
  {
    id: 'ex-task-stream-nolink',
    source: 'Task.Supervisor.async_stream_nolink/4',
    sentence: 'A failure is yielded and the stream goes on.',
  },
  {
    id: 'ex-task-stream-timeout',
    source: 'Task.Supervisor.async_stream/4: on_timeout',
    sentence: 'exit ends the stream, kill_task yields the timeout and goes on.',
  },
];
