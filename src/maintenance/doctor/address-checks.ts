import path from 'node:path';
import { causeText } from '../../contract/cause.ts';
import { obstacleAt } from '../../embedded/ports.ts';
import { ask, obstacleTo, placeOf } from './ask.ts';
import { type Check, failed, fine, skipped, type Told } from './check.ts';
import type { Subject } from './subject.ts';

/** Where `up` would listen, or where the server of these settings does. */
export interface HttpPlace {
  readonly host: string;
  readonly port: number;
  readonly key: string | undefined;
}

interface Port {
  /** As the logs of a data folder are called. */
  readonly part: string;
  readonly host: string;
  readonly port: number;
}

const portOf = (part: string, address: string): Port => ({ part, ...placeOf(address) });

function portsOf({ owner }: Subject): Port[] {
  if (!owner) return [];
  const hasOwnAgent = owner.processes.some(({ role }) => role === 'agent');
  return [
    portOf('server', owner.url),
    portOf('postgres', owner.database_url),
    portOf('temporal', owner.temporal.address),
    portOf('temporal', owner.temporal.ui),
    ...(hasOwnAgent ? [portOf('agent', owner.agent_url)] : []),
  ];
}

async function ports(subject: Subject, { host, port }: HttpPlace, signal: AbortSignal): Promise<Told | Told[]> {
  const { dir, owner } = subject;
  if (!dir) return skipped('The settings name each address; the looks below ask them.');
  if (!owner) {
    const obstacle = port === 0 ? undefined : await obstacleAt(port, host);
    return obstacle === undefined
      ? fine(port === 0 ? 'Free ports are taken.' : `Port ${port} on ${host} is free.`)
      : failed(
          'port_taken',
          `Port ${port} on ${host} cannot be opened (${obstacle}).`,
          `Take a free one: pantry-queue up --port 0 --data-dir ${dir.root}`,
        );
  }
  const looked = await Promise.all(
    portsOf(subject).map(async (each) => ({ ...each, obstacle: await obstacleTo(each.host, each.port, signal) })),
  );
  const silent = looked.filter(({ obstacle }) => obstacle !== undefined);
  if (silent.length === 0) return fine(looked.map((each) => `${each.part} ${each.port}`).join(', '));
  return silent.map((each) =>
    failed(
      'part_failed',
      `Nothing listens at ${each.host}:${each.port}, where ${each.part} does (${each.obstacle}).`,
      `Its log says why: tail -n 50 ${path.join(dir.logs, `${each.part}.log`)}`,
    ),
  );
}

async function server({ dir, owner }: Subject, { host, port, key }: HttpPlace, signal: AbortSignal): Promise<Told> {
  const url = owner?.url ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  try {
    const bearer = owner?.key ?? key;
    const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    const { status, text } = await ask(`${url}/readyz`, signal, headers);
    if (!/^\s*\{.*"ok"/s.test(text)) {
      return failed(
        'port_taken',
        `Another program answers at ${url} (HTTP ${status}).`,
        'Give the server another port: PORT=8001 pantry-queue server',
      );
    }
    return status === 200
      ? fine(`It accepts calls at ${url}.`)
      : failed(
          'ledger_unavailable',
          `The server at ${url} accepts no calls now (HTTP ${status}).`,
          'See what it says: pantry-queue queue info',
        );
  } catch (error) {
    if (!dir) return skipped(`No server listens at ${url}; where it runs elsewhere, look there.`);
    return failed(
      'queue_unreachable',
      `The server at ${url} does not answer (${causeText(error)}).`,
      `Its log says why: tail -n 50 ${path.join(dir.logs, 'server.log')}`,
    );
  }
}

/** The addresses of the queue itself. */
export function addressChecks(subject: Subject, place: HttpPlace): Check[] {
  const needs = subject.dir ? (['owner'] as const) : [];
  return [
    { name: 'ports', code: 'part_failed', limitMs: 8_000, look: (signal) => ports(subject, place, signal) },
    {
      name: 'server',
      code: 'queue_unreachable',
      limitMs: 10_000,
      needs,
      look: (signal) => server(subject, place, signal),
    },
  ];
}
