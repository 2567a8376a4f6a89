import { isRecord, stringOr } from '../../protocol/unread.ts';

/** Tools of one server that are taken; of a longer list the rest is left out, and the server's status says how many. */
export const mcpToolsMax = 500;
/** Pages of one list that are read. */
export const mcpListPagesMax = 64;
/** Bytes of one tool's input schema as JSON; a tool with a larger one is left out. */
export const mcpSchemaBytesMax = 65_536;

/** A tool as its server lists it. */
export interface ListedTool {
  /** The server's own name. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** Whether a second call does no more than the first: the server says that it only reads, or is idempotent. */
  readonly repeatable: boolean;
}

/** The list of a server's tools, as far as it is taken. */
export interface ToolList {
  readonly tools: readonly ListedTool[];
  /** Tools beyond `mcpToolsMax`, and those that are none: of the pages that were read. */
  readonly leftOut: number;
  /** Whether there is more than `mcpListPagesMax` pages: then at least so many are left out. */
  readonly isCut: boolean;
}

/** One page, as `tools/list` answers. */
export interface ToolPage {
  readonly tools: readonly unknown[];
  readonly nextCursor?: string | undefined;
}

/**
 * Reads a list to its end, or to its bound.
 *
 * @param readPage Asks for the page at a cursor; what it rejects with, this does.
 */
export async function readToolList(
  readPage: (cursor: string | undefined) => Promise<ToolPage>,
): Promise<ToolList> {
  const tools: ListedTool[] = [];
  let leftOut = 0;
  let cursor: string | undefined;
  for (let page = 0; page < mcpListPagesMax; page += 1) {
    const { tools: listed, nextCursor } = await readPage(cursor);
    for (const one of listed) {
      const tool = tools.length < mcpToolsMax ? listedTool(one) : undefined;
      if (tool === undefined) leftOut += 1;
      else tools.push(tool);
    }
    // A cursor that leads back to itself would have no end.
    if (nextCursor === undefined || nextCursor === cursor) return { tools, leftOut, isCut: false };
    cursor = nextCursor;
  }
  return { tools, leftOut, isCut: true };
}

function listedTool(value: unknown): ListedTool | undefined {
  if (!isRecord(value) || typeof value.name !== 'string' || value.name === '') return undefined;
  const { inputSchema, annotations } = value;
  if (!isRecord(inputSchema)) return undefined;
  if (Buffer.byteLength(JSON.stringify(inputSchema)) > mcpSchemaBytesMax) return undefined;
  const hints = isRecord(annotations) ? annotations : {};
  return {
    name: value.name,
    description: stringOr(value.description, ''),
    inputSchema,
    repeatable: hints.readOnlyHint === true || hints.idempotentHint === true,
  };
}
