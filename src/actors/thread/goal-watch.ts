import type { NotificationParams } from '../../protocol/app-server.ts';
import { type Goal, goalOf } from '../../protocol/goal.ts';
import { unread } from '../../protocol/unread.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';

/** What a turn that pursues a goal begins with, in place of an input. */
export interface GoalRequest {
  readonly objective: string;
  readonly tokenBudget: number;
  /** Whether the goal that the thread has is gone on with; else it begins anew. */
  readonly resume: boolean;
  /** Told of each change. It must not throw. */
  readonly changed: (goal: Goal) => void;
}

/** Follows the goal of one turn. Codex begins one turn after the other for it; the goal tells which is the last. */
export class GoalWatch {
  readonly #request: GoalRequest;
  #goal: Goal | null = null;

  constructor(request: GoalRequest) {
    this.#request = request;
  }

  /** Whether Codex has taken the goal. */
  get isKnown(): boolean {
    return this.#goal !== null;
  }

  /** Whether another turn may follow. */
  get isOpen(): boolean {
    return this.#goal === null || this.#goal.status === 'active';
  }

  /** Takes a notification of the thread, of whatever kind; before the goal is set, it is about another one. */
  accept({ method, params }: PortNotification): void {
    if (this.#goal === null) return;
    if (method === 'thread/goal/updated')
      this.take(goalOf(unread<NotificationParams<'thread/goal/updated'>>(params).goal));
    else if (method === 'thread/goal/cleared') this.take({ ...this.#goal, status: 'cleared' });
  }

  /** It is being paused: what it is told as from now on. */
  paused(): void {
    if (this.#goal !== null) this.take({ ...this.#goal, status: 'paused' });
  }

  /** Takes the goal as it was read. */
  take(goal: Goal | null): void {
    if (goal === null) return;
    this.#goal = goal;
    this.#request.changed(goal);
  }
}
