/** Whether a resource policy grants access to the public, and by which statements. */
export { analyzePolicy, isPublic, publicStatements, type PublicStatement } from "./public";
