/**
 * One connection address for each host of a list: `postgres://user@a:5432,b:5432/hub` names two nodes of one database, in the way
 * of libpq; `pg` knows one host only. Throws where the text is no such address.
 */
export function urlsOf(url: string): readonly [string, ...string[]] {
  const match = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/.exec(url);
  if (!match) throw new Error('the address of the database must begin with postgres://');
  const [, start = '', hosts = '', rest = ''] = match;
  const [first = '', ...others] = hosts.split(',').map((host) => `${start}${host.trim()}${rest}`);
  return [first, ...others];
}
