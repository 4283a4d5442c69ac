/** Whether a resource policy grants access to the public, and by which statements. */
export {
  analyzePolicy,
  isPublic,
  publicStatements,
  type PolicyAnalysis,
  type PublicStatement,
} from "./public";
export type { PolicyScope } from "./fixed-values";
