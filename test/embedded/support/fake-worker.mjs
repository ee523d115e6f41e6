process.env.FAKE_ROLE = 'worker';
await import('./fake-role.mjs');
