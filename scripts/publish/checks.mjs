/** What must be so before a version is published: each row finds what is not, in one sentence with the next step. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const BRANCH = 'main';

/**
 * @param isBuilt whether `dist/` is what the sources build
 * @returns a sentence for each thing that stands in the way
 */
export function releaseFindings({ root, isBuilt }) {
  const { name, version } = manifestOf(root);
  return CHECKS.map((check) => check({ root, name, version, isBuilt })).filter((finding) => finding !== undefined);
}

/** Trusted publishing signs with a token that only a CI run gets. */
export function provenanceFinding(env) {
  if (env.ACTIONS_ID_TOKEN_REQUEST_URL || env.SIGSTORE_ID_TOKEN) return undefined;
  return 'Only CI can publish: provenance needs an id token (permissions: id-token: write). Without --publish this is a dry run.';
}

export const manifestOf = (root) => JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

const CHECKS = [treeIsClean, branchIsRight, versionIsOne, changelogHasVersion, tagIsHere, packageIsBuilt];

function treeIsClean({ root }) {
  const changed = git(root, 'status', '--porcelain').split('\n').filter(Boolean);
  if (changed.length === 0) return undefined;
  return `The tree is not clean: commit or remove ${changed
    .slice(0, 5)
    .map((line) => line.slice(3))
    .join(', ')}${changed.length > 5 ? ' …' : ''}.`;
}

/** CI checks a tag out, which is on no branch: then its commit must be part of the branch. */
function branchIsRight({ root }) {
  const branch = git(root, 'rev-parse', '--abbrev-ref', 'HEAD');
  if (branch === BRANCH) return undefined;
  if (branch === 'HEAD' && holds(root, `origin/${BRANCH}`)) return undefined;
  return `This is ${branch === 'HEAD' ? `a commit outside of ${BRANCH}` : `branch ${branch}`}: versions are published from ${BRANCH}.`;
}

function versionIsOne({ version }) {
  if (/^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/i.test(version) && version !== '0.0.0') return undefined;
  return `package.json has no version to publish: "${version}".`;
}

function changelogHasVersion({ root, version }) {
  const sections = readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m).slice(1);
  const section = sections.find((text) => text.split('\n')[0].split(' ')[0] === version);
  if (section === undefined) return `CHANGELOG.md has no section "## ${version}": write what has changed.`;
  if (!/^- /m.test(section)) return `The section of ${version} in CHANGELOG.md names no change.`;
  return undefined;
}

function tagIsHere({ root, version }) {
  const tagged = git(root, 'rev-list', '-n', '1', '--ignore-missing', `v${version}`);
  if (tagged === '' || tagged === git(root, 'rev-parse', 'HEAD')) return undefined;
  return `Tag v${version} stands on another commit: raise the version.`;
}

function packageIsBuilt({ isBuilt }) {
  return isBuilt() ? undefined : 'dist/ is not what the sources build: npm run build.';
}

function holds(root, branch) {
  try {
    git(root, 'merge-base', '--is-ancestor', 'HEAD', branch);
    return true;
  } catch {
    return false;
  }
}

function git(root, ...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
}
