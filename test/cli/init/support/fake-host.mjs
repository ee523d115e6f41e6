/**
 * Stands for a host's own program: keeps what it is told of a server as that host does. `FAKE_HOST` names another
 * behavior: `refuses`, `lies` (ends well and writes nothing) or `hangs`.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [, script = '', ...args] = process.argv;
const home = process.env.HOME ?? '';
appendFileSync(path.join(home, 'calls.jsonl'), `${JSON.stringify([path.basename(script), ...args])}\n`);

function change(file, table, work) {
  const place = path.join(home, file);
  const document = existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) : {};
  document[table] ??= {};
  work(document[table]);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, JSON.stringify(document));
}

const HOSTS = {
  claude([, verb, , , name, json]) {
    change('.claude.json', 'mcpServers', (servers) => {
      if (verb === 'remove') delete servers[name];
      else if (Object.hasOwn(servers, name)) process.exit(1);
      else servers[name] = { ...JSON.parse(json), env: {} };
    });
  },
  gemini([, verb, , , name, command, , ...rest]) {
    change('.gemini/settings.json', 'mcpServers', (servers) => {
      if (verb === 'remove') delete servers[name];
      else servers[name] = { command, args: rest };
    });
  },
  code([, json]) {
    const { name, ...entry } = JSON.parse(json);
    change('.config/Code/User/mcp.json', 'servers', (servers) => {
      servers[name] = entry;
    });
  },
  codex([, verb, name, , command, ...rest]) {
    const lines = [`[mcp_servers.${name}]`, `command = ${JSON.stringify(command)}`, `args = ${JSON.stringify(rest)}`];
    mkdirSync(path.join(home, '.codex'), { recursive: true });
    writeFileSync(path.join(home, '.codex/config.toml'), verb === 'remove' ? '' : `${lines.join('\n')}\n`);
  },
};

const BEHAVIORS = {
  refuses: () => process.exit(1),
  lies: () => {},
  hangs: () => setInterval(() => {}, 60_000),
};

(BEHAVIORS[process.env.FAKE_HOST] ?? HOSTS[path.basename(script)])(args);
