/** The settings with which a TCP is made, and whether they make sense. */
import { checkSetting, checkSettings, integer, OBJECT, oneOf, withDefaults } from "../base/settings.ts";
import type { TcpOptions } from "../contract/endpoint-options.ts";
import type { CongestionFactory } from "./congestion/congestion.ts";
import { CONGESTION } from "./congestion/registry.ts";
import { DEFAULT_CONFIG, type TcpConfig } from "./connection/config.ts";
import { CONFIG_RULES, CONTROLLERS, OPTION_RULES } from "./connection/rules.ts";

/** What may be chosen when TCP is made. */
export interface TcpSettings {
  /** Constants that are to differ from `DEFAULT_CONFIG`. */
  readonly config?: Partial<TcpConfig> | undefined;
  /** Options that new sockets begin with. */
  readonly options?: Partial<TcpOptions> | undefined;
  /** Congestion controllers by name, beside the built-in ones. */
  readonly congestion?: ReadonlyMap<string, CongestionFactory> | undefined;
}

/** Refuses what is not known, or makes no sense. */
export function checkTcpSettings(settings: TcpSettings): void {
  checkSettings("tcp", settings, { config: OBJECT, options: OBJECT, congestion: CONTROLLERS });
  const congestion = oneOf([...CONGESTION.keys(), ...(settings.congestion?.keys() ?? [])]);
  checkSettings("tcp.options", settings.options ?? {}, { ...OPTION_RULES, congestion });
  checkSettings("tcp.config", settings.config ?? {}, CONFIG_RULES);
  const { minRto, maxRto } = withDefaults(DEFAULT_CONFIG, settings.config);
  checkSetting("tcp.config", "maxRto", maxRto, integer(minRto));
}
