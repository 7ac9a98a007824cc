import { hadolintRule } from '../rule.ts';
import { secretsUsedInArgOrEnv } from './secrets-used-in-arg-or-env.ts';

const PARTS = /api_key|client_key|password|private|secret|token|username/;
const NAMES: ReadonlySet<string> = new Set(
  (
    'ACCESS_TOKEN APPLICATION_KEY APP_SECRET AUTH_TOKEN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY BITTREX_API_KEY ' +
    'BITTREX_API_SECRET CF_PASSWORD CF_USERNAME CIRCLE_TOKEN CI_DEPLOY_PASSWORD CI_DEPLOY_USER DOCKERHUB_PASSWORD ' +
    'DOCKER_EMAIL DOCKER_PASSWORD DOCKER_USERNAME FACEBOOK_ACCESS_TOKEN FACEBOOK_APP_ID FACEBOOK_APP_SECRET ' +
    'FIREBASE_API_TOKEN FIREBASE_TOKEN FOSSA_API_KEY GH_ENTERPRISE_TOKEN GH_TOKEN GITHUB_ENTERPRISE_TOKEN GITHUB_TOKEN ' +
    'HEROKU_API_KEY HEROKU_API_USER NPM_AUTH_TOKEN NPM_TOKEN OKTA_AUTHN_GROUPID OKTA_CLIENT_ORGURL OKTA_CLIENT_TOKEN ' +
    'OKTA_OAUTH2_CLIENTID OKTA_OAUTH2_CLIENTSECRET OPENAI_API_KEY OS_PASSWORD OS_USERNAME POSTGRES_PASSWORD SLACK_TOKEN ' +
    'STRIPE_API_KEY STRIPE_DEVICE_NAME TRAVIS_OS_NAME TRAVIS_SECURE_ENV_VARS TRAVIS_SUDO VAULT_CLIENT_KEY VAULT_TOKEN'
  ).split(' '),
);

/** A name in ARG or ENV that hadolint takes for sensitive and BuildKit does not: hadolint's DL3064. */
export const sensitiveName = hadolintRule(
  {
    id: 'sensitive-name',
    code: 'DL3064',
    title: 'ARG and ENV should hold nothing sensitive',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'Everybody who has the image can read its variables and the arguments it was built with.',
      bad: 'FROM debian:13\nARG DB_USERNAME',
      good: 'FROM debian:13\nRUN --mount=type=secret,id=db_username use-it',
      fix: {
        none: 'What uses the value has to read it from a mount of type secret, each program in a way of its own.',
      },
    },
  },
  function* (context) {
    const told = new Set([...secretsUsedInArgOrEnv.check(context)].map(({ at }) => at));
    for (const outer of context.dockerfile.instructions) {
      const instruction = outer.kind === 'ONBUILD' ? (outer.trigger ?? outer) : outer;
      if (instruction.kind !== 'ARG' && instruction.kind !== 'ENV') continue;
      if (told.has(outer.node)) continue;
      const names = instruction.kind === 'ARG' ? instruction.args : instruction.pairs;
      for (const { name } of names) {
        if (!PARTS.test(name.text.toLowerCase()) && !NAMES.has(name.text.toUpperCase())) continue;
        yield {
          message: `${name.text} sounds sensitive; everybody can read what ${instruction.kind} holds`,
          range: name.range,
          at: outer.node,
        };
      }
    }
  },
);
