import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { z } from 'zod';
import { createTemplate } from '../../support/template.ts';
import { PARTS, startTopology, type Topology, type TopologyFacts } from './topology.ts';

declare module 'vitest' {
  interface ProvidedContext {
    topology: TopologyFacts;
    /** Where the process that started the parts is told what to do with them. */
    topologyControl: string;
  }
}

const ofPart = z.strictObject({
  act: z.enum(['start', 'stop', 'kill', 'pid']),
  part: z.enum(PARTS),
  env: z.record(z.string(), z.string()).default({}),
});
const ofPostgres = z.strictObject({ postgres: z.enum(['prepare', 'failOver', 'promote']) });
const command = z.union([ofPart, ofPostgres]);
export type Command = z.input<typeof command>;

async function carryOut({ parts, postgres }: Topology, told: z.output<typeof command>): Promise<unknown> {
  if ('postgres' in told) {
    await postgres[told.postgres]();
    return null;
  }
  const part = parts[told.part];
  if (told.act === 'start') await part.start(told.env);
  if (told.act === 'kill') await part.kill();
  return told.act === 'stop' ? part.stop() : (part.pid ?? null);
}

/** The whole topology once for all test files, gone afterwards. Tests are other processes: they send their commands here. */
export default async function setup(project: TestProject) {
  const topology = await startTopology();
  const control = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = await carryOut(topology, command.parse(JSON.parse(Buffer.concat(chunks).toString())));
      response.end(JSON.stringify(answer));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  await createTemplate(topology.postgres.url);
  project.provide('postgresUrl', topology.postgres.url);
  project.provide('topology', topology.facts);
  project.provide('topologyControl', `http://127.0.0.1:${(control.address() as AddressInfo).port}`);
  return async () => {
    control.close();
    await topology.stop();
  };
}
