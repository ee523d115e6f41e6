import type { Sabotage } from './row.ts';

const secondKind = ['test/jobs/second-kind.test.ts'];

/** What keeps kinds of job apart, and the jobs of other programs alone. */
export const KIND_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the kind in the key of a job',
    promise: 'Q21: jobs of two kinds about the same number are two jobs',
    file: 'src/ledger/job-key.ts',
    find: 'j.kind = $1 and',
    replace: '$1::text is not null and',
    everywhere: true,
    tests: secondKind,
  },
  {
    guard: 'what a job was made of, beside what its subject is now',
    promise: 'Q21: no result is saved for a subject that was changed meanwhile, whatever its kind',
    file: 'src/ledger/functions/same-subject.sql',
    find: "found - 'made' = params - 'made' and ",
    replace: '',
    tests: secondKind,
  },
  {
    guard: 'what a caller says that a subject is',
    promise: 'Q2: asked for with another making, a job is refused',
    file: 'src/ledger/kind-functions/accept.sql',
    find: 'else not r.params @> $2 end',
    replace: 'else false end',
    tests: secondKind,
  },
  {
    guard: 'admission of the kinds only that the program knows',
    promise: 'Q21: a job of an unknown kind is left alone and holds up nobody',
    file: 'src/ledger/admission.ts',
    find: 'coalesce(min(c.room - c.taken), g.places) else 0 end as room',
    replace: 'coalesce(min(c.room - c.taken), g.places) else g.places end as room',
    tests: ['test/dispatch/caps.test.ts'],
  },
  {
    guard: 'sweeps of the kinds only that the program knows',
    promise: 'Q21: a job of an unknown kind is left alone',
    file: 'src/ledger/job-key.ts',
    find: "kind || '' = any (${names}::text[])",
    replace: "kind || '' = any (${names}::text[]) is not null",
    tests: secondKind,
  },
  {
    guard: 'a job of an unknown kind is said by the checker',
    promise: 'Q21: what is left alone is said',
    file: 'src/verify/job-checks.ts',
    find: 'case when j.kind not in ${list(kinds.names)} then',
    replace: 'case when j.kind not in ${list(kinds.names)} and false then',
    tests: secondKind,
  },
  {
    guard: 'an activity refuses a job of an unknown kind',
    promise: 'Q21: a run of an unknown kind ends quietly',
    file: 'activities/own-run.ts',
    find: 'if (!deps.db.kinds.find(run.kind)) return',
    replace: 'if (!deps.db.kinds) return',
    tests: secondKind,
  },
  {
    guard: 'an unknown kind is named at the doors',
    promise: 'I8: every refusal says which value and what is allowed',
    file: 'src/queue/own-job.ts',
    find: 'if (!kinds.find(key.kind)) throw noSuchKind(kinds, key.kind, jobId);',
    replace: '',
    tests: secondKind,
  },
  {
    guard: 'a reading without what no row names',
    promise: 'what the row does not name never leaves',
    file: 'src/contract/strip.ts',
    find: 'names.every((name) => Object.hasOwn(value, name))',
    replace: 'names.length === 0',
    tests: ['test/queue/pipeline.test.ts'],
  },
];
