import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const APT = '/usr/bin/apt-get';

export type Installed = { readonly program: string } | { readonly missing: string };

/** A program that npm does not bring: where it is, from Debian's package where we may install it; else why there is none. */
export function installedFrom(debianPackage: string, find: () => string | undefined): Installed {
  const found = find();
  if (found !== undefined) return { program: found };
  if (process.getuid?.() !== 0 || !existsSync(APT)) {
    return {
      missing: `${debianPackage} is not installed, and only root on Debian can install it (apt-get install ${debianPackage})`,
    };
  }
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync(APT, ['update'], { env, stdio: 'pipe' });
    execFileSync(APT, ['install', '-y', '--no-install-recommends', debianPackage], { env, stdio: 'pipe' });
  } catch (error) {
    return { missing: `apt-get install ${debianPackage} failed: ${String(error).slice(0, 200)}` };
  }
  const program = find();
  return program === undefined ? { missing: `Debian’s package ${debianPackage} has no such program` } : { program };
}
