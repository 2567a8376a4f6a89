export type { ConnectionOptions } from './connection-options.ts';
export { copy } from './copy.ts';
export {
  type CopyEnd,
  type CopyOptions,
  type CopyProgress,
  type CopyResult,
  pipelineMax,
} from './copy-options.ts';
export { connectExecServer, type ExecServerOptions } from './exec-server-streams.ts';
export { connectFiles } from './file-client.ts';
export { type FileService, type FileServiceOptions, serveFiles } from './file-service.ts';
export {
  chunkBytesMax,
  type FileChunk,
  type FileFacts,
  type FileOperationOptions,
  type FileStreams,
  handlesMax,
  type OpenWriteOptions,
  type ReadOptions,
  type WriteProgress,
} from './file-streams.ts';
export { type LineTransportOptions, lineTransport } from './line-transport.ts';
export { LocalFileStreams } from './local-file-streams.ts';
export { memoryTransports } from './memory-transport.ts';
export type { MessageReceiver, MessageTransport } from './message-transport.ts';
export {
  type FileReadableOptions,
  type FileWritableOptions,
  fileBytes,
  fileReadable,
  fileReadableStream,
  fileWritable,
  fileWritableStream,
} from './node-streams.ts';
export {
  type AcceptTransport,
  connectUnixSocket,
  listenUnixSocket,
  type TransportListener,
} from './unix-socket.ts';
export {
  connectWebSocket,
  listenWebSocket,
  type WebSocketConnectOptions,
  type WebSocketListenOptions,
} from './web-socket.ts';
export { type WebSocketLike, webSocketTransport } from './web-socket-transport.ts';
