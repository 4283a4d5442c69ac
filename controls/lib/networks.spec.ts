import fc from "fast-check";
import assert from "node:assert/strict";
import {
  addressCount,
  addressRange,
  isBroad,
  isBroadCount,
  isPrivate,
  networkOf,
  prefixOfCount,
  within,
} from "./networks";

const range = (text: string) => addressRange(text) ?? assert.fail(`${text} is no range`);

describe("address ranges", () => {
  it("understands every spelling of a range", () => {
    assert.deepEqual(range("0:0:0:0:0:0:0:0/0"), range("::/0"));
    assert.deepEqual(range("0000::/0"), range("::/0"));
    assert.deepEqual(range("1.2.3.4/0"), range("0.0.0.0/0"));
    assert.deepEqual(range("2001:DB8::/32"), range("2001:db8:0::0/32"));
    assert.deepEqual(range("192.0.2.1"), range("192.0.2.1/32"));
    assert.deepEqual(range("::ffff:0.0.0.0/96"), range("0.0.0.0/0"));
    assert.deepEqual(range("::192.0.2.1"), range("::c000:201"));
  });

  it("refuses what is no range", () => {
    for (const text of [
      "",
      "any",
      "10.0.0.0/33",
      "10.0.0/8",
      "::/129",
      "10.0.0.0/8/8",
      "10.0.0.0/",
      "10.0.0.0/-1",
      "fe80::1%eth0",
      "010.0.0.1",
    ]) {
      assert.equal(addressRange(text), undefined, text);
    }
  });

  it("draws the line of the whole internet between /7 and /8, and between /31 and /32", () => {
    assert.deepEqual(
      ["0.0.0.0/0", "128.0.0.0/1", "8.0.0.0/7", "8.0.0.0/8"].map((text) => isBroad(range(text))),
      [true, true, true, false],
    );
    assert.deepEqual(
      ["::/0", "2000::/3", "2001:db8::/31", "2001:db8::/32"].map((text) => isBroad(range(text))),
      [true, true, true, false],
    );
  });

  it("knows what is not on the internet, and nothing broader than that", () => {
    for (const text of [
      "10.0.0.0/8",
      "10.200.0.0/16",
      "172.16.0.0/12",
      "172.31.255.255",
      "192.168.1.0/24",
      "fd00::/8",
      "fc00::/7",
    ]) {
      assert.equal(isPrivate(range(text)), true, text);
    }
    for (const text of [
      "0.0.0.0/0",
      "10.0.0.0/7",
      "172.32.0.0/16",
      "192.169.0.0/16",
      "fc00::/6",
      "2001:db8::/32",
    ]) {
      assert.equal(isPrivate(range(text)), false, text);
    }
  });

  it("finds every address in each range around it", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, prefix) => {
        assert.equal(within(range(address), range(`${address}/${prefix}`)), true);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), (address, prefix) => {
        const inner = range(address);
        // An IPv4 address written as an IPv6 one isn't in IPv6's ranges.
        if (inner.family === 6) assert.equal(within(inner, range(`${address}/${prefix}`)), true);
      }),
    );
  });

  it("distinguishes neighbours", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), (address, prefix) => {
        const here = range(`${address}/${prefix}`);
        const octets = here.first.toByteArray();
        const last = prefix - 1;
        octets[last >> 3]! ^= 0x80 >> (last & 7);
        assert.equal(within(range(`${octets.join(".")}/${prefix}`), here), false);
      }),
    );
  });

  it("names the network around an address, as it reads one", () => {
    assert.equal(networkOf(range("203.0.113.57"), 16), "203.0.0.0/16");
    assert.equal(networkOf(range("2001:db8:17::5"), 32), "2001:db8:0:0:0:0:0:0/32");
    const property = (address: string, prefix: number) => {
      const inner = range(address);
      const network = range(networkOf(inner, prefix));
      assert.equal(network.prefix, prefix);
      assert.equal(within(inner, network), true);
    };
    fc.assert(fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), property));
    // Shorter ones than the mapped addresses' would be read as IPv4.
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 1, max: 95 }), (address, prefix) => {
        if (range(address).family === 6) property(address, prefix);
      }),
    );
  });

  it("never throws, whatever text it is given", () => {
    fc.assert(fc.property(fc.string(), (text) => void addressRange(text)));
  });
});

describe("several address ranges", () => {
  const count = (...texts: string[]) => addressCount(texts.map(range), 4);

  it("have each of their addresses once", () => {
    assert.equal(count(), 0n);
    assert.equal(count("192.0.2.0/24", "192.0.2.0/24", "192.0.2.7/32", "198.51.100.0/25"), 384n);
    assert.equal(count("0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8"), 1n << 32n);
    assert.equal(addressCount([range("::/0"), range("0.0.0.0/0")], 6), 1n << 128n);
  });

  it("have as many as the sum of parts that don't overlap", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 255 })), (firsts) => {
        assert.equal(count(...firsts.map((first) => `${first}.0.0.0/8`)), BigInt(firsts.length) << 24n);
      }),
    );
  });

  it("count as the internet from the size of the narrowest range that does", () => {
    assert.equal(isBroadCount(count("8.0.0.0/7"), 4), true);
    assert.equal(isBroadCount(count("8.0.0.0/8", "11.0.0.0/9", "203.0.113.0/24"), 4), false);
    assert.equal(isBroadCount(1n << 97n, 6), true);
    assert.equal(isBroadCount((1n << 97n) - 1n, 6), false);
    assert.deepEqual(
      [prefixOfCount(1n << 32n, 4), prefixOfCount(1n << 24n, 4), prefixOfCount(3n << 24n, 4)],
      [0, 8, 7],
    );
  });
});
