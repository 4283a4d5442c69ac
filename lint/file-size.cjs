/** ESLint: a file over its limit is split, or says in its header why it is long. */

/** The first that fits counts; `controls/<id>/control.ts` is data first, a component reads like a table of contents. */
const LIMITS = [
  [/(^|\/)controls\/(?!lib\/)[^/]+\/control\.ts$/, 80],
  [/(^|\/)components\/(?!.*\.spec\.ts$)[^/]+\.ts$/, 250],
  [/(^|\/)index\.ts$/, 150],
  [/./, 400],
];

/** What the header says then. */
const REASON = /\bLong because\b/;

module.exports = {
  meta: {
    type: "suggestion",
    docs: {
      description: "Holds files to their limit of lines, unless their header says why they are longer.",
    },
    messages: {
      long: "This file has {{lines}} lines, more than {{limit}}: split it, or say why in its header (`Long because …`).",
    },
    schema: [],
  },
  create(context) {
    return {
      Program(node) {
        const { lines, text } = context.sourceCode;
        const count = text.endsWith("\n") ? lines.length - 1 : lines.length;
        const limit = LIMITS.find(([path]) => path.test(context.filename.replaceAll("\\", "/")))?.[1] ?? 0;
        const header = context.sourceCode.getAllComments()[0];
        const isExplained = header !== undefined && header.loc.start.line <= 2 && REASON.test(header.value);
        if (count > limit && !isExplained)
          context.report({
            node,
            loc: { line: 1, column: 0 },
            messageId: "long",
            data: { lines: count, limit },
          });
      },
    };
  },
};
