/** AWS's own matcher as a child process. Maven fetches it into the package's .cache/oracle, it is never committed. */
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const HOME = join(__dirname, "..", ".cache", "oracle");
const jar = join(HOME, "lib", "event-ruler-2.1.0.jar");
const source = join(__dirname, "Oracle.java");
const compiled = join(HOME, "classes", "Oracle.class");

export interface Verdicts {
  /** For each rule true, or the reason for refusing it. */
  valid: (true | string)[];
  /** For each event the indices of the rules that match, or the reason why it can't be read. */
  matches: (number[] | string)[];
}

/** Fetches and compiles what is missing. Returns the reason if that is impossible. */
export function prepareOracle(): string | undefined {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
  } catch {
    return "Java is not installed";
  }
  try {
    mkdirSync(join(HOME, "classes"), { recursive: true });
    if (!existsSync(jar)) {
      const arguments_ = [
        "-q",
        "-B",
        "-f",
        join(__dirname, "pom.xml"),
        `-DoutputDirectory=${join(HOME, "lib")}`,
      ];
      execFileSync("mvn", [...arguments_, "dependency:copy-dependencies"], { stdio: "pipe", cwd: HOME });
    }
    if (!existsSync(compiled) || statSync(compiled).mtimeMs < statSync(source).mtimeMs) {
      execFileSync("javac", ["-cp", join(HOME, "lib", "*"), "-d", join(HOME, "classes"), source], {
        stdio: "pipe",
      });
    }
    return undefined;
  } catch (error) {
    return `AWS's matcher could not be fetched or compiled: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`;
  }
}

/** Call `close` when done. `prepareOracle` must have succeeded. */
export class Oracle {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];

  constructor() {
    const classpath = [join(HOME, "lib", "*"), join(HOME, "classes")].join(":");
    this.child = spawn("java", ["-Xss16m", "-cp", classpath, "Oracle"]);
    let errorOutput = "";
    this.child.stderr.on("data", (chunk: Buffer) => (errorOutput += chunk.toString()));
    createInterface({ input: this.child.stdout }).on("line", (line) => this.waiting.shift()?.resolve(line));
    this.child.on("exit", () => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error(`The oracle ended: ${errorOutput}`));
    });
  }

  async judge(rules: readonly string[], events: readonly string[]): Promise<Verdicts> {
    return (await this.ask({ rules, events })) as Verdicts;
  }

  /** The number of wildcard prefixes that one value can match at once. */
  async complexity(patternText: string): Promise<number> {
    return ((await this.ask({ complexity: patternText })) as { complexity: number }).complexity;
  }

  /** Events per second on one thread, including parsing, with all rules in one machine. */
  async bench(rules: readonly string[], events: readonly string[], seconds: number): Promise<number> {
    return ((await this.ask({ bench: { rules, events, seconds } })) as { perSecond: number }).perSecond;
  }

  close(): void {
    this.child.stdin.end();
  }

  private async ask(question: object): Promise<unknown> {
    const line = await new Promise<string>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${JSON.stringify(question)}\n`);
    });
    return JSON.parse(line);
  }
}
