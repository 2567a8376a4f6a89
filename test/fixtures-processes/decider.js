/**
 * A person in another process: lists what waits for a decision over the channel to its parent, accepts the first in the name of `ada`, and leaves.
 */
let isAsked = false;

process.on('message', ({ ok, approvals }) => {
  if (!isAsked && ok && approvals.length > 0) {
    isAsked = true;
    const [{ id }] = approvals;
    process.send({
      type: 'approvals.decide',
      id,
      decision: { type: 'accept' },
      who: 'ada',
      why: 'from afar',
    });
  } else process.disconnect();
});

process.send({ type: 'approvals.list' });
