import { Codex, type CodexOptions, type ThreadOptions } from '../../src/index.ts';
import {
  type CodexHome,
  createCodexHome,
  homeMarkVariable,
  processesLeft,
  ScriptedModel,
} from '../../src/testing/index.ts';

/** A scripted model, a hermetic home and a `Codex` on the real binary, for the tests of one file. */
export class CodexRig implements AsyncDisposable {
  readonly model: ScriptedModel;
  readonly home: CodexHome;
  readonly codex: Codex;

  private constructor(model: ScriptedModel, home: CodexHome, codex: Codex) {
    this.model = model;
    this.home = home;
    this.codex = codex;
  }

  static async start(options: CodexOptions = {}): Promise<CodexRig> {
    const model = await ScriptedModel.start();
    const home = await createCodexHome({ model });
    const codex = new Codex({
      codexPathOverride: home.executable,
      env: home.env,
      profile: 'lean',
      // A turn that fails by script fails at once; the tests of retries say how they want them.
      retries: false,
      ...options,
    });
    return new CodexRig(model, home, codex);
  }

  /** What each thread of a test is given. */
  get threadOptions(): ThreadOptions {
    return {
      workingDirectory: this.home.workingDirectory,
      model: 'gpt-5.5',
      approvalPolicy: 'never',
      skipGitRepoCheck: true,
    };
  }

  /** Closes everything and resolves with the processes that are left. */
  async close(): Promise<readonly unknown[]> {
    await this.codex.close();
    const left = await processesLeft(homeMarkVariable, this.home.mark, { withinMs: 2_000 });
    await this.model.close();
    await this.home.dispose();
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
