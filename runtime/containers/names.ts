import { invalid } from '../errors.ts';

const ADJECTIVES =
  'able airy amber ample azure bold brave breezy bright brisk broad calm clear copper coral crisp deep drifting dry early easy even fair fast fine firm fresh gentle glad golden good grand green hardy high keen kind lasting level light little lively long lucky mellow merry misty neat new noble northern open pale patient plain proud quick quiet ready royal sandy sharp silver sleek slow smart smooth snug soft sound southern spry steady still stout strong sturdy sunny swift tidal tidy trim true upright warm western white wide windy wise young'.split(
    ' ',
  );
const BOAT_PARTS =
  'anchor ballast batten beam bilge binnacle block boom bow bowsprit bulkhead bulwark bunk buoy cabin cable capstan centreboard chart cleat coaming cockpit compass cringle davit deck dinghy fairlead fender figurehead forestay frame futtock gaff galley gangway garboard gunwale halyard hatch hawser helm hull jib keel keelson knee lanyard leeboard locker mainsail mast mizzen oar oarlock outrigger painter pennant pintle plank port prow quay rib rigging rope rowlock rudder sail scupper shackle sheave sheet shroud skeg spar spinnaker stanchion stay stem stern strake tackle tender thwart tiller timber topsail transom traveller trunnel turnbuckle wheel winch windlass yard yawl'.split(
    ' ',
  );

/** Makes up a name that is free: two words, and a number where many are taken. */
export function makeName(isTaken: (name: string) => boolean, random: () => number): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)]!;
  for (let attempt = 0; ; attempt++) {
    const suffix = attempt < 6 ? '' : String(Math.floor(random() * 10 ** Math.min(attempt - 5, 9)));
    const name = `${pick(ADJECTIVES)}_${pick(BOAT_PARTS)}${suffix}`;
    if (!isTaken(name)) return name;
  }
}

/** The name without the slash that Docker's records put in front. Error: EngineError `invalid`. */
export function parseName(text: string): string {
  const name = text.replace(/^\//, '');
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return name;
  throw invalid({
    code: 'container-name-invalid',
    message: `Invalid container name (${text}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    subject: text,
  });
}
