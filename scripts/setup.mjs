/**
 * Makes a checkout ready to run: dependencies, artifacts, build. Every npm entry runs it first; when nothing is to be
 * done it only compares hashes. Node built-ins alone, since it runs before `node_modules` exists.
 *
 *     node scripts/setup.mjs [--with-test-tools] [--with-browser] [--with-topology]
 */
import { setUp } from './setup/set-up.mjs';

const parts = { packages: ['.'], artifacts: ['temporal-cli', 'ocr-models', 'ocr-runtime'], browser: false };
if (process.argv.includes('--with-test-tools')) {
  parts.packages.push('test/mcp/official');
  parts.artifacts.push('temporal-test-server', 'seaweedfs');
}
if (process.argv.includes('--with-browser')) parts.browser = true;
if (process.argv.includes('--with-topology')) parts.artifacts.push('temporal-server');
await setUp(parts);
// Not left to the event loop: a look-up that no name server answers would hold the process for half a minute more.
process.exit(0);
