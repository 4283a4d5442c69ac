/** Bodies of requests and answers: how much is kept, and how transfer encodings are undone. */
import { gunzipSync } from "node:zlib";

/** Larger bodies are forwarded, but not kept: the call is recorded without their content. Bytes. */
export const MAXIMUM_KEPT_BYTES = 16 * 2 ** 20;

/** Collects a stream's chunks up to a limit, and nothing if the stream is longer. */
export class BoundedBody {
  private chunks: Buffer[] = [];
  private kept = 0;
  private over = false;
  /** All bytes of the stream. */
  total = 0;

  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    this.total += chunk.length;
    if (this.over || this.limit === 0) return;
    this.kept += chunk.length;
    if (this.kept > this.limit) {
      this.over = true;
      this.chunks = [];
    } else this.chunks.push(chunk);
  }

  /** The whole body; undefined if it was longer than the limit. */
  whole(): Buffer | undefined {
    if (this.over || (this.limit === 0 && this.total > 0)) return undefined;
    return Buffer.concat(this.chunks);
  }
}

/** The body without aws-chunked framing and compression. */
export function plainBody(body: Buffer, headers: Record<string, string>): Buffer {
  const encodings = (headers["content-encoding"] ?? "")
    .split(",")
    .map((encoding) => encoding.trim().toLowerCase());
  const chunked =
    encodings.includes("aws-chunked") || headers["x-amz-content-sha256"]?.startsWith("STREAMING-") === true;
  const dechunked = chunked ? withoutAwsChunks(body) : body;
  const zipped = encodings.includes("gzip") && dechunked[0] === 0x1f && dechunked[1] === 0x8b;
  return zipped ? gunzipSync(dechunked, { maxOutputLength: MAXIMUM_KEPT_BYTES }) : dechunked;
}

/** `<hex length>[;chunk-signature=…]\r\n<bytes>\r\n … 0\r\n<trailers>`; a body without this framing is returned unchanged. */
function withoutAwsChunks(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at < body.length) {
    const end = body.indexOf("\r\n", at);
    const length = /^([0-9a-f]+)(;.*)?$/i.exec(end < 0 ? "" : body.toString("latin1", at, end))?.[1];
    if (length === undefined) return body;
    const size = Number.parseInt(length, 16);
    if (size === 0) break;
    pieces.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(pieces);
}
