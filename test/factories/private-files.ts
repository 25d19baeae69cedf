/** The origin's private file system in memory, as Chromium keeps it: one access handle a file, and a power cut that takes what was not flushed. */

interface Node {
  readonly files: Map<string, Content>;
  readonly folders: Map<string, Node>;
}

interface Content {
  bytes: Uint8Array;
  /** What a power cut leaves. */
  flushed: Uint8Array;
  holder: object | undefined;
}

/** A file system, and what a test does to it. */
export interface PrivateFiles {
  /** What a worker's globals are to be. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** How often a file was read. */
  readonly reads: () => number;
  /** Every handle ends, as with the worker that had it. */
  readonly release: () => void;
  /** Every handle ends, and what was not flushed is gone. */
  readonly cutPower: () => void;
  /** Called where a handle is refused, because another worker has the file. */
  onRefused: (() => void) | undefined;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);
const refusal = (name: string) => new DOMException(name, name);

/** An empty file system. */
export function createPrivateFiles(): PrivateFiles {
  const root: Node = { files: new Map(), folders: new Map() };
  const all = (node: Node): Content[] => [...node.files.values(), ...[...node.folders.values()].flatMap(all)];

  class FolderHandle {
    readonly kind = 'directory';
    readonly #node: Node;
    constructor(node: Node) {
      this.#node = node;
    }
    async getDirectoryHandle(name: string): Promise<FolderHandle> {
      const folder = this.#node.folders.get(name) ?? { files: new Map(), folders: new Map() };
      this.#node.folders.set(name, folder);
      return new FolderHandle(folder);
    }
    async getFileHandle(name: string): Promise<object> {
      const none = new Uint8Array();
      const content = this.#node.files.get(name) ?? { bytes: none, flushed: none, holder: undefined };
      this.#node.files.set(name, content);
      return fileHandle(content);
    }
    async removeEntry(name: string): Promise<void> {
      const [file, folder] = [this.#node.files.get(name), this.#node.folders.get(name)];
      if (!file && !folder) throw refusal('NotFoundError');
      if ([...(file ? [file] : []), ...(folder ? all(folder) : [])].some(({ holder }) => holder)) throw refusal('NoModificationAllowedError');
      this.#node.files.delete(name);
      this.#node.folders.delete(name);
    }
    async *[Symbol.asyncIterator](): AsyncGenerator<readonly [string, object]> {
      for (const [name, content] of this.#node.files) yield [name, fileHandle(content)];
      for (const [name, node] of this.#node.folders) yield [name, new FolderHandle(node)];
    }
    async *values(): AsyncGenerator<object> {
      for await (const [, handle] of this) yield handle;
    }
  }

  const fileHandle = (content: Content) => ({
    kind: 'file',
    createSyncAccessHandle: async () => {
      await Promise.resolve();
      if (content.holder) {
        made.onRefused?.();
        throw refusal('NoModificationAllowedError');
      }
      return accessHandle(content, () => reads++);
    },
  });

  let reads = 0;
  const made: PrivateFiles = {
    reads: () => reads,
    globals: {
      navigator: { ...navigator, storage: { getDirectory: async () => new FolderHandle(root) } },
      FileSystemHandle: Object,
      FileSystemDirectoryHandle: FolderHandle,
      FileSystemFileHandle: class {
        createSyncAccessHandle(): void {}
      },
    },
    release: () => all(root).forEach((content) => (content.holder = undefined)),
    cutPower: () => {
      for (const content of all(root)) Object.assign(content, { bytes: content.flushed.slice(), holder: undefined });
    },
    onRefused: undefined,
  };
  return made;
}

function accessHandle(content: Content, onRead: () => void): object {
  const own = {
    getSize: () => held().bytes.length,
    read: (into: ArrayBufferView, { at = 0 } = {}) => {
      onRead();
      const part = held().bytes.subarray(at, at + into.byteLength);
      bytesOf(into).set(part);
      return part.length;
    },
    write: (from: ArrayBufferView, { at = 0 } = {}) => {
      const end = at + from.byteLength;
      if (held().bytes.length < end) resize(end);
      content.bytes.set(bytesOf(from), at);
      return from.byteLength;
    },
    truncate: (size: number) => resize(size),
    flush: () => {
      content.flushed = held().bytes.slice();
    },
    close: () => {
      if (content.holder === own) content.holder = undefined;
    },
  };
  const held = (): Content => {
    if (content.holder !== own) throw refusal('InvalidStateError');
    return content;
  };
  const resize = (size: number): void => {
    const { buffer, length } = held().bytes;
    const next = buffer.byteLength < size ? new Uint8Array(new ArrayBuffer(size * 2), 0, size) : new Uint8Array(buffer, 0, size);
    if (next.buffer === buffer) next.fill(0, length);
    else next.set(content.bytes);
    content.bytes = next;
  };
  content.holder = own;
  return own;
}
