import { tools } from '../../mcp/tools/index.ts';
import type { Project } from './project.ts';

/** What a desktop host shows before it installs the bundle, and how it then starts it (manifest 0.3). */
export function bundleManifest({ name, version, description, license, repository, engines }: Project): object {
  const form = (field: keyof typeof FORM) => `\${user_config.${field}}`;
  return {
    manifest_version: '0.3',
    name,
    display_name: 'Pantry Queue',
    version,
    description,
    long_description:
      'Gives the host the tools of a queue that runs on this machine, or at an address. The queue itself is not in ' +
      'here: start it with `npx pantry-queue up`.',
    author: { name: 'The pantry-queue authors' },
    repository: { type: 'git', url: repository },
    license,
    keywords: ['receipts', 'ocr', 'queue'],
    server: {
      type: 'node',
      entry_point: 'server/index.js',
      mcp_config: {
        command: 'node',
        // Each folder becomes an argument of its own.
        args: [`\${__dirname}/server/index.js`, form('allowed_directories')],
        env: { PANTRY_QUEUE_URL: form('queue_url'), PANTRY_QUEUE_KEY: form('queue_key') },
      },
    },
    tools: tools.map((tool) => ({ name: tool.name, description: tool.description })),
    compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: engines.node } },
    user_config: FORM,
  };
}

const FORM = {
  allowed_directories: {
    type: 'directory',
    title: 'Folders with receipts',
    description: 'Photos in these folders may be added to the queue; nothing else is read.',
    multiple: true,
    required: false,
  },
  queue_url: {
    type: 'string',
    title: 'Address of the queue',
    description: 'Empty: the queue of this machine. Otherwise as in https://queue.example:8000.',
    default: '',
    required: false,
  },
  queue_key: {
    type: 'string',
    title: 'Key of the queue',
    description: 'Only for a queue that asks for one.',
    sensitive: true,
    required: false,
  },
} as const;
