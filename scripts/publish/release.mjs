import { manifestOf, provenanceFinding, releaseFindings } from './checks.mjs';

/**
 * Checks everything, and publishes from CI; without `publish` npm packs and says what it would send.
 * @param run runs a command in the checkout and rejects when it fails
 * @param lint the findings of publint about the package that would be sent
 * @returns whether it went through; each reason that it did not has been said
 */
export async function release({ root, publish, env, isBuilt, run, lint, say }) {
  const findings = releaseFindings({ root, isBuilt });
  const unsigned = publish ? provenanceFinding(env) : undefined;
  if (unsigned !== undefined) findings.push(unsigned);
  if (findings.length === 0) {
    await run('npm', ['run', 'check']);
    findings.push(...(await lint()));
  }
  for (const finding of findings) say(`✗ ${finding}`);
  if (findings.length > 0) return false;
  const { name, version } = manifestOf(root);
  await run('npm', ['publish', '--access', 'public', ...(publish ? ['--provenance'] : ['--dry-run'])]);
  say(publish ? `Published ${name} ${version}.` : `${name} ${version} can be published: push the tag v${version}.`);
  return true;
}
