import type { Binding } from './parse-binding.ts';

/** One module that declares every type which is reachable from the requests, answers and notifications of the protocol. */
export interface BundledBindings {
  readonly text: string;
  readonly typeCount: number;
}

/** Answers whose name does not follow from the name of the method's params. */
const responseNames: Readonly<Record<string, string>> = {
  'accountSession/list': 'AccountSessionsResponse',
  'account/gatewayOAuth/cancel': 'GatewayOAuthCancelResponse',
  'account/logout': 'LogoutAccountResponse',
  'account/rateLimits/read': 'GetAccountRateLimitsResponse',
  'account/securitySetup/read': 'GetAccountSecuritySetupResponse',
  'account/usage/read': 'GetAccountTokenUsageResponse',
  'account/workspaceMessages/read': 'GetWorkspaceMessagesResponse',
  'config/batchWrite': 'ConfigWriteResponse',
  'config/mcpServer/reload': 'McpServerRefreshResponse',
  'config/value/write': 'ConfigWriteResponse',
  'externalAgentConfig/import/readHistories': 'ExternalAgentConfigImportHistoriesReadResponse',
};

/**
 * Joins the bindings into one module: the closure of `ClientRequest`, `ServerNotification` and `ServerRequest` with their
 * answers, and two tables from method to answer, which Codex does not generate.
 *
 * Files of the same name become one type when they say the same; otherwise the older one, outside `v2/`, is called `…V1`.
 *
 * @throws Error when a type is missing, or the answer to a method cannot be told.
 */
export function bundleBindings(bindings: readonly Binding[]): BundledBindings {
  const byFile = new Map(bindings.map((binding) => [binding.file, binding]));
  const namesByFile = chooseNames(bindings);
  const lookUp = (name: string) => byFile.get(`v2/${name}.ts`) ?? byFile.get(`${name}.ts`);
  const roots = ['ClientRequest', 'ClientNotification', 'ServerNotification', 'ServerRequest'].map((name) =>
    found(lookUp(name), name),
  );
  const tables = [
    { name: 'ClientRequestResults', union: found(lookUp('ClientRequest'), 'ClientRequest') },
    { name: 'ServerRequestResults', union: found(lookUp('ServerRequest'), 'ServerRequest') },
  ].map(({ name, union }) => ({ name, results: methodResults(union, lookUp) }));
  roots.push(...tables.flatMap(({ results }) => [...results.values()]));

  const reached = closure(roots, byFile);
  const declared = new Map<string, string>();
  for (const binding of reached) {
    declared.set(namesByFile.get(binding.file) ?? binding.name, renamed(binding, namesByFile));
  }
  const texts = [...declared.values(), ...tables.map(({ name, results }) => tableText(name, results))];
  return { text: `\n${texts.join('\n\n')}\n`, typeCount: declared.size };
}

function found(binding: Binding | undefined, name: string): Binding {
  if (binding === undefined) throw new Error(`The bindings of this Codex hold no type ${name}`);
  return binding;
}

/** File → the name that its type gets in the one module. */
function chooseNames(bindings: readonly Binding[]): Map<string, string> {
  const current = new Map(
    bindings.filter(({ file }) => file.startsWith('v2/')).map((binding) => [binding.name, binding]),
  );
  return new Map(
    bindings.map((binding) => {
      const rival = current.get(binding.name);
      const differs = rival !== undefined && rival !== binding && typeText(rival) !== typeText(binding);
      return [binding.file, differs ? `${binding.name}V1` : binding.name];
    }),
  );
}

function typeText({ declaration }: Binding): string {
  return declaration.slice(declaration.indexOf('export type'));
}

function closure(roots: readonly Binding[], byFile: ReadonlyMap<string, Binding>): Binding[] {
  const reached = new Map<string, Binding>();
  const open = [...roots];
  for (let binding = open.pop(); binding !== undefined; binding = open.pop()) {
    if (reached.has(binding.file)) continue;
    reached.set(binding.file, binding);
    for (const [name, file] of binding.imports) open.push(found(byFile.get(file), name));
  }
  return [...reached.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
}

function renamed(binding: Binding, namesByFile: ReadonlyMap<string, string>): string {
  let text = binding.declaration;
  const own = namesByFile.get(binding.file);
  if (own !== undefined && own !== binding.name)
    text = text.replace(`export type ${binding.name}`, `export type ${own}`);
  for (const [name, file] of binding.imports) {
    const chosen = namesByFile.get(file);
    if (chosen !== undefined && chosen !== name)
      text = text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), chosen);
  }
  return text;
}

/** Method → the type of its answer, from the union of a direction's requests. */
function methodResults(union: Binding, lookUp: (name: string) => Binding | undefined): Map<string, Binding> {
  const variant = /"method": "([^"]+)", *id: RequestId, *params\??: (\w+)/g;
  const results = new Map<string, Binding>();
  for (const [, method = '', params = ''] of typeText(union).matchAll(variant)) {
    const candidates = [
      responseNames[method],
      params.endsWith('Params') ? params.replace(/Params$/, 'Response') : undefined,
      `${pascalCase(method)}Response`,
    ];
    const response = candidates
      .filter((name) => name !== undefined)
      .map(lookUp)
      .find((binding) => binding !== undefined);
    if (response === undefined)
      throw new Error(
        `Name the answer to ${method} in scripts/protocol/bundle-bindings.ts: it cannot be told from its params`,
      );
    results.set(method, response);
  }
  if (results.size === 0 || results.size !== typeText(union).split('"method": ').length - 1)
    throw new Error(`Not every method of ${union.name} was understood: its form has changed`);
  return results;
}

function pascalCase(method: string): string {
  return method
    .split(/[/_]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function tableText(name: string, results: ReadonlyMap<string, Binding>): string {
  const lines = [...results].map(([method, binding]) => `  ${JSON.stringify(method)}: ${binding.name};`);
  return `/** The answer to each method. */\nexport interface ${name} {\n${lines.join('\n')}\n}`;
}
