import type { TemplateNode, TreeNode } from './case-format.ts';

/** What stands at each path of a case, also of what its steps have started. */
export class KnownNodes {
  readonly #byPath = new Map<string, TreeNode>();

  learn(node: TreeNode, path: string): void {
    this.#byPath.set(path, node);
    if (node.kind !== 'static') return;
    for (const child of node.children) this.learn(child, `${path}.${child.id}`);
  }

  /** The template supervisor of a path, if one is there. */
  templateAt(path: string): TemplateNode | undefined {
    const node = this.#byPath.get(path);
    return node?.kind === 'template' ? node : undefined;
  }
}
