/**
 * Set-up, then the command line in the same process: `npm start` and `npm run demo` are one process under npm, so a
 * signal that reaches npm's child reaches pantry-queue.
 *
 *     node scripts/run.mjs up --port 0
 */
import { fileURLToPath } from 'node:url';
import { setUp } from './setup/set-up.mjs';

await setUp(['temporal-cli', 'ocr-models']);
const main = new URL('../dist/src/cli/main.js', import.meta.url);
process.argv[1] = fileURLToPath(main);
await import(main.href);
