import { describe, expect, it } from 'vitest';
import { FILL, LIMITS, planFor } from '../../bench/capacity/plan.ts';
import { type Scene, simulate } from '../../bench/capacity/simulate.ts';

const perJob = {
  cpuMs: { server: 5, worker: 10, ledger: 8, temporal: 20 },
  commits: 10,
  walBytes: 20_000,
  ledgerBytes: 6_000,
  historyBytes: 3_000,
};
const load = { jobsPerSecond: 100, readingSeconds: 2, imageBytes: 300_000, cores: 16 };

describe('[P6] a plan', () => {
  it('is the cost of a job times the jobs, over what each part carries', () => {
    const plan = planFor(load, { perJob });
    expect(plan).toMatchObject({
      busyCores: { server: 0.5, worker: 1, ledger: 0.8, temporal: 2 },
      ledgers: 1,
      ledgerLimit: null,
      callsInFlight: 200,
      slots: Math.ceil(200 / FILL),
      commitsPerSecond: 1_000,
      walBytesPerSecond: 2e6,
      ledgerBytesPerDay: 6_000 * 100 * 86_400,
    });
    expect(plan.workers * LIMITS.callsAWorker).toBeGreaterThanOrEqual(plan.slots);
  });

  it('divides the ledger where its processors or its log give out, and says which', () => {
    const wide = { ...load, jobsPerSecond: 100_000 };
    expect(planFor(wide, { perJob })).toMatchObject({ ledgers: 84, ledgerLimit: 'processors' });
    const chatty = { perJob: { ...perJob, walBytes: 1e6 } };
    expect(planFor(wide, chatty)).toMatchObject({ ledgers: 1_000, ledgerLimit: 'log' });
  });

  it('has a power of two of history shards, which never change', () => {
    for (const jobsPerSecond of [0.1, 10, 333, 1_000, 100_000]) {
      const { historyShards } = planFor({ ...load, jobsPerSecond }, { perJob });
      expect(Math.log2(historyShards) % 1).toBe(0);
      const changes = jobsPerSecond * LIMITS.changesAJob;
      expect(historyShards * LIMITS.shardChangesS * FILL).toBeGreaterThanOrEqual(changes);
    }
  });
});

/** Mean wait of M/M/c before service: Erlang's C formula over the spare rate (A. K. Erlang, 1917). */
function erlangWait({ jobsPerSecond, readingSeconds, slots }: Scene): number {
  const offered = jobsPerSecond * readingSeconds;
  let blocked = 1;
  for (let slot = 1; slot <= slots; slot++) blocked = (offered * blocked) / (slot + offered * blocked);
  const waits = blocked / (1 - (offered / slots) * (1 - blocked));
  return (waits * readingSeconds) / (slots - offered);
}

describe('[P6] the simulation', () => {
  const scene: Scene = {
    jobsPerSecond: 10,
    readingSeconds: 2,
    spread: 1,
    slots: 23,
    handoverSeconds: 0,
    jobs: 400_000,
    seed: 7,
  };

  it('gives the same for the same seed, and another for another', () => {
    const few = { ...scene, jobs: 20_000 };
    expect(simulate(few)).toEqual(simulate(few));
    expect(simulate(few)).not.toEqual(simulate({ ...few, seed: 8 }));
  });

  it('agrees with theory: half of Erlang’s wait where all readings are alike, and about all of it where they are as spread', () => {
    const theory = erlangWait(scene);
    const { mean } = simulate(scene).waitSeconds;
    expect(mean / theory).toBeGreaterThan(0.8);
    expect(mean / theory).toBeLessThan(1.25);
    const alike = simulate({ ...scene, spread: 0 }).waitSeconds.mean;
    expect(alike / theory).toBeGreaterThan(0.4);
    expect(alike / theory).toBeLessThan(0.65);
  });

  it('has waits that grow as slots are taken away, and as many slots taken as are offered', () => {
    const waits = [40, 30, 25, 22, 21].map((slots) => simulate({ ...scene, slots }).waitSeconds.p95);
    expect(waits).toEqual([...waits].sort((left, right) => left - right));
    expect(simulate({ ...scene, slots: 40 }).utilisation).toBeCloseTo(0.5, 2);
  });
});
