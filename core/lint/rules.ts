import type { Rule, RuleId } from './rule.ts';
import { aptListsLeft } from './rules/apt-lists-left.ts';
import { aptRecommendsInstalled } from './rules/apt-recommends-installed.ts';
import { consistentInstructionCasing } from './rules/consistent-instruction-casing.ts';
import { duplicateStageName } from './rules/duplicate-stage-name.ts';
import { exposeInvalidFormat } from './rules/expose-invalid-format.ts';
import { exposeProtoCasing } from './rules/expose-proto-casing.ts';
import { fromAsCasing } from './rules/from-as-casing.ts';
import { fromPlatformFlagConstDisallowed } from './rules/from-platform-flag-const-disallowed.ts';
import { imageTagLatest } from './rules/image-tag-latest.ts';
import { imageTagMissing } from './rules/image-tag-missing.ts';
import { invalidDefaultArgInFrom } from './rules/invalid-default-arg-in-from.ts';
import { invalidDefinitionDescription } from './rules/invalid-definition-description.ts';
import { jsonArgsRecommended } from './rules/json-args-recommended.ts';
import { legacyKeyValueFormat } from './rules/legacy-key-value-format.ts';
import { maintainerDeprecated } from './rules/maintainer-deprecated.ts';
import { multipleInstructionsDisallowed } from './rules/multiple-instructions-disallowed.ts';
import { noEmptyContinuation } from './rules/no-empty-continuation.ts';
import { redundantTargetPlatform } from './rules/redundant-target-platform.ts';
import { reservedStageName } from './rules/reserved-stage-name.ts';
import { secretsUsedInArgOrEnv } from './rules/secrets-used-in-arg-or-env.ts';
import { stageNameCasing } from './rules/stage-name-casing.ts';
import { undefinedArgInFrom } from './rules/undefined-arg-in-from.ts';
import { undefinedVar } from './rules/undefined-var.ts';
import { workdirRelativePath } from './rules/workdir-relative-path.ts';

const BY_ID = {
  'stage-name-casing': stageNameCasing,
  'from-as-casing': fromAsCasing,
  'no-empty-continuation': noEmptyContinuation,
  'consistent-instruction-casing': consistentInstructionCasing,
  'duplicate-stage-name': duplicateStageName,
  'reserved-stage-name': reservedStageName,
  'json-args-recommended': jsonArgsRecommended,
  'maintainer-deprecated': maintainerDeprecated,
  'undefined-arg-in-from': undefinedArgInFrom,
  'workdir-relative-path': workdirRelativePath,
  'undefined-var': undefinedVar,
  'multiple-instructions-disallowed': multipleInstructionsDisallowed,
  'legacy-key-value-format': legacyKeyValueFormat,
  'redundant-target-platform': redundantTargetPlatform,
  'secrets-used-in-arg-or-env': secretsUsedInArgOrEnv,
  'invalid-default-arg-in-from': invalidDefaultArgInFrom,
  'from-platform-flag-const-disallowed': fromPlatformFlagConstDisallowed,
  'expose-proto-casing': exposeProtoCasing,
  'expose-invalid-format': exposeInvalidFormat,
  'invalid-definition-description': invalidDefinitionDescription,
  'image-tag-missing': imageTagMissing,
  'image-tag-latest': imageTagLatest,
  'apt-lists-left': aptListsLeft,
  'apt-recommends-installed': aptRecommendsInstalled,
} satisfies Record<RuleId, Rule>;

/** Every rule, BuildKit's first. */
export const RULES: readonly Rule[] = Object.values(BY_ID);
