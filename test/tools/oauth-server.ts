import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** An MCP endpoint that wants a login, and the authorization server beside it: what OAuth discovery, registration and tokens need. */
export class OauthServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(): Promise<OauthServer> {
    const server = createServer((request, response) => respond(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new OauthServer(server, `http://127.0.0.1:${port}/mcp`);
  }

  /** Does what a person does on the page: agrees, and is sent back. */
  async agree(authorizationUrl: string): Promise<void> {
    const asked = new URL(authorizationUrl).searchParams;
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('code', 'agreed');
    back.searchParams.set('state', asked.get('state') ?? '');
    await (await fetch(back)).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function respond(request: IncomingMessage, response: ServerResponse): void {
  const origin = `http://${request.headers.host}`;
  const json = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const { url = '' } = request;
  const wellKnown = '/.well-known/oauth-authorization-server';
  if (url.startsWith(wellKnown))
    json(200, {
      // The issuer is the address that it was asked about.
      issuer: `${origin}${url.slice(wellKnown.length)}`,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    });
  else if (url === '/register')
    json(201, { client_id: 'codex', redirect_uris: [], token_endpoint_auth_method: 'none' });
  else if (url === '/token') json(200, { access_token: 'a-token', token_type: 'Bearer', expires_in: 3_600 });
  else json(401, { error: 'who are you' });
}
