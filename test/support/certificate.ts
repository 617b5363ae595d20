/** A certificate for "localhost" that nobody has signed but itself, as two files for programs that talk over TLS. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Makes both in `folder`: the paths of the key and of the certificate. */
export function makeCertificate(folder: string): readonly [key: string, certificate: string] {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "3650"];
  execFileSync("openssl", ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", certificate], {
    stdio: "ignore",
  });
  return [key, certificate];
}
