import { RULES } from '../../core/lint/rules.ts';

/** Dockerfiles that have what mutation alone seldom makes. */
const RARE = [
  '# syntax=docker/dockerfile:1\n# escape=`\n# check=skip=all;error=true\nFROM a\nRUN x `\n  y\n',
  'FROM a\nRUN <<A cat <<-B > /c\nx $y\nA\n\tz\n\tB\nCOPY <<"C" <<D /e/\n1\nC\n2 ${F}\nD\n',
  'FROM a\nONBUILD RUN <<E\nx\nE\nONBUILD COPY --from=b ["c d", "/e"]\n',
  'ARG A=1\nFROM --platform=$BUILDPLATFORM a:${A:-b} AS c\nFROM c\nCOPY --from=c --chown=1:1 --link /x /y\n',
  'FROM a\nHEALTHCHECK --interval=1s --retries=3 CMD ["x", "y"]\nHEALTHCHECK NONE\nSTOPSIGNAL 9\nSHELL ["pwsh", "-c"]\n',
  'FROM a\nENV A=b \\\n  # c\n\n  D="e f" G=\'h\' \\\n  I=j\\ k\nLABEL l m n\nENV o p q\n',
  'FROM a\r\nRUN x \\\r\n  && y\r\n\r\n# z\r\nCMD ["x"]\r\n',
  'FROM a\nRUN --mount=type=bind,from=b,source=/c,target=/d --mount=type=secret,id=e,env=F --network=none x\n',
  'FROM a\nRUN for i in 1 2; do \\\n  case $i in 1) echo "$(date)";; *) cat <<< x | tee y;; esac; \\\ndone\nEXPOSE 80/tcp 1-3\n',
];

/** What texts are made from: what the rules' own pages show, and what is rare. */
export const SEEDS: readonly string[] = [...RARE, ...RULES.flatMap(({ docs: { bad, good } }) => [bad, good])];
