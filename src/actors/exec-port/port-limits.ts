import { lineBytesMaxDefault } from '../../protocol/json-line-decoder.ts';
import type { LinkLimits } from './app-server-link.ts';
import { defaultParkingLimits } from './parked-messages.ts';
import { defaultProcessLimits } from './process-handle.ts';
import { defaultRequestLimits } from './request-table.ts';
import { defaultRouterLimits } from './router.ts';

/** Every bound of a port, with its default. */
export const defaultLinkLimits: LinkLimits = {
  ...defaultProcessLimits,
  ...defaultRequestLimits,
  ...defaultParkingLimits,
  ...defaultRouterLimits,
  lineBytesMax: lineBytesMaxDefault,
};
