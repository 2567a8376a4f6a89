/** The scripted model in a process of its own, as a real model would be: its work must not be counted as the client's. */
import { ScriptedModel } from '../../src/testing/index.ts';

const model = await ScriptedModel.start({ requestsMax: 1 });
process.send?.(model.url);
process.once('disconnect', () => void model.close());
