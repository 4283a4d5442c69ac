/** Unpacks a gzip file piece by piece, with all that comes before a fault. */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

/** What is packed goes in by as much: where a fault is, these are gone through once more, byte by byte. */
const packedPiece = 16 * 1024;

/**
 * Hands the text to `take`. zlib keeps back what it unpacked in the very step that fails; so those bytes are given to it again, one
 * by one, when all but what is at the fault comes out.
 * @throws the file's or zlib's error, after all that could be read
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
  /** Where in the file the step began that failed. */
  at: number;
}

/** From the offset `bytewise` on, each byte is a step of its own. */
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
