// Temporal loads this file by its path, with require. Messages and stacks of failures become payloads, which the codec encrypts.
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
