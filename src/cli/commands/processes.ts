import { type Command, Option } from 'commander';
import { cleanLine } from '../../contract/clean-text.ts';
import { AppError } from '../../contract/errors.ts';
import { moveText } from '../../words/move-report.ts';
import { exampleText } from '../examples.ts';
import { EXIT, print, printJson, say } from '../output.ts';

/** The processes of an installation of one's own: `server`, `worker`, `agent`, `migrate`, set by the environment. */
export function register(program: Command): void {
  program
    .command('server')
    .description('serve HTTP and MCP, and run the gate (settings: docs/configuration.md)')
    .addHelpText('after', exampleText('server'))
    .action(async () => {
      const { main } = await import('../../server.ts');
      await main();
    });

  program
    .command('worker')
    .description('run OCR jobs; any number of workers share them')
    .addHelpText('after', exampleText('worker --role agent'))
    .option('--role <role>', 'workflow, agent or all: run workflows, call the agent, or both (WORKER_ROLE)')
    .option('--burst', 'drain the queue, then exit 0; exit 5 when it is paused or stands still (BURST_MODE=true)')
    .action(async (flags: { burst?: boolean; role?: string }) => {
      const { main } = await import('../../worker.ts');
      await main(flags);
    });

  program
    .command('agent')
    .description('run the OCR agent that comes with the queue')
    .addHelpText('after', exampleText('agent --port 8002 --lanes 2 --image-dir ./images'))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--open', 'others may reach that address: the agent asks nobody for a key')
    .option('--port <n>', 'port to listen on; 0 takes a free one', '8002')
    .option('--lanes <n>', 'receipts read at once', '1')
    .option('--image-dir <dir>', 'folder of the images: IMAGE_DIR of the server')
    .option('--image-url-origin <origin...>', 'where images may be fetched from by address: the S3 store of the server')
    .option('--allowed-host <name...>', 'further host names by which it may be called, as workers on other machines do')
    .option('--models-dir <dir>', 'folder of the OCR models (default: found or fetched)')
    .option('--country <code>', 'where receipts come from (DE, US, …): decides which number of a date is the month')
    .addOption(
      new Option('--driver <protocol>', 'let a vision model read too, by this protocol').choices([
        'openai',
        'anthropic',
      ]),
    )
    .option('--second-opinion', 'ask the model only for what the local reader doubts')
    .addHelpText(
      'after',
      '\nThe model is set by VISION_MODEL, VISION_URL and VISION_API_KEY or VISION_API_KEY_FILE (docs/vision.md).\n\nExample:\n  VISION_MODEL=small-eye VISION_API_KEY_FILE=./key pantry-queue agent --driver openai --second-opinion',
    )
    .action(startAgent);

  const migrate = program
    .command('migrate')
    .description('bring the database of DATABASE_URL up to date')
    .option('--json', 'print what was applied as JSON')
    .addHelpText('after', exampleText('migrate'))
    .action(async ({ json }: { json?: boolean }) => {
      const { migrateDatabase } = await import('../../migrate.ts');
      const applied = await migrateDatabase();
      if (json) printJson({ applied });
      else print(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
    });

  migrate
    .command('images')
    .description('copy every image to the other store, folder or S3, and read each back')
    .requiredOption('--to <store>', 's3 or folder')
    .option('--dry-run', 'only count')
    .option('--switch', 'and have the queue use that store from now on; all its processes must be stopped')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExits 0 when every image is there, 1 when one is missing or was changed.\n\nExample:\n  pantry-queue migrate images --to s3',
    )
    .action(moveAll);
}

type AgentFlags = Readonly<Record<string, string | readonly string[] | undefined>> & {
  readonly open?: true;
  readonly secondOpinion?: true;
};

async function startAgent({ open, secondOpinion, ...flags }: AgentFlags): Promise<void> {
  const { ensureArtifact } = await import('#artifacts');
  const args: Record<string, string | readonly string[] | undefined> = {
    host: flags.host,
    port: flags.port,
    lanes: flags.lanes,
    'image-dir': flags.imageDir,
    'image-url-origin': flags.imageUrlOrigin,
    'allowed-host': flags.allowedHost,
    country: flags.country,
    driver: flags.driver,
    'models-dir': flags.modelsDir ?? (await ensureArtifact('ocr-models', { log: say })),
  };
  const given = Object.entries(args).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((each) => [`--${name}`, each]),
  );
  process.env.OCR_RUNTIME_DIR ??= await ensureArtifact('ocr-runtime', { log: say });
  // The agent is a program of its own and reads its own command line.
  const switches = [...(open ? ['--open'] : []), ...(secondOpinion ? ['--second-opinion'] : [])];
  process.argv.splice(2, process.argv.length, ...given, ...switches);
  await import('../../ocr/main.ts');
}

interface MoveOptions {
  readonly to: string;
  readonly dryRun?: boolean;
  readonly switch?: boolean;
  readonly json?: boolean;
}

async function moveAll({ to, json, ...flags }: MoveOptions): Promise<void> {
  if (to !== 's3' && to !== 'folder') {
    throw new AppError('invalid_argument', `--to is "${cleanLine(to, 40)}"; it must be s3 or folder.`);
  }
  const { moveImages } = await import('../../maintenance/move-images.ts');
  const report = await moveImages({ ...flags, to, onProgress: (images) => say(`${images} images …`) });
  if (json) printJson(report);
  else print(...moveText(report, { to, dryRun: flags.dryRun === true }));
  if (report.missingCount + report.changedCount > 0) process.exitCode = EXIT.other;
}
