import type { Command } from 'commander';
import { connect, withConnectionFlags } from '../connection.ts';
import { exampleText } from '../examples.ts';
import type { FollowFlags } from '../follow.ts';
import { followBatch } from '../follow-batch.ts';
import { groupOf, secondsOf } from '../operations.ts';

/** `pantry-queue batch watch batch-…`: follows a batch to its end; exits 0 only when all of it finished. */
export function register(program: Command): void {
  const command = groupOf(program, 'batch')
    .command('watch')
    .description('Follow a batch to its end, through restarts of the queue; exits 0 only when all of it finished.')
    .argument('<batch_id>', 'as the answer of batch enqueue names it')
    .addHelpText('after', exampleText('batch watch batch-7901bb34-9d2c-4a8e-8f01-3b7a52c1e6d4'))
    .option(
      '--timeout <seconds>',
      'stop watching after this time and exit 5 (default: as long as a job may live)',
      secondsOf,
    );
  withConnectionFlags(command).action(async (batchId: string, flags: FollowFlags) => {
    process.exitCode = await followBatch(connect(flags, { resumesWaits: false }), batchId, flags);
  });
}
