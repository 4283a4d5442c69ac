/** Whether a resource policy grants access to the public or to outsiders, and by which statements. */
export { analyzePolicy, isPublic, publicStatements, type PublicStatement } from "./public";
export { outsideStatements } from "./outsiders";
