/** Node's `util.inspect.custom`. */
const printed = Symbol.for('nodejs.util.inspect.custom');

/** How a pid is shown: in JSON, in text, and by Node, alone or within what holds one. */
export abstract class ShownPid {
  readonly path: string;
  readonly incarnation: number;
  abstract readonly isDead: boolean;

  constructor(path: string, incarnation: number) {
    this.path = path;
    this.incarnation = incarnation;
  }

  toJSON(): { readonly path: string; readonly incarnation: number } {
    return { path: this.path, incarnation: this.incarnation };
  }

  [printed](): string {
    return `Pid(${this.path} #${this.incarnation}${this.isDead ? ', ended' : ''})`;
  }

  toString(): string {
    return `${this.path}#${this.incarnation}`;
  }
}
