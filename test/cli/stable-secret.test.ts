/** The file of `serve --secret`. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { macOf, readStableSecret } from "../../src/cli/stable-secret.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

describe("a stable secret", () => {
  const folder = mkdtempSync(join(tmpdir(), "tapstack-secret-"));
  const path = join(folder, "secret");
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is made once, for its owner's eyes only, and read from then on", () => {
    const made = readStableSecret(path);
    expect(made.length).to.equal(16);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(readFileSync(path, "utf8")).to.match(/^[0-9a-f]{32}\n$/);
    expect(readStableSecret(path)).to.deep.equal(made);
    expect(`${macOf(readStableSecret(path))}`).to.equal(`${macOf(made)}`);
    expect(`${macOf(made)}`).to.match(/^02:/);
    expect(`${macOf(new Uint8Array(16))}`).to.not.equal(`${macOf(made)}`);
  });

  it("is refused where it is none, or cannot be read or kept", () => {
    writeFileSync(join(folder, "short"), "00ff");
    expect(() => readStableSecret(join(folder, "short"))).to.throw(UsageError, "32 hexadecimal digits");
    expect(() => readStableSecret(folder)).to.throw(UsageError, "EISDIR");
    expect(() => readStableSecret(join(folder, "nowhere", "secret"))).to.throw(UsageError, "ENOENT");
  });
});
