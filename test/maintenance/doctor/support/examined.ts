import { inject, onTestFinished, vi } from 'vitest';
import type { DoctorCheck, DoctorFinding, DoctorReport } from '../../../../src/contract/doctor-report.ts';
import { examine } from '../../../../src/maintenance/doctor/doctor.ts';
import type { DoctorLimits } from '../../../../src/maintenance/doctor/subject.ts';
import { freePort } from '../../../support/ports.ts';

export const VERSION = '1.0.0';

/** Of a report: what was found of each check. */
export interface Examined {
  readonly report: DoctorReport;
  /** The only or first finding of a check. */
  of(check: DoctorCheck): DoctorFinding;
  readonly failed: readonly DoctorCheck[];
}

function examined(report: DoctorReport): Examined {
  return {
    report,
    of(check) {
      const found = report.checks.find((each) => each.check === check);
      if (!found) throw new Error(`nothing was said of ${check}`);
      return found;
    },
    failed: report.checks.filter(({ state }) => state === 'failed').map(({ check }) => check),
  };
}

/** What leads to a queue, and is not to come from the environment of the tests. */
const NONE = {
  DATABASE_URL: undefined,
  DATABASE_URL_FILE: undefined,
  DATA_DIR: undefined,
  TEMPORAL_NAMESPACE: undefined,
};

/**
 * Looks at the queue that these settings name, in this process. A closed port stands for what is not named.
 * @param env beside the run's Temporal
 */
export async function bySettings(
  env: Readonly<Record<string, string>>,
  limits: Partial<DoctorLimits> = {},
): Promise<Examined> {
  const [http, agent] = [await freePort(), await freePort()];
  const settings = {
    ...NONE,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    AGENT_URL: `http://127.0.0.1:${agent}`,
    PORT: String(http),
    ...env,
  };
  return withEnvironment(settings, () => examine({ version: VERSION, limits }));
}

/** Looks at the queue of a folder. */
export function byFolder(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  limits: Partial<DoctorLimits> = {},
): Promise<Examined> {
  return withEnvironment({ ...NONE, PORT: '0', ...env }, () => examine({ dataDir, version: VERSION, limits }));
}

async function withEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  work: () => Promise<DoctorReport>,
): Promise<Examined> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return examined(await work());
}
