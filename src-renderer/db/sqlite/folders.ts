/** SQLite's file system over synchronous access handles that the index uses; its pool is a folder of the origin's private file system. */
export const POOL_VFS = 'opfs-sahpool';

/** Each profile has its own pool of index files; that of the earlier layout keeps the name SQLite gives by itself. */
export function poolFolder(profile: string): string {
  return profile === 'main' ? `.${POOL_VFS}` : `.${POOL_VFS}-${profile}`;
}

/** The folder of a profile's stores. */
export function storeFolder(profile: string): string {
  return `.stores-${profile}`;
}
