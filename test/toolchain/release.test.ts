import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { provenanceFinding, releaseFindings } from '../../scripts/publish/checks.mjs';
import { release } from '../../scripts/publish/release.mjs';

const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n## 1.2.3 (2026-11-30)\n\n- Receipts are read.\n\n## 1.2.2\n\n- Less.\n';
const IN_CI = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ci.example/token' };

/** A repository that could be published as it is. */
function checkout() {
  const root = mkdtempSync(path.join(tmpdir(), 'pantry-release-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: root });
  const write = (name: string, text: string) => writeFileSync(path.join(root, name), text);
  const commit = () => {
    git('add', '--all');
    git('commit', '--quiet', '--message', 'Change');
  };
  git('init', '--quiet', '--initial-branch', 'main');
  write('package.json', JSON.stringify({ name: 'pantry-queue', version: '1.2.3' }));
  write('CHANGELOG.md', CHANGELOG);
  commit();
  return { root, git, write, commit };
}
type Checkout = ReturnType<typeof checkout>;

const asksFor = (root: string, isBuilt = true) => releaseFindings({ root, isBuilt: () => isBuilt });

/** What somebody forgot → what the script says of it. */
const FORGOTTEN: Readonly<Record<string, readonly [forget: (of: Checkout) => void, says: RegExp]>> = {
  'a file that is not committed': [
    ({ write }) => write('new.ts', ''),
    /^The tree is not clean: commit or remove new\.ts\.$/,
  ],
  'a change that is not committed': [
    ({ write }) => write('CHANGELOG.md', `${CHANGELOG}\n`),
    /^The tree is not clean: .*CHANGELOG/,
  ],
  'another branch': [
    ({ git }) => git('switch', '--quiet', '--create', 'work'),
    /^This is branch work: .* from main\.$/,
  ],
  'a commit outside of main': [
    ({ git, commit, write }) => {
      git('switch', '--quiet', '--detach');
      write('a', '');
      commit();
    },
    /^This is a commit outside of main: /,
  ],
  'a version without a section': [
    ({ write, commit }) => {
      write('package.json', JSON.stringify({ name: 'pantry-queue', version: '1.2.4' }));
      commit();
    },
    /^CHANGELOG\.md has no section "## 1\.2\.4"/,
  ],
  'a section without a change': [
    ({ write, commit }) => {
      write('CHANGELOG.md', '# Changelog\n\n## 1.2.3\n\n## 1.2.2\n\n- Less.\n');
      commit();
    },
    /^The section of 1\.2\.3 .* names no change/,
  ],
  'a version that is none': [
    ({ write, commit }) => {
      write('package.json', JSON.stringify({ name: 'pantry-queue', version: '0.0.0' }));
      write('CHANGELOG.md', '## 0.0.0\n\n- A.\n');
      commit();
    },
    /^package\.json has no version to publish/,
  ],
  'a version that is tagged already': [
    ({ git, write, commit }) => {
      git('tag', 'v1.2.3');
      write('a', '');
      commit();
    },
    /^Tag v1\.2\.3 stands on another commit/,
  ],
};

/** A release whose commands and package lint are noted instead of run. */
function noted(
  root: string,
  options: { publish?: boolean; env?: Record<string, string>; lint?: string[]; fails?: string } = {},
) {
  const ran: string[] = [];
  const said: string[] = [];
  const done = release({
    root,
    publish: options.publish ?? false,
    env: options.env ?? {},
    isBuilt: () => true,
    lint: async () => options.lint ?? [],
    say: (sentence) => void said.push(sentence),
    async run(program, args) {
      ran.push([program, ...args].join(' '));
      if (ran.at(-1) === options.fails) throw new Error(`${options.fails} ended with 1.`);
    },
  });
  return { ran, said, done };
}

describe('publishing a version', () => {
  it('[H9] nothing stands in the way of a clean, built and described version on main, tagged or not', () => {
    const { root, git } = checkout();
    expect(asksFor(root)).toEqual([]);
    git('tag', 'v1.2.3');
    expect(asksFor(root)).toEqual([]);
  });

  it('[H9] a tag that CI has checked out counts as main when main holds its commit', () => {
    const { root, git } = checkout();
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    git('switch', '--quiet', '--detach');
    expect(asksFor(root)).toEqual([]);
  });

  it.each(Object.entries(FORGOTTEN))('[H9] %s is told of in one sentence, and alone', (_what, [forget, says]) => {
    const of = checkout();
    forget(of);
    expect(asksFor(of.root)).toEqual([expect.stringMatching(says)]);
  });

  it('[H9] a build that is not of these sources is told of', () => {
    expect(asksFor(checkout().root, false)).toEqual([expect.stringContaining('npm run build')]);
  });

  it('[H9] runs the checks and packs, and sends nothing unless it is told to', async () => {
    const { ran, said, done } = noted(checkout().root);
    expect(await done).toBe(true);
    expect(ran).toEqual(['npm run check', 'npm publish --access public --dry-run']);
    expect(said).toEqual(['pantry-queue 1.2.3 can be published: push the tag v1.2.3.']);
  });

  it('[H9] publishes with provenance from CI, and nowhere else', async () => {
    const { root } = checkout();
    const ci = noted(root, { publish: true, env: IN_CI });
    expect(await ci.done).toBe(true);
    expect(ci.ran.at(-1)).toBe('npm publish --access public --provenance');
    const elsewhere = noted(root, { publish: true });
    expect(await elsewhere.done).toBe(false);
    expect(elsewhere.ran).toEqual([]);
    expect(elsewhere.said).toEqual([`✗ ${provenanceFinding({})}`]);
  });

  it('[H9] sends nothing when a check fails, or the package is found wrong', async () => {
    const { root } = checkout();
    const unchecked = noted(root, { publish: true, env: IN_CI, fails: 'npm run check' });
    await expect(unchecked.done).rejects.toThrow('npm run check ended with 1.');
    expect(unchecked.ran).toEqual(['npm run check']);
    const wrong = noted(root, { publish: true, env: IN_CI, lint: ['pkg.main is not there'] });
    expect(await wrong.done).toBe(false);
    expect(wrong.ran).toEqual(['npm run check']);
    expect(wrong.said).toEqual(['✗ pkg.main is not there']);
  });

  it('[H9] the workflow of the repository may sign, and runs this script on a tag', () => {
    const file = path.resolve(import.meta.dirname, '../../.github/workflows/release.yml');
    const workflow = parse(readFileSync(file, 'utf8'));
    expect(workflow.on.push.tags).toEqual(['v*']);
    expect(workflow.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    const steps: { run?: string }[] = workflow.jobs.publish.steps;
    expect(steps.flatMap(({ run }) => run ?? [])).toEqual(['npm run release -- --publish']);
  });
});
