import type { ActorContext, Behaviour } from './behaviour.ts';
import type { ChildSource } from './checked-spec.ts';
import type { ChildRecord } from './child-record.ts';
import type { Process, StartOutcome as ProcessStart } from './process.ts';
import { supervisorBehaviour } from './supervisor.ts';
import type { StartOutcome } from './supervisor-effects.ts';
import type { SupervisorHost } from './supervisor-host.ts';
import { logicBehaviour } from './xstate-adapter.ts';

/** Starts a child under its supervisor; gives the outcome at once when the child's start is synchronous. */
export function spawnChild(
  host: SupervisorHost,
  parent: Process,
  child: ChildRecord<Process>,
  path: string,
): StartOutcome<Process> | Promise<StartOutcome<Process>> {
  const { spec } = child;
  const started = host.runtime.spawn({
    path,
    behaviour: behaviourOf(host, spec.source),
    input: inputOf(spec.source),
    parent,
    trapExit: spec.source.kind === 'supervisor' || spec.trapExit,
    mailboxCapacity: spec.mailboxCapacity,
    startTimeoutMs: spec.startTimeoutMs,
  });
  return started instanceof Promise ? started.then(outcomeOf) : outcomeOf(started);
}

function outcomeOf(started: ProcessStart): StartOutcome<Process> {
  if (started === 'ignore') return { type: 'ignored' };
  return 'ok' in started
    ? { type: 'started', process: started.ok }
    : { type: 'failed', reason: started.error };
}

function behaviourOf(host: SupervisorHost, source: ChildSource): Behaviour<unknown, unknown> {
  switch (source.kind) {
    case 'supervisor':
      return supervisorBehaviour(host, source.flags);
    case 'logic':
      return logicBehaviour(source, host.runtime.inspection);
    case 'behaviour': {
      const { behaviour, input } = source;
      if (!isComputed(input)) return behaviour;
      return { init: (context) => behaviour.init(context, input(context)) };
    }
  }
}

/** Logic finds its input in its own options. */
function inputOf(source: ChildSource): unknown {
  return source.kind === 'behaviour' ? source.input : undefined;
}

function isComputed(input: unknown): input is (context: ActorContext<unknown>) => unknown {
  return typeof input === 'function';
}
