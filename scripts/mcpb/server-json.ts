import type { Project } from './project.ts';

const SCHEMA = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';

/** Read by the relay wherever it is started. */
const SETTINGS = [
  { name: 'PANTRY_QUEUE_URL', description: 'Address of the queue; without it the one that runs on this machine.' },
  { name: 'PANTRY_QUEUE_KEY', description: 'Key of the queue, if it asks for one.', isSecret: true },
];

/**
 * The entry of the MCP registry: the package, which starts a queue where none runs, and the bundle, which does not.
 * @param bundle its name and hash; a registry refuses a bundle without one
 */
export function serverJson(project: Project, bundle: { fileName: string; sha256: string }): object {
  const { name, version, mcpName, repository } = project;
  const transport = { type: 'stdio' };
  return {
    $schema: SCHEMA,
    name: mcpName,
    title: 'Pantry Queue',
    description: 'Reads photos of receipts through a durable queue, and answers what was spent on what.',
    version,
    repository: { url: repository, source: 'github' },
    packages: [
      {
        registryType: 'npm',
        identifier: name,
        version,
        runtimeHint: 'npx',
        transport,
        packageArguments: [{ type: 'positional', value: 'mcp' }],
        environmentVariables: SETTINGS,
      },
      {
        registryType: 'mcpb',
        identifier: `${repository}/releases/download/v${version}/${bundle.fileName}`,
        fileSha256: bundle.sha256,
        transport,
        environmentVariables: SETTINGS,
      },
    ],
  };
}
