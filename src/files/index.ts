export type { Attachment, AttachmentId } from './attachments/attachment.ts';
export type { FileLimits } from './attachments/attachment-limits.ts';
export type { FileHold } from './attachments/file-hold.ts';
export type { FileTableState } from './attachments/file-table.ts';
export type { FileCount, FileMetrics } from './attachments/metrics.ts';
export type { CleanupResult } from './attachments/registry-messages.ts';
export type { AttachmentSource } from './attachments/source.ts';
export type { StageOptions, TemporaryOptions } from './attachments/stage-options.ts';
export type { OnProgress } from './attachments/staging-pool.ts';
export type { TemporaryAttachment } from './attachments/temporary-attachment.ts';
export { attach, type TurnAttachment, type WithAttachments } from './attachments/turn-attachments.ts';
export { FileError, type FileErrorCode, type FileErrorFacts } from './file-error.ts';
export { FileStore, type StandaloneFileStoreOptions } from './file-store.ts';
export type { FileStoreOptions } from './file-store-options.ts';
export {
  type AcceptTransport,
  type ConnectionOptions,
  type CopyEnd,
  type CopyOptions,
  type CopyProgress,
  type CopyResult,
  chunkBytesMax,
  connectExecServer,
  connectFiles,
  connectUnixSocket,
  connectWebSocket,
  copy,
  type ExecServerOptions,
  type FileChunk,
  type FileFacts,
  type FileOperationOptions,
  type FileReadableOptions,
  type FileService,
  type FileServiceOptions,
  type FileStreams,
  type FileWritableOptions,
  fileBytes,
  fileReadable,
  fileReadableStream,
  fileWritable,
  fileWritableStream,
  handlesMax,
  type LineTransportOptions,
  LocalFileStreams,
  lineTransport,
  listenUnixSocket,
  listenWebSocket,
  type MessageReceiver,
  type MessageTransport,
  memoryTransports,
  type OpenWriteOptions,
  pipelineMax,
  type ReadOptions,
  serveFiles,
  type TransportListener,
  type WebSocketConnectOptions,
  type WebSocketLike,
  type WebSocketListenOptions,
  type WriteProgress,
  webSocketTransport,
} from './streams/index.ts';
