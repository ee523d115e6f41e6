/** The word for this machine in every `sha256` table, e.g. `linux-x64`. */
export const thisPlatform = `${process.platform}-${process.arch}`;
