/** The name of a profile's first store; those made again later carry `-<generation>` behind it. The name of a file, so never personal. */
export function storeBaseName(profile: string): string {
  return `suar-${profile}`;
}
