/**
 * Makes what is published beside the package (`npm run bundle`): the bundle of the relay for desktop hosts, and
 * server.json for the MCP registry, which names the bundle by its hash. Both go into `release/`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleRelay } from './mcpb/bundle.ts';
import { ROOT, readProject } from './mcpb/project.ts';
import { serverJson } from './mcpb/server-json.ts';

/** @param folder that gets both files */
export async function release(folder: string | URL): Promise<{ bundle: string; serverJson: string }> {
  const project = readProject();
  const archive = await bundleRelay(project);
  const fileName = `${project.name}-${project.version}.mcpb`;
  const sha256 = createHash('sha256').update(archive).digest('hex');
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => `${typeof folder === 'string' ? folder : fileURLToPath(folder)}/${name}`;
  writeFileSync(at(fileName), archive);
  writeFileSync(at('server.json'), `${JSON.stringify(serverJson(project, { fileName, sha256 }), null, 2)}\n`);
  return { bundle: at(fileName), serverJson: at('server.json') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { bundle, serverJson: entry } = await release(new URL('release', ROOT));
  process.stdout.write(`${bundle}\n${entry}\n`);
}
