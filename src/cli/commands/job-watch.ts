import type { Command } from 'commander';
import { connect, withConnectionFlags } from '../connection.ts';
import { exampleText } from '../examples.ts';
import type { FollowFlags } from '../follow.ts';
import { followJob } from '../follow-job.ts';
import { groupOf, secondsOf } from '../operations.ts';

/** `pantry-queue job watch ocr-17`: follows a job to its end; exits 0 only when it finished. */
export function register(program: Command): void {
  const command = groupOf(program, 'job')
    .command('watch')
    .description('Follow a job to its end, through restarts of the queue; exits 0 only when it finished.')
    .argument('<job_id>', 'as in ocr-17')
    .addHelpText('after', exampleText('job watch ocr-17 --timeout 600'))
    .option(
      '--timeout <seconds>',
      'stop watching after this time and exit 5 (default: as long as a job may live)',
      secondsOf,
    );
  withConnectionFlags(command).action(async (jobId: string, flags: FollowFlags) => {
    process.exitCode = await followJob(connect(flags, { resumesWaits: false }), jobId, flags);
  });
}
