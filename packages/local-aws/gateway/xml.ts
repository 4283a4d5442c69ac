/** XML of AWS messages as a tree of elements, in the order of the document. */
import { XMLParser } from "fast-xml-parser";

export interface XmlElement {
  /** Without its namespace prefix. */
  name: string;
  /** Names with their prefix (`xsi:type`, `xmlns`). */
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

/** What the parser returns: an element's name with its content, or `#text` with text; under `:@` the attributes. */
interface ParsedNode {
  [name: string]: ParsedNode[] | string | undefined;
}
const ATTRIBUTES = ":@";

const parser = new XMLParser({
  // Repeated elements and their order are part of a message.
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  // White space is content, and `007` and `true` are text: only a service's model says what is a number.
  trimValues: false,
  parseTagValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // The parser's own decoder leaves numeric references as they are, or else decodes HTML's entities too.
  entityDecoder: {
    decode: decodeEntities,
    // Entities that a document defines are never expanded: no small document can become a large one.
    addInputEntities: () => undefined,
    setExternalEntities: () => undefined,
    setXmlVersion: () => undefined,
    reset: () => undefined,
  },
  // Elements may be named like methods of objects: names are only compared here.
  onDangerousProperty: (name) => name,
  // No callback asks for paths as text.
  jPath: false,
});

/** A service that answers `R&D` instead of `R&amp;D` is understood by its clients: so it is here. In CDATA an ampersand stands for itself. */
const CDATA_OR_BARE_AMPERSAND = /<!\[CDATA\[[\s\S]*?\]\]>|&(?!(?:#x[0-9a-f]+|#\d+|lt|gt|amp|quot|apos);)/gi;

/** @throws if the text is no well-formed document. */
export function parseXml(text: string): XmlElement {
  // S3 sends white space before the answer to a slow call, to keep the connection.
  const whole = text.trimStart();
  const source = whole.includes("&")
    ? whole.replace(CDATA_OR_BARE_AMPERSAND, (found) => (found === "&" ? "&amp;" : found))
    : whole;
  // The parser alone does not notice what is cut off or crossed: it validates first.
  const document = parser.parse(source, true) as ParsedNode[];
  const [root] = elementOf("", {}, document).children;
  if (!root) throw new Error("The XML document has no element.");
  return root;
}

function elementOf(name: string, attributes: Record<string, string>, content: ParsedNode[]): XmlElement {
  const element: XmlElement = { name: localName(name), attributes, children: [], text: "" };
  for (const node of content) {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === "string") element.text += value;
      else if (Array.isArray(value)) element.children.push(elementOf(key, attributesOf(node), value));
    }
  }
  return element;
}

const attributesOf = (node: ParsedNode): Record<string, string> =>
  (node[ATTRIBUTES] as Record<string, string> | undefined) ?? {};

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** The five entities of XML and numeric references; any other stays as it is written. */
function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (/^#x/i.test(name)) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES[name] ?? whole;
  });
}

export const childNamed = (element: XmlElement, name: string): XmlElement | undefined =>
  element.children.find((child) => child.name === name);

export const childrenNamed = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name);
