/**
 * Slack's check of a message to an incoming webhook. The limits are those of
 * https://docs.slack.dev/reference/block-kit/blocks, the error codes those of
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
 */

import { isJsonObject } from "@bailiwick/aws-events/record";

/** Slack's error code for a message, and the faulty part, which Slack doesn't report. */
export interface Refusal {
  error: "invalid_payload" | "no_text" | "invalid_blocks" | "msg_too_long" | "msg_blocks_too_long";
  why: string;
}

interface TextObject {
  type: string;
  text: string;
}
export interface SlackBlock {
  type: string;
  text?: TextObject;
  fields?: TextObject[];
  elements?: TextObject[];
}
export interface SlackMessage {
  text?: string;
  blocks?: SlackBlock[];
}

const LONGEST_TEXT = 40_000;
/** Undocumented; above it Slack refuses. */
const LONGEST_BLOCKS = 13_000;
const MOST_BLOCKS = 50;

class Invalid extends Error {}

/** @returns the message, or why Slack would refuse it. */
export function checkMessage(body: string): SlackMessage | Refusal {
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return { error: "invalid_payload", why: "The body is not JSON." };
  }
  if (!isJsonObject(message)) return { error: "invalid_payload", why: "The body is not a JSON object." };
  const { text, blocks } = message;
  if (text !== undefined && typeof text !== "string")
    return { error: "invalid_payload", why: "text is not text." };
  if ((text ?? "") === "" && blocks === undefined)
    return { error: "no_text", why: "There is neither text nor blocks." };
  if ((text ?? "").length > LONGEST_TEXT)
    return { error: "msg_too_long", why: `text has more than ${LONGEST_TEXT} characters.` };
  if (blocks === undefined) return message;
  try {
    checkBlocks(blocks);
  } catch (error) {
    if (error instanceof Invalid) return { error: "invalid_blocks", why: error.message };
    throw error;
  }
  const { length } = JSON.stringify(blocks);
  if (length > LONGEST_BLOCKS)
    return { error: "msg_blocks_too_long", why: `The blocks have ${length} characters together.` };
  return message;
}

function checkBlocks(blocks: unknown): void {
  if (!Array.isArray(blocks)) throw new Invalid("blocks is not a list.");
  if (blocks.length > MOST_BLOCKS)
    throw new Invalid(`There are ${blocks.length} blocks: at most ${MOST_BLOCKS} are allowed.`);
  (blocks as unknown[]).forEach((block, index) => checkBlock(block, `blocks[${index}]`));
}

const BLOCK_KEYS: Record<string, string[]> = {
  header: ["text"],
  section: ["text", "fields", "accessory", "expand"],
  context: ["elements"],
  divider: [],
};

function checkBlock(block: unknown, at: string): void {
  if (!isJsonObject(block)) throw new Invalid(`${at} is not an object.`);
  const { type } = block;
  const keys = typeof type === "string" && Object.hasOwn(BLOCK_KEYS, type) ? BLOCK_KEYS[type] : undefined;
  if (keys === undefined) throw new Invalid(`${at}.type is ${JSON.stringify(type)}.`);
  for (const key of Object.keys(block))
    if (!["type", "block_id", ...keys].includes(key)) throw new Invalid(`${at} has ${key}.`);
  if (type === "header") checkText(block["text"], `${at}.text`, 150, ["plain_text"]);
  if (type === "section") {
    const { text, fields } = block;
    if (text === undefined && fields === undefined) throw new Invalid(`${at} has neither text nor fields.`);
    if (text !== undefined) checkText(text, `${at}.text`, 3000);
    if (fields !== undefined) checkTexts(fields, `${at}.fields`, 10, 2000);
  }
  if (type === "context") checkTexts(block["elements"], `${at}.elements`, 10, 2000);
}

function checkTexts(list: unknown, at: string, most: number, longest: number): void {
  if (!Array.isArray(list) || list.length === 0) throw new Invalid(`${at} is not a list, or is empty.`);
  if (list.length > most) throw new Invalid(`${at} has ${list.length} parts: at most ${most} are allowed.`);
  (list as unknown[]).forEach((text, index) => checkText(text, `${at}[${index}]`, longest));
}

function checkText(given: unknown, at: string, longest: number, types = ["plain_text", "mrkdwn"]): void {
  if (!isJsonObject(given)) throw new Invalid(`${at} is not an object.`);
  const { type, text } = given;
  if (typeof type !== "string" || !types.includes(type))
    throw new Invalid(`${at}.type is ${JSON.stringify(type)}.`);
  if (typeof text !== "string" || text === "") throw new Invalid(`${at}.text is not text, or is empty.`);
  if (text.length > longest)
    throw new Invalid(`${at}.text has ${text.length} characters: at most ${longest} are allowed.`);
}
