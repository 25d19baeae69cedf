import { createWarningMatcher, type WarningList } from '#shared/domain/observable/warning-list.ts';
import cdnRanges from '../../../resources/warning-lists/cdn-ranges.json' with { type: 'json' };
import emptyHashes from '../../../resources/warning-lists/empty-hashes.json' with { type: 'json' };
import limits from '../../../resources/warning-lists/limits.json' with { type: 'json' };
import mailProviders from '../../../resources/warning-lists/mail-providers.json' with { type: 'json' };
import publicDns from '../../../resources/warning-lists/public-dns.json' with { type: 'json' };
import sharedHosts from '../../../resources/warning-lists/shared-hosts.json' with { type: 'json' };
import specialRanges from '../../../resources/warning-lists/special-ranges.json' with { type: 'json' };
import topSites from '../../../resources/warning-lists/top-sites.json' with { type: 'json' };
import urlShorteners from '../../../resources/warning-lists/url-shorteners.json' with { type: 'json' };

/** The lists that come with the application; the narrower ones first, because the first that holds a value names it. */
export const WARNING_LISTS = [specialRanges, publicDns, cdnRanges, mailProviders, urlShorteners, sharedHosts, topSites, emptyHashes] as readonly WarningList[];

/** Finds a value in {@link WARNING_LISTS}. */
export const warningMatcher = createWarningMatcher(WARNING_LISTS);

/** An observable in more records than this says nothing about two of them. */
export const COMMON_ABOVE = limits.commonAbove;
