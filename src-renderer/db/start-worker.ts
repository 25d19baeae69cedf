/** The one Trusted Types policy of the window: it lets our own bundled workers start, and nothing else. */
const policy = window.trustedTypes?.createPolicy('suar-worker', {
  createScriptURL: (url) => {
    if (new URL(url, location.href).origin !== location.origin) throw new Error('a worker must come from the bundle');
    return url;
  },
});

/** Starts a bundled module worker; `url` comes from an import with `?worker&url`. */
export function startWorker(url: string): Worker {
  return new Worker(policy ? policy.createScriptURL(url) : url, { type: 'module' });
}
