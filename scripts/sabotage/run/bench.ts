import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { createVitest, type Reporter, type TestModule } from 'vitest/node';
import type { Sabotage } from '../row.ts';

/** What a run of tests found: red tests notice; a file that cannot even be loaded proves nothing. */
export interface Found {
  readonly red: readonly string[];
  readonly unloaded: readonly string[];
}

/** One Vitest for all guards: PostgreSQL, Temporal and S3 start once, and a guard costs its own tests only. */
export interface Bench {
  /** Runs the tests of a row until the first is red. Throws when a server that all share has gone: then all would be red. */
  run(row: Sabotage): Promise<Found>;
  /** A file has changed: what was made of it is forgotten. */
  forget(file: string): void;
  /** Of the server with the template database. */
  readonly postgresUrl: string;
  close(): Promise<void>;
}

const firstLine = (text: string | undefined) => (text ?? '').split('\n', 1)[0]?.slice(0, 200) ?? '';

/** What comes out of another process may be an object of any shape. */
const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
    ? error.message
    : 'an error without a message';

async function demandServers(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const { hostname, port } = new URL(address);
    const socket = net.connect(Number(port), hostname);
    try {
      await once(socket, 'connect');
    } catch (error) {
      throw new Error('A server that all tests share has gone; what is red since then proves nothing.', {
        cause: error,
      });
    } finally {
      socket.destroy();
    }
  }
}

/** @param root the copy of the checkout; becomes the folder of this process, for the configuration looks there */
export async function startBench(root: string): Promise<Bench> {
  process.chdir(root);
  let red: string[] = [];
  let unloaded: string[] = [];
  let hasPassed = true;
  const reporter: Reporter = {
    onTestRunEnd(_modules, _errors, reason) {
      hasPassed = reason === 'passed';
    },
    onTestCaseResult(test) {
      const { state, errors } = test.result();
      if (state === 'failed') red.push(`${test.fullName}: ${firstLine(errors?.[0]?.message)}`);
    },
    onTestSuiteResult(suite) {
      const [error] = suite.errors();
      if (error) red.push(`${suite.fullName} (a hook): ${firstLine(error.message)}`);
    },
    onTestModuleEnd(module: TestModule) {
      const [error] = module.errors();
      if (!error) return;
      const list = module.children.size === 0 ? unloaded : red;
      list.push(`${module.relativeModuleId}: ${firstLine(error.message)}`);
    },
  };
  const vitest = await createVitest('test', { root, watch: false, bail: 1, reporters: [reporter] });
  // No test yet: it starts what all of them share.
  await vitest.runTestSpecifications([]);
  const { postgresUrl, temporalAddress, s3 } = vitest.getProvidedContext();
  return {
    async run({ tests, only }) {
      red = [];
      unloaded = [];
      const options = only === undefined ? {} : { testNamePattern: new RegExp(only) };
      const specifications = tests.flatMap((test) => {
        const file = path.join(root, test);
        const projects = vitest.projects.filter((project) => project.matchesTestGlob(file));
        return projects.map((project) => project.createSpecification(file, options));
      });
      const { unhandledErrors } = await vitest.runTestSpecifications(specifications);
      if (red.length === 0 && unloaded.length === 0) {
        for (const error of unhandledErrors) red.push(`(no test) ${firstLine(messageOf(error))}`);
      }
      // Of tests that run together the first red one ends all, and may be reported by none.
      if (red.length === 0 && unloaded.length === 0 && !hasPassed) red.push(`(of ${tests.join(' and ')})`);
      await demandServers([postgresUrl, `tcp://${temporalAddress}`, s3.endpoint]);
      return { red, unloaded };
    },
    forget: (file) => vitest.invalidateFile(path.join(root, file)),
    postgresUrl,
    close: () => vitest.close(),
  };
}
