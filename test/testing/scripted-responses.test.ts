import { expect, test } from 'vitest';
import { ScriptedModel, text } from '../../src/testing/index.ts';

const wrong: readonly (readonly [string, unknown, string])[] = [
  ['an action alone', text('x'), '[text(…)]'],
  ['a text', 'x', 'a list of actions'],
  ['a list of texts', ['x'], 'a list of actions'],
  ['a list of lists', [[text('x')]], 'a list of actions'],
  ['an action of no known type', [{ type: 'sing' }], 'function_call'],
  ['nothing', undefined, 'a list of actions'],
];

test.each(wrong)('enqueue refuses %s at the call, and adds nothing', async (_what, response, accepted) => {
  await using model = await ScriptedModel.start();
  expect(() => Reflect.apply(model.enqueue, model, [[text('first')], response])).toThrow(
    expect.objectContaining({
      code: 'invalid_option',
      field: 'responses[1]',
      accepted: expect.stringContaining(accepted),
    }),
  );
  expect(await answerOf(model)).toContain('"ok"');
});

test('a default response that is no list of actions is refused at the start', async () => {
  const started: unknown = Reflect.apply(ScriptedModel.start, ScriptedModel, [
    { defaultResponse: text('x') },
  ]);
  await expect(started).rejects.toMatchObject({ code: 'invalid_option', field: 'defaultResponse' });
});

test('a script that decides on what is no list of actions is told to who asked the model', async () => {
  await using model = await ScriptedModel.start();
  Reflect.apply(model.script, model, [() => text('x')]);
  expect(await answerOf(model)).toContain('script is an object; it must be a list of actions: [text(…)]');
});

/** What the model answers to a request of no thread. */
async function answerOf({ url }: ScriptedModel): Promise<string> {
  const body = JSON.stringify({ input: [] });
  const answer = await fetch(`${url}/responses`, { method: 'POST', body });
  return answer.text();
}
