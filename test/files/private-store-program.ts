/** Opens a store without a folder of its own, stages something, prints where the store is, and closes it when stdin ends. */
import { once } from 'node:events';
import { FileStore } from '../../src/files/file-store.ts';

await using store = await FileStore.open({ freeBytesMin: 0 });
await store.stage(Buffer.from('staged'));
process.stdout.write(`${store.directory}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
