/** A service in a process of its own, as on another host: `service-process.ts bare|ours SOCKET FILE`. Ends with its parent. */
import { dirname } from 'node:path';
import { listenUnixSocket, serveFiles } from '../../src/files/index.ts';
import { serveBare } from './bare-loops.ts';

const [, , kind, socketPath = '', path = ''] = process.argv;
if (kind === 'bare') await serveBare(socketPath, path);
else await listenUnixSocket(socketPath, (transport) => serveFiles(transport, { roots: [dirname(path)] }));
process.send?.('listening');
process.once('disconnect', () => process.exit(0));
