/** Under which parameters, and after how many events, the messages of message.txt are sent. */
import type { MessageCases } from "../lib/message-cases";

const parameters = { networks: ["198.51.100.0/24"] };

export const cases: MessageCases = {
  "matching-root": {},
  "matching-user-without-mfa": {},
  "matching-user-with-mfa from elsewhere": { parameters },
  "matching-identity-center from elsewhere": { parameters },
  "matching-wrong-password for the third time": { times: 3 },
  "matching-unknown-user for the third time": { times: 3 },
};
