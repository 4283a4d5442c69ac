/** A small XML reader for AWS messages: elements, attributes, text, CDATA, entities. No DTDs. */

export interface XmlElement {
  /** Without its namespace prefix. */
  name: string;
  /** Names with their prefix (`xsi:type`, `xmlns`). */
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const TOKEN =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<!DOCTYPE[^>]*>|<\/([^\s>]+)\s*>|<([^\s/>]+)((?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/gy;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** @throws if the text is no well-formed document. */
export function parseXml(text: string): XmlElement {
  const document: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [document];
  TOKEN.lastIndex = 0;
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(source);
    const current = open.at(-1);
    if (!token || !current) throw new Error(`Not XML at character ${at}: ${source.slice(at, at + 40)}`);
    const [, cdata, closing, opening, attributes, empty, characters] = token;
    if (characters !== undefined) current.text += decodeEntities(characters);
    else if (cdata !== undefined) current.text += cdata;
    else if (opening !== undefined) {
      const element = {
        name: localName(opening),
        attributes: attributesOf(attributes ?? ""),
        children: [],
        text: "",
      };
      current.children.push(element);
      if (empty === "") open.push(element);
    } else if (closing !== undefined) {
      if (open.length === 1 || current.name !== localName(closing))
        throw new Error(`</${closing}> closes <${current.name}>.`);
      open.pop();
    }
  }
  const [root] = document.children;
  if (open.length !== 1 || !root) throw new Error("The XML document ends too early.");
  return root;
}

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE))
    attributes[name] = decodeEntities(double ?? single ?? "");
  return attributes;
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (name.startsWith("#x") || name.startsWith("#X"))
      return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES[name] ?? whole;
  });
}

export const childNamed = (element: XmlElement, name: string): XmlElement | undefined =>
  element.children.find((child) => child.name === name);

export const childrenNamed = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name);
