import { runRelay } from './cli/relay.ts';
import { readClientSettings } from './config.ts';
import { defaultDataDir } from './embedded/data-dir.ts';

/** Some hosts hand on the name of a field in place of its value when the person left it empty. */
const isFilledIn = (text: string | undefined): text is string =>
  text !== undefined && text !== '' && !text.startsWith('${');

const { url, key } = readClientSettings();

/** The program of the bundle for desktop hosts: the relay alone. It installs and starts no queue. */
await runRelay({
  url: isFilledIn(url) ? url : undefined,
  key: isFilledIn(key) ? key : undefined,
  dataDir: defaultDataDir(),
  allow: process.argv.slice(2).filter(isFilledIn),
  logLevel: 'warn',
  start: undefined,
  hints: { toStart: 'npx pantry-queue up', startLog: '' },
});
