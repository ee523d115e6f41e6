/** `node healthy.mjs URL`: exit 0 when it answers 2xx within 4 s. The health check of containers, which have no curl. */
const [url] = process.argv.slice(2);
const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) }).catch((error) => error);
if (answer.ok) process.exit(0);
process.stderr.write(`${url}: ${answer.status ?? answer.cause?.code ?? answer.message}\n`);
process.exit(1);
