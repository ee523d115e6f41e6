import type { Command } from 'commander';
import { VERSION } from '../../../mcp/version.ts';
import { type KeyFlags, keyOf, withKeyFlags } from '../key.ts';
import { print, printJson } from '../output.ts';

interface Flags extends KeyFlags {
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** `pantry-queue doctor`: how each part is, and what mends it. */
export function register(program: Command): void {
  withKeyFlags(program.command('doctor'))
    .description('look at everything the queue stands on, and name the command that mends what is not well')
    .option(
      '--data-dir <dir>',
      'folder of a queue started by pantry-queue up (default: DATABASE_URL, else the usual one)',
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nIt changes nothing: one small image is stored and removed again. Exits 0 when nothing has failed, else by the\n' +
        'worst finding: 5 away, 4 not allowed, 2 set wrong, 6 taken, 1 anything else.\n\nExample:\n  pantry-queue doctor --data-dir ./queue',
    )
    .action(async (flags: Flags) => {
      const { examine, exitCodeOfReport } = await import('../../maintenance/doctor/doctor.ts');
      const { doctorText } = await import('../../words/doctor.ts');
      const report = await examine({ ...flags, key: keyOf(flags), version: VERSION });
      if (flags.json) printJson(report);
      else print(...doctorText(report));
      process.exitCode = exitCodeOfReport(report);
    });
}
