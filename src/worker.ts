import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { VERSION } from '../mcp/version.ts';
import { drained } from './burst.ts';
import { composeQueue, workerSettingsOf } from './compose.ts';
import { addReadings } from './compose-metrics.ts';
import { composeWorker } from './compose-worker.ts';
import { readConfig } from './config.ts';
import { EARLY_COLLECTION } from './contract/memory-flags.ts';
import { WORKER_STOP } from './contract/policies.ts';
import { installRuntime } from './engine/workers.ts';
import { openMetricsPort } from './metrics-port.ts';
import { runEntry, runProcess } from './process-life.ts';
import { createTelemetry } from './telemetry/create-telemetry.ts';

/** Entry of a worker: `pantry-queue worker`. */
export async function main(flags: { readonly burst?: boolean; readonly role?: string } = {}): Promise<void> {
  // However it was started: `up` gives the same on the command line.
  for (const flag of EARLY_COLLECTION) setFlagsFromString(flag);
  const config = readConfig({
    ...process.env,
    ...(flags.burst && { BURST_MODE: 'true' }),
    ...(flags.role !== undefined && { WORKER_ROLE: flags.role }),
  });
  const { log, ...telemetry } = await createTelemetry({ ...config, process: 'worker', version: VERSION });
  await runProcess(log, async () => {
    const { host, temporalPort } = config.metrics;
    installRuntime(log, temporalPort === undefined ? undefined : addressOf(host, temporalPort));
    const settings = workerSettingsOf(config);
    // Each slot holds a connection only while it writes; a fifth of them is enough to keep writes from queueing up.
    const maxConnections = Math.min(20, 6 + Math.ceil(settings.agentSlots / 5));
    const base = await composeQueue(settings, log, {
      applicationName: 'pantry-queue worker',
      maxConnections,
      usesImages: false,
      telemetry,
    });
    const worker = composeWorker(settings, log, base);
    addReadings(telemetry.metrics, base, 'worker');
    telemetry.metrics.addSource(() => {
      const { inFlight, slots } = worker.calls();
      return [
        { name: 'pantry_agent_calls_in_flight', value: inFlight },
        { name: 'pantry_agent_call_slots', value: slots },
      ];
    });
    const closeMetrics = await openMetricsPort(config, telemetry.metrics, log).catch(async (error: unknown) => {
      await base.close();
      throw error;
    });
    const { burst, burstLimitMs } = config.worker;
    const running = worker.run();
    const stopped = running.then(() => undefined);
    return {
      ready: worker.settled,
      ended: burst ? Promise.race([stopped, drained({ ...base, log }, { limitMs: burstLimitMs })]) : stopped,
      async stop() {
        worker.stop();
        await running;
        await base.close();
        await Promise.all([closeMetrics(), telemetry.close()]);
      },
      stopsWithinMs: settings.shutdownGraceMs + WORKER_STOP.handBackMs,
    };
  });
}

const addressOf = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

if (fileURLToPath(import.meta.url) === process.argv[1]) await runEntry(main);
