/** The job of every peer: notes when it begins and ends, and takes as long as the file `job-ms` says. */
export function handle(job: { readonly receipt_id: number }, isWanted?: () => boolean): Promise<void>;

/** Milliseconds of the clock that all processes of one machine share. */
export function now(): number;
