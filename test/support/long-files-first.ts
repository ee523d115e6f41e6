import { existsSync } from 'node:fs';
import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const TESTS = path.resolve(import.meta.dirname, '..');

/** Half a minute each and more: one that starts last is waited for by itself. */
const LONG = [
  'toolchain/first-contact.test.ts',
  'workflows/temporal-buttons.test.ts',
  'faults/kill.test.ts',
  'ocr/robustness.test.ts',
  'embedded/up.test.ts',
  'faults/weather.test.ts',
  'ocr/lanes/memory.test.ts',
  'server.test.ts',
  'model/queue-model.test.ts',
  'mcp/relay.test.ts',
  'ocr/service/bad-input.test.ts',
  'worker/burst-process.test.ts',
  'faults/kill-points.test.ts',
  'http/every-door.test.ts',
  'ledger/receipt-identity.test.ts',
  'ledger/every-step.test.ts',
  'cli/main.test.ts',
].map((file) => path.join(TESTS, file));

/** Vitest knows how long a file takes only where it has run before, which no fresh checkout has. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = LONG.filter((file) => !existsSync(file));
    if (gone.length > 0)
      throw new Error(`test/support/long-files-first.ts names what is not there: ${gone.join(', ')}`);
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONG.indexOf(moduleId);
      return found < 0 ? LONG.length : found;
    };
    return (await super.sort(files)).sort((left, right) => place(left) - place(right));
  }
}
