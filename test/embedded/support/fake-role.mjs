// Stands in for the agent, the worker and the server: the same IPC, the same signals, no work.
import { createServer } from 'node:http';

const port = Number(process.env.FAKE_ROLE === 'server' ? process.env.PORT : 0);
const counts = { count: 0, started_jobs: 0, scheduled_jobs: 0, deferred_jobs: 0 };
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(counts));
});
server.listen(port, '127.0.0.1', () => {
  process.send?.({ event: 'listening', port: server.address().port });
  process.send?.({ event: 'ready' });
});
const end = () => process.exit(0);
process.on('SIGTERM', end);
process.on('disconnect', end);
