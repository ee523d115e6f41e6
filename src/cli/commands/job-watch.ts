import type { Command } from 'commander';
import { isTerminal } from '../../contract/job.ts';
import { LIMITS } from '../../contract/policies.ts';
import { type ConnectionFlags, connect, withConnectionFlags } from '../connection.ts';
import { groupOf } from '../operations.ts';
import { EXIT, print, printJson, say } from '../output.ts';
import { jobLine, jobText } from '../say.ts';

/** `pantry-queue job watch ocr-17`: follows a job to its end; exits 0 only when it finished. */
export function register(program: Command): void {
  const command = groupOf(program, 'job')
    .command('watch')
    .description('Follow a job to its end; exits 0 only when it finished.')
    .argument('<job_id>', 'as in ocr-17');
  withConnectionFlags(command).action((jobId: string, flags: ConnectionFlags) => watch(jobId, flags));
}

async function watch(jobId: string, flags: ConnectionFlags): Promise<void> {
  const queue = connect(flags);
  let job = await queue.getJobStatus({ job_id: jobId });
  for (let said = ''; !isTerminal(job.status); ) {
    const line = jobLine(job);
    if (line !== said) say(line);
    said = line;
    job = await queue.getJobStatus({ job_id: jobId, wait_seconds: LIMITS.waitSeconds });
  }
  if (flags.json) printJson(job);
  else print(...jobText(job));
  if (job.status !== 'finished') process.exitCode = EXIT.other;
}
