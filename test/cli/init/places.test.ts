import { describe, expect, it } from 'vitest';
import { HOSTS } from '../../../src/cli/init/hosts.ts';
import { type Machine, placesOf } from '../../../src/cli/init/places.ts';

const MACHINES = {
  linux: { platform: 'linux', home: '/home/ann', cwd: '/', env: {} },
  macOS: { platform: 'darwin', home: '/Users/ann', cwd: '/', env: {} },
  Windows: { platform: 'win32', home: 'C:\\Users\\ann', cwd: 'C:\\', env: { APPDATA: 'D:\\Roaming' } },
  'linux with folders of its own': {
    platform: 'linux',
    home: '/home/ann',
    cwd: '/',
    env: { XDG_CONFIG_HOME: '/etc/ann', CLAUDE_CONFIG_DIR: '/c', CODEX_HOME: '/x' },
  },
} as const satisfies Record<string, Machine>;

const SUPPORT = '/Users/ann/Library/Application Support';

/** By host: its file on each machine, in their order. */
const FILES: Readonly<Record<string, readonly [string, string, string, string]>> = {
  'claude-code': [
    '/home/ann/.claude.json',
    '/Users/ann/.claude.json',
    'C:\\Users\\ann\\.claude.json',
    '/c/.claude.json',
  ],
  'claude-desktop': [
    '/home/ann/.config/Claude/claude_desktop_config.json',
    `${SUPPORT}/Claude/claude_desktop_config.json`,
    'D:\\Roaming\\Claude\\claude_desktop_config.json',
    '/etc/ann/Claude/claude_desktop_config.json',
  ],
  vscode: [
    '/home/ann/.config/Code/User/mcp.json',
    `${SUPPORT}/Code/User/mcp.json`,
    'D:\\Roaming\\Code\\User\\mcp.json',
    '/etc/ann/Code/User/mcp.json',
  ],
  cursor: [
    '/home/ann/.cursor/mcp.json',
    '/Users/ann/.cursor/mcp.json',
    'C:\\Users\\ann\\.cursor\\mcp.json',
    '/home/ann/.cursor/mcp.json',
  ],
  codex: [
    '/home/ann/.codex/config.toml',
    '/Users/ann/.codex/config.toml',
    'C:\\Users\\ann\\.codex\\config.toml',
    '/x/config.toml',
  ],
  gemini: [
    '/home/ann/.gemini/settings.json',
    '/Users/ann/.gemini/settings.json',
    'C:\\Users\\ann\\.gemini\\settings.json',
    '/home/ann/.gemini/settings.json',
  ],
  windsurf: [
    '/home/ann/.codeium/windsurf/mcp_config.json',
    '/Users/ann/.codeium/windsurf/mcp_config.json',
    'C:\\Users\\ann\\.codeium\\windsurf\\mcp_config.json',
    '/home/ann/.codeium/windsurf/mcp_config.json',
  ],
  zed: [
    '/home/ann/.config/zed/settings.json',
    '/Users/ann/.config/zed/settings.json',
    'D:\\Roaming\\Zed\\settings.json',
    '/etc/ann/zed/settings.json',
  ],
  opencode: [
    '/home/ann/.config/opencode/opencode.json',
    '/Users/ann/.config/opencode/opencode.json',
    'C:\\Users\\ann\\.config\\opencode\\opencode.json',
    '/etc/ann/opencode/opencode.json',
  ],
  goose: [
    '/home/ann/.config/goose/config.yaml',
    '/Users/ann/.config/goose/config.yaml',
    'D:\\Roaming\\Block\\goose\\config\\config.yaml',
    '/etc/ann/goose/config.yaml',
  ],
};

const cases = HOSTS.flatMap((host) =>
  Object.entries(MACHINES).map(([name, machine], at) => ({ host, machine, at, title: `${host.title} on ${name}` })),
);

describe('[M7] the settings file of a host', () => {
  it.each(cases)('is where that host looks for it: $title', ({ host, machine, at }) => {
    expect(host.userFiles(placesOf(machine))[0]).toBe(FILES[host.name]?.[at]);
  });
});
