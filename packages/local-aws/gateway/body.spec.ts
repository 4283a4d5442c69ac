import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { BoundedBody, plainBody } from "./body";

describe("A kept body", () => {
  it("is complete up to the limit and missing beyond it, and every byte is counted", () => {
    const exact = new BoundedBody(6);
    const longer = new BoundedBody(5);

    for (const keeper of [exact, longer]) for (const text of ["abc", "def"]) keeper.add(Buffer.from(text));

    assert.equal(exact.whole()?.toString(), "abcdef");
    assert.equal(longer.whole(), undefined);
    assert.equal(longer.total, 6);
  });

  it("is known to be empty even if nothing is kept", () => {
    assert.equal(new BoundedBody(0).whole()?.length, 0);
  });
});

describe("A body's transfer encoding", () => {
  it("is undone when it is aws-chunked, with signatures and trailers", () => {
    const framed = Buffer.from(
      "3;chunk-signature=ab\r\nabc\r\nA\r\n0123456789\r\n0;chunk-signature=cd\r\nx-amz-checksum-crc32:AAAA==\r\n\r\n",
    );

    assert.equal(plainBody(framed, { "content-encoding": "aws-chunked" }).toString(), "abc0123456789");
    assert.equal(
      plainBody(framed, { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER" }).toString(),
      "abc0123456789",
    );
  });

  it("stays as it is if it is not framed although its headers say so", () => {
    const body = Buffer.from("<Tagging/>");

    assert.deepEqual(plainBody(body, { "content-encoding": "aws-chunked" }), body);
  });

  it("is undone when it is gzip", () => {
    assert.equal(plainBody(gzipSync("hello"), { "content-encoding": "gzip" }).toString(), "hello");
  });
});
