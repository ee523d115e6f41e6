import { SERVER_NAME } from './connection.ts';
import type { Format, Path } from './formats/format.ts';
import { jsonc } from './formats/jsonc.ts';
import { toml } from './formats/toml.ts';
import { yaml } from './formats/yaml.ts';
import { OWN_COMMANDS, type OwnCommand } from './own-command.ts';
import type { Places } from './places.ts';
import { codex, common, goose, KEY_AS_ENV, KEY_IN_BRACES, opencode, type Shape } from './shapes.ts';

/** A program that gives its model tools, and where it keeps which ones. */
export interface Host {
  readonly name: string;
  /** As its makers write it. */
  readonly title: string;
  /** What it may be called besides. */
  readonly aliases?: readonly string[];
  /** The person's file; of several the first that exists, else the first. */
  readonly userFiles: (places: Places) => readonly [string, ...string[]];
  /** The same, relative to the project; undefined: it has none. */
  readonly projectFiles?: readonly [string, ...string[]];
  /** What stands there when the host is installed, besides its file and its program: names below a shared folder. */
  readonly signs?: (places: Places) => readonly string[];
  /** Its program on the PATH. */
  readonly program?: string;
  readonly format: Format;
  readonly path: Path;
  /** For a host whose versions disagree: by what its file holds already. */
  readonly pathIn?: (document: unknown) => Path;
  readonly shape: Shape;
  /** How it adds a server by itself, to the person's file. */
  readonly own?: OwnCommand;
  /** What the person does next. */
  readonly nextStep: string;
}

/** `{mcpServers: {…}}` */
const MCP_SERVERS = { format: jsonc, path: ['mcpServers', SERVER_NAME] } as const;

/** Version 2 of opencode reads the form of version 1 too, so that is written unless the file has the newer one. */
function opencodePath(document: unknown): Path {
  const { mcp } = (document ?? {}) as { mcp?: { servers?: Record<string, unknown> } };
  const servers = mcp?.servers;
  // A server of version 1 may be called "servers".
  const isNewer = typeof servers === 'object' && servers !== null && !Object.hasOwn(servers, 'type');
  return isNewer ? ['mcp', 'servers', SERVER_NAME] : ['mcp', SERVER_NAME];
}

/** The same for people: docs/mcp.md, "Connect a host". */
export const HOSTS: readonly Host[] = [
  {
    name: 'claude-code',
    title: 'Claude Code',
    aliases: ['claude'],
    ...MCP_SERVERS,
    userFiles: ({ named, home }) => [named('CLAUDE_CONFIG_DIR', home(), '.claude.json')],
    projectFiles: ['.mcp.json'],
    signs: ({ home }) => [home('.claude')],
    program: 'claude',
    shape: common({ key: KEY_IN_BRACES, relayType: 'stdio', address: 'url', httpType: 'http' }),
    own: OWN_COMMANDS.claude,
    nextStep: 'Start a new session; /mcp lists its servers.',
  },
  {
    name: 'claude-desktop',
    title: 'Claude Desktop',
    ...MCP_SERVERS,
    userFiles: ({ application }) => [application('Claude', 'claude_desktop_config.json')],
    signs: ({ application }) => [application('Claude')],
    shape: common({}),
    nextStep: 'Quit Claude Desktop and start it again.',
  },
  {
    name: 'vscode',
    title: 'VS Code',
    aliases: ['code', 'vs-code', 'copilot'],
    format: jsonc,
    path: ['servers', SERVER_NAME],
    userFiles: ({ application }) => [application('Code', 'User', 'mcp.json')],
    projectFiles: ['.vscode/mcp.json'],
    signs: ({ application }) => [application('Code')],
    program: 'code',
    shape: common({ key: KEY_AS_ENV, relayType: 'stdio', address: 'url', httpType: 'http' }),
    own: OWN_COMMANDS.code,
    nextStep: 'Run "MCP: List Servers" in VS Code and start it.',
  },
  {
    name: 'cursor',
    title: 'Cursor',
    ...MCP_SERVERS,
    userFiles: ({ home }) => [home('.cursor', 'mcp.json')],
    projectFiles: ['.cursor/mcp.json'],
    signs: ({ home }) => [home('.cursor')],
    program: 'cursor',
    shape: common({ key: KEY_AS_ENV, address: 'url' }),
    nextStep: 'Switch it on under Settings, MCP.',
  },
  {
    name: 'codex',
    title: 'Codex',
    format: toml,
    path: ['mcp_servers', SERVER_NAME],
    userFiles: ({ named, home }) => [named('CODEX_HOME', home('.codex'), 'config.toml')],
    projectFiles: ['.codex/config.toml'],
    signs: ({ home }) => [home('.codex')],
    program: 'codex',
    shape: codex,
    own: OWN_COMMANDS.codex,
    nextStep: 'Start a new session; /mcp lists its servers.',
  },
  {
    name: 'gemini',
    title: 'Gemini CLI',
    aliases: ['gemini-cli'],
    ...MCP_SERVERS,
    userFiles: ({ home }) => [home('.gemini', 'settings.json')],
    projectFiles: ['.gemini/settings.json'],
    signs: ({ home }) => [home('.gemini')],
    program: 'gemini',
    // It takes variables called KEY out of what its servers inherit, so the reference is needed.
    shape: common({ key: KEY_IN_BRACES, address: 'url', httpType: 'http' }),
    own: OWN_COMMANDS.gemini,
    nextStep: 'Start a new session; /mcp lists its servers.',
  },
  {
    name: 'windsurf',
    title: 'Windsurf',
    ...MCP_SERVERS,
    userFiles: ({ home }) => [home('.codeium', 'windsurf', 'mcp_config.json')],
    signs: ({ home }) => [home('.codeium', 'windsurf')],
    program: 'windsurf',
    shape: common({ key: KEY_AS_ENV, address: 'serverUrl' }),
    nextStep: 'Refresh the servers of Cascade.',
  },
  {
    name: 'zed',
    title: 'Zed',
    format: jsonc,
    path: ['context_servers', SERVER_NAME],
    userFiles: ({ application, config, isWindows }) => [
      isWindows ? application('Zed', 'settings.json') : config('zed', 'settings.json'),
    ],
    projectFiles: ['.zed/settings.json'],
    signs: ({ application, config, isWindows }) => [isWindows ? application('Zed') : config('zed')],
    program: 'zed',
    shape: common({ address: 'url' }),
    nextStep: 'Zed starts it by itself; the Agent Panel lists its tools.',
  },
  {
    name: 'opencode',
    title: 'opencode',
    format: jsonc,
    path: ['mcp', SERVER_NAME],
    pathIn: opencodePath,
    userFiles: ({ config }) => [config('opencode', 'opencode.json'), config('opencode', 'opencode.jsonc')],
    projectFiles: ['opencode.json', 'opencode.jsonc'],
    signs: ({ config }) => [config('opencode')],
    program: 'opencode',
    shape: opencode,
    nextStep: 'Start a new session.',
  },
  {
    name: 'goose',
    title: 'goose',
    format: yaml,
    path: ['extensions', SERVER_NAME],
    userFiles: ({ application, config, isWindows }) => [
      isWindows ? application('Block', 'goose', 'config', 'config.yaml') : config('goose', 'config.yaml'),
    ],
    signs: ({ application, config, isWindows }) => [isWindows ? application('Block', 'goose') : config('goose')],
    program: 'goose',
    shape: goose,
    nextStep: 'Start a new session.',
  },
];
