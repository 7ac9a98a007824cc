import { runDaemon } from './daemon/run-daemon.ts';

runDaemon(process.argv.slice(2), __dirname).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
