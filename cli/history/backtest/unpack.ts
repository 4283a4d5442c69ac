/** Unpacks a gzip file piece by piece, up to a fault. */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

/** The size of a packed piece. At a fault, the piece is unpacked again byte by byte. */
const packedPiece = 16 * 1024;

/**
 * Passes the text to `take`. zlib withholds what it unpacked in the step that fails, so the bytes of that step are fed again one by
 * one, which yields everything before the fault.
 * @throws the file's or zlib's error, after everything readable
 */
export async function unpack(file: string, take: (piece: Buffer) => void): Promise<void> {
  let given = 0;
  const first = await gunzipUntilFault(file, Infinity, (piece) => {
    given += piece.length;
    take(piece);
  });
  if (!first) return;
  if (first.error.code === "Z_DATA_ERROR") {
    let again = 0;
    await gunzipUntilFault(file, first.at, (piece) => {
      const known = Math.max(0, given - again);
      again += piece.length;
      if (known < piece.length) take(piece.subarray(known));
    });
  }
  throw first.error;
}

interface Fault {
  error: NodeJS.ErrnoException;
  /** The offset in the file at which the failed step began. */
  at: number;
}

/** From the offset `bytewise` on, each byte is its own step. */
async function gunzipUntilFault(
  file: string,
  bytewise: number,
  take: (piece: Buffer) => void,
): Promise<Fault | undefined> {
  const gunzip = createGunzip({ chunkSize: 1024 * 1024 });
  let at = 0;
  gunzip.on("data", take);
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => gunzip.once("error", resolve));
  const ended = new Promise<undefined>((resolve) => gunzip.once("end", () => resolve(undefined)));
  const step = async (bytes: Buffer): Promise<NodeJS.ErrnoException | undefined> => {
    const done = new Promise<undefined>((resolve) => gunzip.write(bytes, () => resolve(undefined)));
    return (await Promise.race([done, failed])) ?? (gunzip.errored as NodeJS.ErrnoException) ?? undefined;
  };
  try {
    for await (const piece of createReadStream(file, { highWaterMark: packedPiece })) {
      const bytes = piece as Buffer;
      const size = at >= bytewise ? 1 : bytes.length;
      for (let i = 0; i < bytes.length; i += size) {
        const error = await step(bytes.subarray(i, i + size));
        if (error) return { error, at };
        at += size;
      }
    }
    gunzip.end();
    const error = await Promise.race([ended, failed]);
    return error ? { error, at } : undefined;
  } catch (error) {
    return { error: error as NodeJS.ErrnoException, at };
  } finally {
    gunzip.destroy();
  }
}
