/**
 * The session of the last connection to one hub with one certificate: TLS 1.3 goes on with it (RFC 8446 §2.2) without sending certificates again, 2 kB less
 * to a connection. Both sides have proved themselves in it, and the hub asks its database about the certificate at every request as ever.
 */
export interface Resumption {
  session?: Buffer;
}

/** Sessions by the address of the hub; all of them are forgotten when whom to trust or the own certificate changes. */
export interface Resumptions {
  /** `proof`: the authority and the own certificate, PEM. */
  readonly of: (address: string, proof: string) => Resumption;
  readonly forget: () => void;
}

/** Creates an empty memory. */
export function createResumptions(): Resumptions {
  const byAddress = new Map<string, Resumption>();
  let current = '';
  const forget = (): void => {
    for (const { session } of byAddress.values()) session?.fill(0);
    byAddress.clear();
  };
  return {
    of: (address, proof) => {
      if (proof !== current) forget();
      current = proof;
      const resumption = byAddress.get(address) ?? {};
      byAddress.set(address, resumption);
      return resumption;
    },
    forget,
  };
}
