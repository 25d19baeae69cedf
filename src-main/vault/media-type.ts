/** A kind of file by the bytes it begins with. */
interface Magic {
  readonly type: string;
  readonly at: number;
  readonly hex: string;
}

/** Signatures of what officers seize most, the longer ones first where one begins like another (IANA media types; x- where none is registered). */
const MAGIC: readonly Magic[] = [
  { type: 'application/x-ewf', at: 0, hex: '455646090d0aff00' },
  { type: 'application/x-ewf2', at: 0, hex: '455646320d0a8100' },
  { type: 'application/vnd.sqlite3', at: 0, hex: '53514c69746520666f726d6174203300' },
  { type: 'image/png', at: 0, hex: '89504e470d0a1a0a' },
  { type: 'application/x-7z-compressed', at: 0, hex: '377abcaf271c' },
  { type: 'application/vnd.rar', at: 0, hex: '526172211a07' },
  { type: 'application/x-ole-storage', at: 0, hex: 'd0cf11e0a1b11ae1' },
  { type: 'application/pdf', at: 0, hex: '255044462d' },
  { type: 'application/x-tar', at: 257, hex: '7573746172' },
  { type: 'video/mp4', at: 4, hex: '66747970' },
  { type: 'image/webp', at: 8, hex: '57454250' },
  { type: 'audio/wav', at: 8, hex: '57415645' },
  { type: 'video/x-msvideo', at: 8, hex: '41564920' },
  { type: 'video/x-matroska', at: 0, hex: '1a45dfa3' },
  { type: 'application/vnd.tcpdump.pcap', at: 0, hex: 'd4c3b2a1' },
  { type: 'application/vnd.tcpdump.pcap', at: 0, hex: 'a1b2c3d4' },
  { type: 'application/x-pcapng', at: 0, hex: '0a0d0d0a' },
  { type: 'application/zip', at: 0, hex: '504b0304' },
  { type: 'application/zip', at: 0, hex: '504b0506' },
  { type: 'application/x-executable', at: 0, hex: '7f454c46' },
  { type: 'image/gif', at: 0, hex: '47494638' },
  { type: 'image/tiff', at: 0, hex: '49492a00' },
  { type: 'image/tiff', at: 0, hex: '4d4d002a' },
  { type: 'image/jpeg', at: 0, hex: 'ffd8ff' },
  { type: 'audio/mpeg', at: 0, hex: '494433' },
  { type: 'application/gzip', at: 0, hex: '1f8b' },
  { type: 'application/vnd.microsoft.portable-executable', at: 0, hex: '4d5a' },
];

/** Bytes {@link mediaTypeOf} looks at. */
export const MEDIA_TYPE_BYTES = 512;

/** Media type by the first bytes of a file; `application/octet-stream` where they say nothing. The name is never asked: it is the suspect's. */
export function mediaTypeOf(head: Uint8Array): string {
  const hex = Buffer.from(head.subarray(0, MEDIA_TYPE_BYTES)).toString('hex');
  return MAGIC.find((magic) => hex.startsWith(magic.hex, magic.at * 2))?.type ?? 'application/octet-stream';
}
