/** The thread behind createThreadHasher: takes bytes in order, answers each, and gives both digests at the end. */
import { parentPort } from 'node:worker_threads';
import { createFileHasher, type HashAnswer, type HashRequest } from './file-hasher.ts';

const hasher = createFileHasher();
parentPort?.on('message', (request: HashRequest) => {
  const work: Promise<HashAnswer | void> = request === 'end' ? hasher.digests() : hasher.update(request);
  void work.then((answer) => parentPort?.postMessage(answer ?? null));
});
