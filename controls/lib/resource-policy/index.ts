/** Whether a resource policy lets the public in, and through which statements. */
export {
  analyzePolicy,
  isPublic,
  publicStatements,
  type PolicyAnalysis,
  type PublicStatement,
} from "./public";
export type { PolicyScope } from "./fixed-values";
