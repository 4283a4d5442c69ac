// The package's own specs: `npm test -w @bailiwick/aws-events`.
module.exports = {
  require: ["ts-node/register/transpile-only"],
  extension: ["ts"],
  spec: ["**/*.spec.ts"],
  ignore: ["node_modules/**", ".cache/**"],
  timeout: 20000,
};
