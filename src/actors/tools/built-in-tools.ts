/**
 * The names of Codex's own tools: where a tool of the client has one of them, the built-in one is called.
 *
 * Source: the tools that codex 0.169 offers to its models, with and without its optional features.
 */
export const builtInTools: ReadonlySet<string> = new Set([
  'apply_patch',
  'close_agent',
  'exec',
  'exec_command',
  'image_generation',
  'list_dir',
  'list_mcp_resource_templates',
  'list_mcp_resources',
  'local_shell',
  'read_file',
  'read_mcp_resource',
  'request_permissions',
  'request_user_input',
  'resume_agent',
  'send_input',
  'shell',
  'shell_command',
  'spawn_agent',
  'tool_search',
  'update_plan',
  'view_image',
  'wait',
  'wait_agent',
  'web_search',
  'write_stdin',
]);
