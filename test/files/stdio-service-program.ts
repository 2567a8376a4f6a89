/** Serves the folders it is given over its own stdin and stdout, as on another host: `stdio-service-program.ts ROOT…`. Ends with its connection. */
import { lineTransport, serveFiles } from '../../src/files/index.ts';

const [, , ...roots] = process.argv;
const service = await serveFiles(lineTransport(process.stdin, process.stdout), { roots });
await service.closed;
