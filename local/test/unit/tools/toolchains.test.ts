import assert from "node:assert/strict";
import { join } from "node:path";
import { findPulumi } from "../../../tools/pulumiOnPath";
import { compareVersions, findJdk, requireToolchain, toolchains } from "../../../tools/toolchains";
import { TemporaryFolder } from "../../../lab/temporaryFolder";

describe("toolchains", () => {
  let folder: TemporaryFolder;
  beforeEach(() => (folder = new TemporaryFolder()));
  afterEach(() => folder.dispose());

  it("have versions that are compared number by number", () => {
    const cases: [string, string, number][] = [
      ["1.26", "1.26.0", 0],
      ["1.9", "1.10", -1],
      ["3.12.1", "3.11", 1],
      ["21", "21.0.4", -1],
      ["3.230.0", "3.9.9", 1],
    ];
    for (const [a, b, expected] of cases) {
      assert.equal(compareVersions(a, b), expected, `${a} ${b}`);
      assert.equal(compareVersions(b, a), 0 - expected, `${b} ${a}`);
    }
  });

  /** What each command prints when just new enough and when too old, and how the message names the latter. */
  const onPath: Record<string, [keyof typeof toolchains, string, string, string]> = {
    go: ["go", "go version go1.26.0 linux/amd64", "go version go1.25.9 linux/amd64", "Go 1.25.9"],
    mvn: ["maven", "Apache Maven 3.6.3 (abc)", "Apache Maven 3.6.1", "Maven 3.6.1"],
    python3: ["python", "Python 3.11.0", "Python 3.9.18", "Python 3.9.18"],
    git: ["git", "git version 2.20.1", "git version 2.17.1 (Apple Git-112)", "git 2.17.1"],
  };
  for (const [command, [key, fit, old, found]] of Object.entries(onPath)) {
    const { name, minimum, source } = toolchains[key];
    const remedy = `version ${minimum} or newer is needed, from ${source}.`;

    it(`${name}: missing, not runnable, too old and new enough`, () => {
      const missing = { message: `${name} was not found: ${remedy}` };
      assert.throws(() => requireToolchain(toolchains[key]), missing);
      folder.script(join("bin", command), `echo '${fit}'`, "exit 1");
      assert.throws(() => requireToolchain(toolchains[key]), missing);
      folder.prints(command, old);
      assert.throws(() => requireToolchain(toolchains[key]), { message: `${found} is too old: ${remedy}` });
      folder.prints(command, fit);
      assert.equal(requireToolchain(toolchains[key]), command);
    });
  }

  it("Python: a newer one beside an old python3 is taken", () => {
    folder.prints("python3", "Python 3.9.18");
    folder.prints("python3.12", "Python 3.12.4");
    assert.equal(requireToolchain(toolchains.python), "python3.12");
  });

  describe("JDK", () => {
    const found = (folders: string[]) =>
      requireToolchain({ ...toolchains.jdk, find: () => findJdk(folders.map((each) => join(folder.path, each))) });
    const remedy =
      "version 21 or newer is needed, from https://adoptium.net (set JAVA_HOME if it lies in an unusual folder).";

    it("missing, without a compiler, too old and new enough", () => {
      const missing = { message: `JDK was not found: ${remedy}` };
      assert.throws(() => found(["jvm", "nowhere"]), missing);
      folder.script("jvm/25/bin/java", "echo 'openjdk 25'");
      assert.throws(() => found(["jvm"]), missing);
      // JDK 8 prints its version on standard error
      folder.script("jvm/8/bin/javac", "echo 'javac 1.8.0_392' >&2");
      assert.throws(() => found(["jvm"]), { message: `JDK 1.8.0 is too old: ${remedy}` });
      folder.jdk("jvm/17", "17.0.15");
      assert.throws(() => found(["jvm"]), { message: `JDK 17.0.15 is too old: ${remedy}` });
      const fit = folder.jdk("jvm/21", "21");
      assert.equal(found(["jvm"]), fit);
    });

    it("JAVA_HOME is preferred when new enough, else the newest in the folders is taken", () => {
      const newest = folder.jdk("b/25/Contents/Home", "25.0.1");
      folder.jdk("a/9", "9.0.4");
      folder.jdk("a/22", "22.0.1");
      assert.equal(found(["a", "b"]), newest);
      process.env.JAVA_HOME = folder.jdk("mine", "21.0.4");
      assert.equal(found(["a", "b"]), process.env.JAVA_HOME);
      process.env.JAVA_HOME = folder.jdk("mine", "20.0.2");
      assert.equal(found(["a", "b"]), newest);
      process.env.JAVA_HOME = join(folder.path, "no-such");
      assert.equal(found(["a", "b"]), newest);
    });

    it("JAVA_HOME is ignored when it's older than Kestra 2.0.0 needs", () => {
      const { name, minimum, source } = toolchains.jdk25;
      const forKestra2 = () => requireToolchain({ name, minimum, source, find: () => findJdk([folder.path], minimum) });
      process.env.JAVA_HOME = folder.jdk("21", "21.0.4");
      assert.throws(forKestra2, { message: `JDK 21.0.4 is too old: ${remedy.replace("21", "25")}` });
      const fit = folder.jdk("25", "25.0.1");
      assert.equal(forKestra2(), fit);
      process.env.JAVA_HOME = folder.jdk("26", "26");
      assert.equal(forKestra2(), process.env.JAVA_HOME);
    });

    it("lies in the usual folders of the home, and Maven runs on it", () => {
      const home = folder.jdk(".jdks/corretto-99", "99.0.1");
      assert.equal(requireToolchain(toolchains.jdk), home);
      folder.script("bin/mvn", `[ "$JAVA_HOME" = '${home}' ] || exit 1`, "echo 'Apache Maven 3.9.9'");
      assert.equal(requireToolchain(toolchains.maven), "mvn");
    });
  });

  describe("Pulumi's CLI on PATH", () => {
    const cli = (version: string, place = "bin") => folder.script(join(place, "pulumi"), `echo '${version}'`);
    const languageHost = (place = "bin") => folder.script(join(place, "pulumi-language-nodejs"));

    it("is taken when new enough, with its language host beside it or elsewhere on PATH", () => {
      assert.equal(findPulumi(), undefined);
      cli("v3.230.0");
      assert.equal(findPulumi(), undefined);
      process.env.PATH = `:${join(folder.path, "other")}:${folder.bin}`;
      languageHost("other");
      assert.equal(findPulumi(), folder.bin);
      process.env.PATH = folder.bin;
      assert.equal(findPulumi(), undefined);
      languageHost();
      assert.equal(findPulumi(), folder.bin);
    });

    it("is not taken when it's too old, of another major version, or can't be run", () => {
      languageHost();
      for (const version of ["v3.229.9", "v2.999.0", "v4.0.0", "3.250.0", "unknown"]) {
        cli(version);
        assert.equal(findPulumi(), undefined, version);
      }
      folder.script("bin/pulumi", "echo v3.250.0", "exit 1");
      assert.equal(findPulumi(), undefined);
      folder.write("bin/pulumi", "no program");
      assert.equal(findPulumi(), undefined);
    });

    it("is found behind a folder of that name", () => {
      folder.write("opt/pulumi/readme", "");
      process.env.PATH = `${join(folder.path, "opt")}:${folder.bin}`;
      cli("v3.250.1");
      languageHost();
      assert.equal(findPulumi(), folder.bin);
    });
  });
});
