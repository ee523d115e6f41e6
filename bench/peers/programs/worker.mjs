/** One worker process of one peer: node worker.mjs NAME NAMESPACE SLOTS */
const [name, namespace, slots] = process.argv.slice(2);
const adapter = await import(`./adapters/${name}.mjs`);
await adapter.work(namespace, Number(slots));
