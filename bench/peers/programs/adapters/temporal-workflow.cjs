const { proxyActivities } = require('@temporalio/workflow');
const { handle } = proxyActivities({ startToCloseTimeout: '1 minute', heartbeatTimeout: '5 seconds' });
exports.ocr = (job) => handle(job);
