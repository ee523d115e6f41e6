/**
 * Set-up, then the command line in the same process. With `exec` in the npm script no shell stands between either, so
 * that SIGTERM for npm stops the queue and not only the shell.
 *
 *     node scripts/run.mjs up --port 0
 */
import { fileURLToPath } from 'node:url';
import { setUp } from './setup/set-up.mjs';

await setUp({ packages: ['.'], artifacts: ['temporal-cli', 'ocr-models', 'ocr-runtime'] });
const main = new URL('../dist/src/cli/main.js', import.meta.url);
process.argv[1] = fileURLToPath(main);
await import(main.href);
