import { cleanLine } from '../../contract/clean-text.ts';
import type { DoctorCheck, DoctorFinding } from '../../contract/doctor-report.ts';
import { type Check, failed, failedBy, skipped, type Told } from './check.ts';

const MAX_TEXT = 1_000;

/**
 * All looks at once, each within its own time and none stopped by another; one whose needs are not met is left out.
 * @param checks in the order of the answer; what one needs stands before it
 * @param clean takes what is secret out of a text
 */
export async function runChecks(checks: readonly Check[], clean: (text: string) => string): Promise<DoctorFinding[]> {
  const found = new Map<DoctorCheck, Promise<readonly Told[]>>();
  const timed = checks.map((check) => {
    const needs = (check.needs ?? []).map((name) => ({ name, told: found.get(name) ?? Promise.resolve([]) }));
    const beganAt = { ms: 0 };
    const told = unmet(needs).then((name) => {
      beganAt.ms = performance.now();
      return name === undefined ? within(check) : [skipped(`not looked at, since ${name} is not well.`)];
    });
    found.set(check.name, told);
    return told.then((all) => ({ check, all, tookMs: Math.round(performance.now() - beganAt.ms) }));
  });
  const done = await Promise.all(timed);
  const text = (words: string) => cleanLine(clean(words), MAX_TEXT);
  return done.flatMap(({ check, all, tookMs }) =>
    all.map(({ state, says, mend, code }) => ({
      check: check.name,
      state,
      says: text(says),
      mend: mend === undefined ? null : text(mend),
      code: code ?? null,
      took_ms: tookMs,
    })),
  );
}

/** The first of the needs that did not turn out well. */
async function unmet(needs: readonly { name: DoctorCheck; told: Promise<readonly Told[]> }[]) {
  for (const { name, told } of needs) {
    if ((await told).some(({ state }) => state === 'failed' || state === 'skipped')) return name;
  }
  return undefined;
}

async function within(check: Check): Promise<readonly Told[]> {
  const { limitMs, code } = check;
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<readonly Told[]>((resolve) => {
    timer = setTimeout(() => {
      late.abort();
      resolve([failed(code, `No answer within ${limitMs / 1_000} s.`, 'Look again: pantry-queue doctor')]);
    }, limitMs);
  });
  try {
    const look = Promise.resolve().then(() => check.look(late.signal));
    const told = await Promise.race([look, limit]);
    return 'state' in told ? [told] : told;
  } catch (error) {
    return [failedBy(error, code)];
  } finally {
    clearTimeout(timer);
  }
}
