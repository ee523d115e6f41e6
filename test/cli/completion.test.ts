import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bashScript, zshScript } from '../../src/cli/completion/bash.ts';
import { fishScript } from '../../src/cli/completion/fish.ts';
import { placesOf } from '../../src/cli/completion/tree.ts';
import { wholeProgram } from '../../src/cli/program.ts';
import { installedFrom } from '../support/debian-package.ts';
import { runCli } from './run-cli.ts';

const places = placesOf(wholeProgram('0.0.0'));
const at = (name: string, ...dirs: string[]) =>
  dirs.map((dir) => path.join(dir, name)).find((file) => existsSync(file));
const BINS = ['/usr/bin', '/bin', '/usr/local/bin', '/opt/homebrew/bin'];
const zsh = installedFrom('zsh', () => at('zsh', ...BINS));
const fish = installedFrom('fish', () => at('fish', ...BINS));
for (const shell of [zsh, fish]) if ('missing' in shell) process.stderr.write(`Skipped: ${shell.missing}\n`);

let dir: string;
const scriptFile = (shell: string) => path.join(dir, `pantry-queue.${shell}`);
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'pantry-completion-'));
  writeFileSync(scriptFile('bash'), bashScript(places));
  writeFileSync(scriptFile('zsh'), zshScript(places));
  writeFileSync(scriptFile('fish'), fishScript(places));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What bash offers for each of these lines, the last word of which is being typed. */
function inBash(lines: readonly string[]): string[][] {
  const asks = lines.map((line) => `ask ${line}`).join('\n');
  const script = `source ${scriptFile('bash')}
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pantry_queue; echo "\${COMPREPLY[*]}"; }
${asks}`;
  const out = execFileSync('bash', ['-c', script], { encoding: 'utf8', cwd: dir });
  return out
    .split('\n')
    .slice(0, lines.length)
    .map((line) => line.split(' ').filter((word) => word !== ''));
}

describe('[H6] completion', () => {
  it('of bash offers every word, flag and value of every place, and no other', () => {
    const asked = places.map(({ words }) => `pantry-queue ${words} ''`);
    const offered = inBash(asked);
    for (const [index, { words, next, flags, takesFiles }] of places.entries()) {
      const wanted = [...next.map(({ word }) => word), ...flags.map(({ name }) => name)];
      const got = offered[index]?.filter((word) => !(takesFiles && word.startsWith('pantry-queue.')));
      expect(got, words).toEqual(wanted);
    }
    const choices = places.flatMap(({ words, flags }) =>
      flags
        .filter((flag) => flag.choices.length > 0)
        .map((flag) => ({ line: `pantry-queue ${words} ${flag.name} ''`, flag })),
    );
    expect(choices.length).toBeGreaterThan(20);
    const values = inBash(choices.map(({ line }) => line));
    for (const [index, { line, flag }] of choices.entries()) expect(values[index], line).toEqual(flag.choices);
  });

  it('of bash goes on behind arguments and values, and offers files where files are meant', () => {
    expect(
      inBash([
        'pantry-queue jo',
        'pantry-queue job enqueue 17 --prio',
        'pantry-queue job enqueue --priority high --wa',
        'pantry-queue up --data-dir pantry-queue.b',
        'pantry-queue receipt add pantry-queue.z',
        'pantry-queue job status --wait-seconds ""',
        'pantry-queue completion f',
      ]),
    ).toEqual([['job'], ['--priority'], ['--wait'], ['pantry-queue.bash'], ['pantry-queue.zsh'], [], ['fish']]);
  });

  it.skipIf('missing' in fish)('of fish offers the same', () => {
    const ask = (line: string) =>
      execFileSync(
        'program' in fish ? fish.program : '',
        ['-c', `source ${scriptFile('fish')}; complete -C "${line}"`],
        {
          encoding: 'utf8',
          cwd: dir,
          env: { PATH: process.env.PATH ?? '', HOME: dir },
        },
      )
        .split('\n')
        .map((each) => each.split('\t')[0])
        .filter((each) => each !== '');
    expect(ask('pantry-queue job enq')).toEqual(['enqueue']);
    expect(ask('pantry-queue job enqueue 17 --priority ')).toEqual(['default', 'high', 'low']);
    expect(ask('pantry-queue completion ').sort()).toEqual(['bash', 'fish', 'zsh']);
    expect(ask('pantry-queue receipt add pantry-queue.f')).toEqual(['pantry-queue.fish']);
  });

  it.skipIf('missing' in zsh)('of zsh completes what is typed at a real prompt', () => {
    const script = `zmodload zsh/zpty
zpty z 'TERM=dumb ${'program' in zsh ? zsh.program : ''} -f -i'
zpty -w z 'PS1="> "; unsetopt beep; autoload -Uz compinit && compinit -u -D; source ${scriptFile('zsh')}; echo rea""dy'
zpty -r -m z out '*ready*'
zpty -w -n z $'pantry-queue job enq\\t'
zpty -r -m z out '*enqueue*'
zpty -w -n z $' 17 --prio\\t'
zpty -r -m z more '*--priority*'
print -r -- "$out$more"
zpty -d z`;
    const out = execFileSync('program' in zsh ? zsh.program : '', ['-f', '-c', script], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(out).toMatch(/job enqueue.*--priority/s);
  });

  it('is printed by the program, and a shell that is not known is refused', async () => {
    const printed = await runCli(['completion', 'bash']);
    expect(printed.exitCode).toBe(0);
    expect(`${printed.stdout.trimEnd()}\n`).toBe(bashScript(places));
    expect(await runCli(['completion', 'tcsh'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
