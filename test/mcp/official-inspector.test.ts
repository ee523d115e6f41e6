import { describe, expect, it } from 'vitest';
import { tools } from '../../mcp/tools/index.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { BUILT_MAIN } from '../support/run-built.ts';
import { runOfficial } from './support/official.ts';

const server = useHttpQueue();

const overHttp = () => ['--transport', 'http', '--server-url', `${server.current.url}/mcp`];
const overStdio = () => [process.execPath, BUILT_MAIN, 'mcp', '--url', server.current.url];

describe('the official Inspector', () => {
  it.each([
    ['HTTP', 'legacy', overHttp],
    ['HTTP', 'modern', overHttp],
    ['HTTP', 'auto', overHttp],
    ['stdio', 'legacy', overStdio],
    ['stdio', 'modern', overStdio],
  ])('[M7] finds no error and no warning in the tools over %s, %s', async (_over, era, target) => {
    const { exitCode, stdout, stderr } = await runOfficial('inspector', [
      '--cli',
      ...['--method', 'tools/list', '--strict', '--protocol-era', era],
      ...target(),
    ]);
    // Exit code 0 allows warnings; each is a line on stderr.
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout).tools).toHaveLength(tools.length);
  });
});
