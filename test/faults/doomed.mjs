// The built program first, without tsx: through its hooks each import takes twice the time, and a killed process is
// started again and again.
import '../../dist/src/agent/http-agent.js';
import '../../dist/src/compose.js';
import '../../dist/src/compose-worker.js';
import '../../dist/src/engine/workers.js';
import { register } from 'tsx/esm/api';

register();
await import('./doomed-worker.ts');
