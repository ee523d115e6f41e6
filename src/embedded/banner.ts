import { realpathSync } from 'node:fs';
import path from 'node:path';
import { defaultDataDir } from './data-dir.ts';
import type { OwnerRecord } from './owner-file.ts';

/** What to paste into an MCP client's configuration. Over stdio the relay finds the queue, and starts it when none runs. */
export function mcpLines(dataDir: string, mcpUrl = ''): { http: string; stdio: string } {
  const line = (entry: object) => JSON.stringify({ mcpServers: { 'pantry-queue': entry } });
  return { http: line({ type: 'http', url: mcpUrl }), stdio: line(relayCommand(dataDir)) };
}

/** The same for programs. A key and the password of the database stay in the owner file, whose place is named. */
export function addresses(
  { pid, url, mcp_url, agent_url, temporal }: OwnerRecord,
  dataDir: string,
  startedInMs: number,
) {
  const owner_file = path.join(dataDir, 'owner.json');
  return { pid, url, mcp_url, agent_url, temporal, data_dir: dataDir, owner_file, started_in_s: startedInMs / 1000 };
}

/** `up`'s block: every address, one line each. The database's password stays in the owner file. */
export function banner(running: OwnerRecord, dataDir: string, startedInMs: number): string {
  const mcp = mcpLines(dataDir, running.mcp_url);
  const database = new URL(running.database_url);
  const rows: readonly (readonly [string, string])[] = [
    ['Dashboard', `${running.url}/`],
    ['API', `${running.url}   docs: ${running.url}/docs`],
    ['MCP', running.mcp_url],
    ['', `over HTTP:  ${mcp.http}`],
    ['', `over stdio: ${mcp.stdio}`],
    [
      'Temporal',
      `${running.temporal.ui} (Web UI), ${running.temporal.address} (namespace ${running.temporal.namespace})`,
    ],
    [
      'Database',
      `${database.host}${database.pathname} (user ${database.username}, password in ${path.join(dataDir, 'owner.json')})`,
    ],
    ['Agent', running.agent_url],
    ['Data', `${dataDir} (logs: ${path.join(dataDir, 'logs')})`],
    ...(running.key === undefined
      ? []
      : [['Key', `in ${path.join(dataDir, 'owner.json')}; the commands find it there`] as const]),
    [
      'Try',
      `curl ${running.key === undefined ? '' : '-H "Authorization: Bearer $KEY" '}-F file=@receipt.jpg ${running.url}/receipts`,
    ],
    ['Stop', `Ctrl-C, or: kill ${running.pid}`],
  ];
  const lines = rows.map(([name, text]) => `  ${name.padEnd(9)} ${text}`);
  return [`pantry-queue runs (started in ${(startedInMs / 1000).toFixed(1)} s)`, '', ...lines, ''].join('\n');
}

/** A command that works from anywhere, also for a host that does not know the PATH of a shell. */
function relayCommand(dataDir: string): { command: string; args: string[] } {
  const where = dataDir === defaultDataDir() ? [] : ['--data-dir', dataDir];
  return { command: process.execPath, args: [realpathSync(process.argv[1] ?? '.'), 'mcp', ...where] };
}
