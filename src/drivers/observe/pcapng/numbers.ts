/** The numbers of the format, as draft-ietf-opsawg-pcapng names them. */

/** Types of blocks. */
export const BLOCK = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** Obsolete, but still in files. */
  packet: 2,
  simplePacket: 3,
  nameResolution: 4,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  /** An entry of systemd's journal. */
  journal: 9,
  decryptionSecrets: 10,
  custom: 0x0000_0bad,
  /** A custom block that nobody may copy who does not know it. */
  customOwn: 0x4000_0bad,
} as const;

/** Codes of options. Those up to 1, and those of text and octets with an enterprise number, may be in any block. */
export const OPTION = {
  end: 0,
  comment: 1,
  /** UTF-8 and octets with an enterprise number in front, which may be copied. */
  customText: 2988,
  customOctets: 2989,
  sectionHardware: 2,
  sectionSystem: 3,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceMac: 6,
  interfaceResolution: 9,
  interfaceFilter: 11,
  interfaceSystem: 12,
  interfaceOffset: 14,
  packetFlags: 2,
  packetDropCount: 4,
  packetId: 5,
  statisticsStart: 2,
  statisticsEnd: 3,
  statisticsReceived: 4,
  statisticsInterfaceDrops: 5,
  statisticsFilterAccepted: 6,
  statisticsSystemDrops: 7,
  statisticsDelivered: 8,
} as const;

/** `magic` of a section header in the byte order of its writer. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** The secrets of TLS, in the format of NSS's key log. */
export const SECRETS_TLS = 0x544c534b;

/**
 * The enterprise number for examples (RFC 5612): this project has none of its own. What is ours begins with `OWN_MARK`
 * besides.
 */
export const ENTERPRISE = 32_473;

/** "tapstack" */
export const OWN_MARK: readonly number[] = [0x74, 0x61, 0x70, 0x73, 0x74, 0x61, 0x63, 0x6b];

/** What a link carries. */
export const LINKTYPE = {
  ethernet: 1,
  raw: 101,
  ipv4: 228,
  ipv6: 229,
  linuxCooked: 113,
  loopback: 0,
} as const;
