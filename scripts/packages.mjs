/**
 * The programs that tests have as peers, and Debian's packages for them: installs what is missing, where that can
 * be done. Nothing here is a failure: tests whose peer is still missing are skipped, and name it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const EVERYWHERE = [
  ["python3", "python3"],
  ["strace", "strace"],
  ["tcpdump", "tcpdump"],
  ["tshark", "tshark"],
];
const BESIDE_A_TAP = [
  ["ip", "iproute2"],
  ["ping", "iputils-ping"],
  ["curl", "curl"],
  ["nc", "netcat-openbsd"],
  ["guile", "guile-3.0"],
  ["traceroute", "traceroute"],
  ["bird", "bird2"],
  ["radvd", "radvd"],
  ["ndisc6", "ndisc6"],
  ["openssl", "openssl"],
  ["redis-server", "redis-server"],
  ["initdb", "postgresql"],
];

/** Large, and wanted by the tests of the page only: elsewhere they use what browser there is. */
const IN_CI = [["chromium", "chromium"]];

/** In the project's folder: what could not be installed. */
const STAMP = "node_modules/.tapstack-packages";

/** Where programs are: the path, and the folders, one per version, in which Debian keeps PostgreSQL's server. */
function folders() {
  const base = "/usr/lib/postgresql";
  const versions = existsSync(base) ? readdirSync(base) : [];
  return [
    ...(process.env.PATH ?? "").split(delimiter),
    ...versions.map((version) => join(base, version, "bin")),
  ];
}

function isInstalled(program) {
  return folders().some((folder) => existsSync(join(folder, program)));
}

/** Where there can be no TAP, nothing is wanted that only talks over one. */
function missingPackages() {
  const beside = existsSync("/dev/net/tun") ? BESIDE_A_TAP : [];
  const programs = [...EVERYWHERE, ...beside, ...(process.env.CI === undefined ? [] : IN_CI)];
  return programs.filter(([program]) => !isInstalled(program)).map(([, name]) => name);
}

/** Runs apt-get; why it failed, in its own words, or undefined. Without a network it is to give up soon. */
function apt(...words) {
  const options = "-qy -o APT::Install-Recommends=false -o Acquire::Retries=1 -o Acquire::http::Timeout=15";
  const { status, error, stderr } = spawnSync("apt-get", [...words, ...options.split(" ")], {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split("\n").at(-1));
}

/**
 * Installs what is missing, with root and apt-get, unless TAPSTACK_INSTALL is "no". What could not be had is written down, and is tried again only
 * once something else is missing.
 */
export function installPackages(root) {
  const packages = missingPackages();
  if (packages.length === 0 || process.getuid?.() !== 0 || !isInstalled("apt-get")) return;
  if (process.env.TAPSTACK_INSTALL === "no") return;
  const stamp = join(root, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === packages.join(" ")) return;
  console.error(`tapstack: installing ${packages.join(" ")} (once)`);
  apt("update");
  let reason = apt("install", ...packages);
  // Then one by one: what a mirror lacks is not to cost us the others.
  if (reason !== undefined) for (const name of packages) reason = apt("install", name) ?? reason;
  const left = missingPackages().join(" ");
  writeFileSync(stamp, left);
  if (left === "") return;
  console.error(`tapstack: could not install ${left}: ${reason ?? "no such program came with it"}`);
  console.error(`tapstack: tests that need it are skipped; to try again, delete ${STAMP}`);
}
