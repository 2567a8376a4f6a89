import { describe, expect, it } from 'vitest';
import { parseRequestBody, readConversation } from '../../src/testing/response-request-body.ts';

function user(...texts: readonly string[]) {
  return { type: 'message', role: 'user', content: texts.map((text) => ({ type: 'input_text', text })) };
}

function assistant(text: string) {
  return { type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] };
}

const call = (callId: string) => ({ type: 'function_call', call_id: callId, name: 'f', arguments: '{}' });
const output = (callId: string, value: unknown) => ({
  type: 'function_call_output',
  call_id: callId,
  output: value,
});
const developer = { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'be good' }] };

describe('what the user said', () => {
  it('is told from what Codex adds by itself', () => {
    const added = [
      user('<environment_context>\n<cwd>/x</cwd>\n</environment_context>'),
      user('# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>'),
      user('<turn_aborted>\nby the user\n</turn_aborted>'),
    ];
    expect(readConversation([developer, ...added, user('hello'), ...added])).toMatchObject({
      prompt: 'hello',
      userMessages: ['hello'],
    });
  });

  it('may itself begin with a tag', () => {
    expect(readConversation([user('<div> is not closed')]).prompt).toBe('<div> is not closed');
  });

  it('leaves out the wrappers of an image, and counts an image alone as an empty prompt', () => {
    const image = { type: 'input_image', image_url: 'data:,' };
    const wrapped = [
      { type: 'input_text', text: '<image name=[Image #1] path="/a">' },
      image,
      { type: 'input_text', text: '</image>' },
    ];
    const said = { type: 'input_text', text: 'what is it?' };
    const message = (content: readonly unknown[]) => ({ type: 'message', role: 'user', content });
    expect(readConversation([message([...wrapped, said])]).prompt).toBe('what is it?');
    expect(readConversation([user('before'), message(wrapped)]).userMessages).toEqual(['before', '']);
  });
});

describe('the step', () => {
  it('counts model responses since the prompt, with parallel calls as one', () => {
    const prompt = user('go');
    const first = [{ type: 'reasoning' }, call('1'), call('2')];
    expect(readConversation([prompt]).step).toBe(0);
    expect(readConversation([prompt, ...first, output('1', 'a'), output('2', 'b')]).step).toBe(1);
    expect(
      readConversation([prompt, ...first, output('1', 'a'), output('2', 'b'), call('3'), output('3', '')])
        .step,
    ).toBe(2);
  });

  it('begins again with the next prompt, and so do the outputs', () => {
    const input = [user('one'), call('1'), output('1', 'a'), assistant('done'), user('two')];
    expect(readConversation(input)).toEqual({
      prompt: 'two',
      userMessages: ['one', 'two'],
      toolOutputs: [],
      step: 0,
    });
  });
});

it('an output that is not text is given as JSON', () => {
  const { toolOutputs } = readConversation([
    user('go'),
    call('1'),
    output('1', [{ type: 'input_text', text: 'x' }]),
  ]);
  expect(toolOutputs).toEqual([{ callId: '1', output: '[{"type":"input_text","text":"x"}]' }]);
});

it.each(['', 'no json', '[]', 'null', '{}', '{"input":{}}'])(
  'a body that is no request is refused: %j',
  (body) => {
    expect(() => parseRequestBody(Buffer.from(body))).toThrow();
  },
);
