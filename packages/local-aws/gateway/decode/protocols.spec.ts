import assert from "node:assert/strict";
import { cbor } from "@smithy/core/cbor";
import type { JsonObject } from "@bailiwick/aws-events/record";
import type { OperationModel, Protocol, Shape } from "../models";
import { list, structure, tinyModel } from "../testing/tiny-models";
import { decodeInput } from "./input";
import { decodeError, decodeOutput } from "./output";

const shapes: Record<string, Shape> = {
  Time: { type: "timestamp" },
  Bytes: { type: "blob" },
  Texts: list("Text"),
  Tags: { type: "map", key: { shape: "Text" }, value: { shape: "Text" } },
  Point: structure({ X: "Number", Y: "Number" }),
  Points: list("Point"),
  In: structure({
    Name: "Text",
    Count: "Number",
    On: "Flag",
    At: "Time",
    Names: "Texts",
    Tags: "Tags",
    Points: "Points",
  }),
  Out: structure({ Id: "Text", At: "Time", Points: "Points", Tags: "Tags" }),
};

function operation(protocol: Protocol, more: Record<string, Shape> = {}, uri?: string): OperationModel {
  const operations = { Make: { input: "In", output: "Out", resultWrapper: "MakeResult", uri } };
  const found = tinyModel("tiny", protocol, operations, { ...shapes, ...more }).operations["Make"];
  assert.ok(found);
  return found;
}

const request = { method: "POST", path: "/", query: [] as [string, string][], headers: {} };
const input = (
  made: OperationModel,
  body: string | Uint8Array,
  more: Partial<typeof request> = {},
): JsonObject =>
  decodeInput(made, made.service.metadata.protocol, {
    request: { ...request, ...more },
    labels: {},
    body: Buffer.from(body as string),
  });
const output = (
  made: OperationModel,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): JsonObject =>
  decodeOutput(made, made.service.metadata.protocol, {
    status: 200,
    headers,
    body: Buffer.from(body as string),
  });

describe("Parameters on the wire", () => {
  const expected = {
    Name: "a b",
    Count: 3,
    On: false,
    At: "2026-01-02T03:04:05.000Z",
    Names: ["x", "y"],
    Tags: { k: "v" },
    Points: [{ X: 1, Y: 2 }],
  };

  it("are read from JSON, without members that the model does not know", () => {
    const body = { ...expected, At: 1767323045, Unknown: 1 };

    assert.deepEqual(input(operation("json"), JSON.stringify(body)), expected);
  });

  it("are read from CBOR", () => {
    // Tag 1 and the seconds since 1970 in 32 bits.
    const at: unknown = cbor.deserialize(new Uint8Array([0xc1, 0x1a, 0x69, 0x57, 0x35, 0xa5]));
    const body: unknown = cbor.serialize({ ...expected, At: at });

    assert.deepEqual(input(operation("smithy-rpc-v2-cbor"), body as Uint8Array), expected);
  });

  it("are read from a query form: lists by number, maps by entries", () => {
    const form =
      "Action=Make&Version=2020-01-01&Name=a+b&Count=3&On=false&At=2026-01-02T03%3A04%3A05Z" +
      "&Names.member.2=y&Names.member.1=x&Tags.entry.1.key=k&Tags.entry.1.value=v&Points.member.1.X=1&Points.member.1.Y=2";

    assert.deepEqual(input(operation("query"), form), expected);
  });

  it("are read from a flattened query list under its members' name", () => {
    const flat = { Texts: list("Text", { flattened: true }, "Name"), In: structure({ Names: "Texts" }) };

    assert.deepEqual(input(operation("query", flat), "Name.1=x&Name.2=y"), { Names: ["x", "y"] });
  });

  it("are read from an EC2 form under EC2's capitals", () => {
    const ec2 = {
      Ranges: list("Range", {}, "item"),
      Range: structure({ Cidr: { shape: "Text", locationName: "cidrIp" } }),
      In: structure({
        Ranges: { shape: "Ranges", locationName: "ipRanges" },
        Ids: { shape: "Texts", locationName: "VolumeId" },
        Plain: "Text",
      }),
    };

    const decoded = input(operation("ec2", ec2), "IpRanges.1.CidrIp=0.0.0.0%2F0&VolumeId.1=vol-1&Plain=p");

    assert.deepEqual(decoded, { Ranges: [{ Cidr: "0.0.0.0/0" }], Ids: ["vol-1"], Plain: "p" });
  });

  it("are read from path, query string, headers and body of a REST call", () => {
    const rest = {
      In: structure({
        Id: { shape: "Text", location: "uri", locationName: "Id" },
        Max: { shape: "Number", location: "querystring", locationName: "max" },
        Keys: { shape: "Texts", location: "querystring", locationName: "key" },
        Acl: { shape: "Text", location: "header", locationName: "x-amz-acl" },
        Meta: { shape: "Tags", location: "headers", locationName: "x-amz-meta-" },
        Name: { shape: "Text", locationName: "name" },
      }),
    };
    const made = operation("rest-json", rest);

    const decoded = decodeInput(made, "rest-json", {
      request: {
        ...request,
        query: [
          ["max", "5"],
          ["key", "a"],
          ["key", "b"],
        ],
        headers: { "x-amz-acl": "private", "x-amz-meta-color": "red" },
      },
      labels: { Id: "i-1" },
      body: Buffer.from('{"name":"n"}'),
    });

    assert.deepEqual(decoded, {
      Id: "i-1",
      Max: 5,
      Keys: ["a", "b"],
      Acl: "private",
      Meta: { color: "red" },
      Name: "n",
    });
  });

  it("are read from an XML payload with flattened lists, maps and attributes", () => {
    const xml = {
      Rules: list("Rule", { flattened: true }),
      Rule: structure({
        Days: "Number",
        Type: { shape: "Text", xmlAttribute: true, locationName: "xsi:type" },
      }),
      Configuration: structure({
        Rules: { shape: "Rules", locationName: "Rule", flattened: true },
        Names: "Texts",
      }),
      In: structure({ Configuration: "Configuration" }, { payload: "Configuration" }),
    };

    const decoded = input(
      operation("rest-xml", xml),
      '<Configuration><Rule xsi:type="A"><Days>1</Days></Rule><Rule><Days>2</Days></Rule><Names><member>n</member></Names></Configuration>',
    );

    assert.deepEqual(decoded, {
      Configuration: { Rules: [{ Days: 1, Type: "A" }, { Days: 2 }], Names: ["n"] },
    });
  });

  it("leave out what a client stores", () => {
    const blob = { In: structure({ Body: "Bytes" }, { payload: "Body" }) };

    assert.deepEqual(input(operation("rest-xml", blob), "content"), {});
  });

  it("are absent from an empty body, and a broken body throws", () => {
    for (const protocol of ["json", "query", "rest-json", "rest-xml"] as const)
      assert.deepEqual(input(operation(protocol), ""), {});
    assert.throws(() => input(operation("json"), "{"));
    assert.throws(() => input(operation("rest-xml"), "<a>"));
  });
});

describe("Answers on the wire", () => {
  const expected = { Id: "1", At: "2026-01-02T03:04:05.000Z", Points: [{ X: 1 }], Tags: { k: "v" } };
  const xml =
    "<Id>1</Id><At>2026-01-02T03:04:05Z</At><Points><member><X>1</X></member></Points>" +
    "<Tags><entry><key>k</key><value>v</value></entry></Tags>";

  it("are read from JSON", () => {
    assert.deepEqual(output(operation("json"), JSON.stringify({ ...expected, At: 1767323045 })), expected);
  });

  it("are read from inside a query result's wrapper", () => {
    const body = `<MakeResponse><MakeResult>${xml}</MakeResult><ResponseMetadata/></MakeResponse>`;

    assert.deepEqual(output(operation("query"), body), expected);
  });

  it("are read from EC2's bare answer", () => {
    assert.deepEqual(
      output(operation("ec2"), `<MakeResponse><requestId>r</requestId>${xml}</MakeResponse>`),
      expected,
    );
  });

  it("are read from headers and body of a REST answer", () => {
    const rest = {
      Out: structure({ Id: "Text", ETag: { shape: "Text", location: "header", locationName: "ETag" } }),
    };

    assert.deepEqual(output(operation("rest-xml", rest), "<Out><Id>1</Id></Out>", { etag: "e" }), {
      Id: "1",
      ETag: "e",
    });
  });
});

describe("An error on the wire", () => {
  const decode = (body: string, headers: Record<string, string> = {}, status = 400) =>
    decodeError({ status, headers, body: Buffer.from(body) });

  it("is read in every protocol's form", () => {
    const cases: [string, Record<string, string>, string, string | undefined][] = [
      ["<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>", {}, "NoSuchBucket", "gone"],
      [
        "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>m</Message></Error></ErrorResponse>",
        {},
        "NoSuchEntity",
        "m",
      ],
      [
        "<Response><Errors><Error><Code>InvalidID</Code><Message>m</Message></Error></Errors></Response>",
        {},
        "InvalidID",
        "m",
      ],
      ['{"__type":"com.amazon#TrailNotFoundException","message":"m"}', {}, "TrailNotFoundException", "m"],
      [
        '{"Message":"m"}',
        { "x-amzn-errortype": "ResourceNotFoundException:http://x" },
        "ResourceNotFoundException",
        "m",
      ],
      ['{"code":"Throttled"}', {}, "Throttled", undefined],
    ];
    for (const [body, headers, code, message] of cases) {
      const decoded = decode(body, headers);
      assert.deepEqual([decoded.code, decoded.message], [code, message], body);
    }
  });

  it("comes from the status when there is no readable body", () => {
    assert.equal(decode("", {}, 404).code, "NoSuchKey");
    assert.equal(decode("<html", {}, 403).code, "AccessDenied");
    assert.equal(decode("oops", {}, 502).code, "502");
  });
});
