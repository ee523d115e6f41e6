/** SQL, of jobs `j`: the generation with the subject $1 and the number $2. */
export const OF_GENERATION = `(j.kind = 'ocr' and j.subject = $1 and j.generation = $2)`;

/** SQL, of jobs `j`: the fence of everything that the engine writes back; the generation while $3 is its current run. */
export const OF_RUN = `(j.kind = 'ocr' and j.subject = $1 and j.generation = $2 and j.run_no = $3)`;
