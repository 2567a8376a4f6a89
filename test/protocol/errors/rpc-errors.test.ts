import { describe, expect, test } from 'vitest';
import { OverloadedError, rpcError } from '../../../src/protocol/errors/index.ts';

describe('what the app-server answers to a request', () => {
  test.each([
    [-32700, 'rpc_parse_error'],
    [-32600, 'rpc_invalid_request'],
    [-32601, 'rpc_method_not_found'],
    [-32602, 'rpc_invalid_params'],
    [-32603, 'rpc_internal_error'],
    [-32050, 'rpc_error'],
    [1, 'rpc_error'],
  ])('%s is %s, and is not tried again', (code, expected) => {
    expect(rpcError('thread/start', { code, message: 'no', data: { a: 1 } })).toMatchObject({
      code: expected,
      method: 'thread/start',
      rpcCode: code,
      data: { a: 1 },
      retryable: false,
    });
  });

  test.each([
    [{ code: -32001, message: 'Server overloaded; retry later.' }],
    [{ code: -32050, message: 'x', data: 'server_overloaded' }],
    [{ code: -32050, message: 'x', data: { codexErrorInfo: 'serverOverloaded' } }],
    [{ code: -32050, message: 'x', data: [{ errorInfo: { kind: 'SERVER_OVERLOADED' } }] }],
  ])('%j is an overload, and worth another try', (facts) => {
    const error = rpcError('turn/start', facts);
    expect(error).toBeInstanceOf(OverloadedError);
    expect(error).toMatchObject({ code: 'overloaded', retryable: true });
  });

  test('an overload that was retried to its limit is not', () => {
    const facts = { code: -32001, message: 'Retry limit reached', data: 'server_overloaded' };
    expect(rpcError('turn/start', facts)).toMatchObject({ code: 'rpc_retry_limit', retryable: false });
  });

  test('a server that is shutting down is worth another try', () => {
    const facts = { code: -32600, message: 'Server is draining', data: { reason: 'serverShuttingDown' } };
    expect(rpcError('turn/start', facts)).toMatchObject({ code: 'rpc_invalid_request', retryable: true });
  });

  test('data that contains itself is searched only so deep', () => {
    const data: { again?: unknown } = {};
    data.again = data;
    expect(rpcError('m', { code: -32050, message: 'x', data }).code).toBe('rpc_error');
  });

  test('a list of all methods does not become the message', () => {
    expect(rpcError('m', { code: -32600, message: 'x'.repeat(5_000) }).message.length).toBeLessThan(1_100);
  });
});
