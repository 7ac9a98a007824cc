import type { Rule } from './rule.ts';
import { addInsteadOfCopy } from './rules/add-instead-of-copy.ts';
import { apkCacheLeft } from './rules/apk-cache-left.ts';
import { apkUnpinned } from './rules/apk-unpinned.ts';
import { aptAsks } from './rules/apt-asks.ts';
import { aptDistUpgrade } from './rules/apt-dist-upgrade.ts';
import { aptForPeople } from './rules/apt-for-people.ts';
import { aptListsLeft } from './rules/apt-lists-left.ts';
import { aptRecommendsInstalled } from './rules/apt-recommends-installed.ts';
import { aptUnpinned } from './rules/apt-unpinned.ts';
import { archiveCopiedThenExtracted } from './rules/archive-copied-then-extracted.ts';
import { baseImageMissing } from './rules/base-image-missing.ts';
import { baseImageOutdated } from './rules/base-image-outdated.ts';
import { cacheBreakingOrder } from './rules/cache-breaking-order.ts';
import { cdInRun } from './rules/cd-in-run.ts';
import { consecutiveRuns } from './rules/consecutive-runs.ts';
import { consistentInstructionCasing } from './rules/consistent-instruction-casing.ts';
import { copyClutter } from './rules/copy-clutter.ts';
import { copyFromSelf } from './rules/copy-from-self.ts';
import { copyFromUnknown } from './rules/copy-from-unknown.ts';
import { copySecretFile } from './rules/copy-secret-file.ts';
import { copyToNoFolder } from './rules/copy-to-no-folder.ts';
import { copyWholeFileSystem } from './rules/copy-whole-file-system.ts';
import { copyWithoutWorkdir } from './rules/copy-without-workdir.ts';
import { deletedInLaterLayer } from './rules/deleted-in-later-layer.ts';
import { directiveCasing } from './rules/directive-casing.ts';
import { dnfAsks } from './rules/dnf-asks.ts';
import { dnfCacheLeft } from './rules/dnf-cache-left.ts';
import { dnfUnpinned } from './rules/dnf-unpinned.ts';
import { duplicateStageName } from './rules/duplicate-stage-name.ts';
import { envRefersToItself } from './rules/env-refers-to-itself.ts';
import { exposeInHelperStage } from './rules/expose-in-helper-stage.ts';
import { exposeInvalidFormat } from './rules/expose-invalid-format.ts';
import { exposeProtoCasing } from './rules/expose-proto-casing.ts';
import { exposeSsh } from './rules/expose-ssh.ts';
import { fromAsCasing } from './rules/from-as-casing.ts';
import { fromPlatformFlag } from './rules/from-platform-flag.ts';
import { fromPlatformFlagConstDisallowed } from './rules/from-platform-flag-const-disallowed.ts';
import { gemUnpinned } from './rules/gem-unpinned.ts';
import { goUnpinned } from './rules/go-unpinned.ts';
import { healthCheckMissing } from './rules/health-check-missing.ts';
import { imageTagLatest } from './rules/image-tag-latest.ts';
import { imageTagMissing } from './rules/image-tag-missing.ts';
import { inlineIgnorePragma } from './rules/inline-ignore-pragma.ts';
import { insecureDownload } from './rules/insecure-download.ts';
import { invalidBaseImagePlatform } from './rules/invalid-base-image-platform.ts';
import { invalidDefaultArgInFrom } from './rules/invalid-default-arg-in-from.ts';
import { invalidDefinitionDescription } from './rules/invalid-definition-description.ts';
import { jsonArgsRecommended } from './rules/json-args-recommended.ts';
import { jsonSingleQuotes } from './rules/json-single-quotes.ts';
import { labelEmpty } from './rules/label-empty.ts';
import { labelKeyInvalid } from './rules/label-key-invalid.ts';
import { labelMissing } from './rules/label-missing.ts';
import { labelNotEmail } from './rules/label-not-email.ts';
import { labelNotHash } from './rules/label-not-hash.ts';
import { labelNotSemver } from './rules/label-not-semver.ts';
import { labelNotSpdx } from './rules/label-not-spdx.ts';
import { labelNotTime } from './rules/label-not-time.ts';
import { labelNotUrl } from './rules/label-not-url.ts';
import { labelSuperfluous } from './rules/label-superfluous.ts';
import { lastUserRoot } from './rules/last-user-root.ts';
import { legacyKeyValueFormat } from './rules/legacy-key-value-format.ts';
import { maintainerDeprecated } from './rules/maintainer-deprecated.ts';
import { multipleInstructionsDisallowed } from './rules/multiple-instructions-disallowed.ts';
import { noEmptyContinuation } from './rules/no-empty-continuation.ts';
import { npmUnpinned } from './rules/npm-unpinned.ts';
import { packageUpdateAlone } from './rules/package-update-alone.ts';
import { passwordInRun } from './rules/password-in-run.ts';
import { pipCacheLeft } from './rules/pip-cache-left.ts';
import { pipUnpinned } from './rules/pip-unpinned.ts';
import { pipeWithoutPipefail } from './rules/pipe-without-pipefail.ts';
import { pointlessCommand } from './rules/pointless-command.ts';
import { portNotExposed } from './rules/port-not-exposed.ts';
import { portOutOfRange } from './rules/port-out-of-range.ts';
import { redundantTargetPlatform } from './rules/redundant-target-platform.ts';
import { reservedStageName } from './rules/reserved-stage-name.ts';
import { secretValue } from './rules/secret-value.ts';
import { secretsUsedInArgOrEnv } from './rules/secrets-used-in-arg-or-env.ts';
import { sensitiveName } from './rules/sensitive-name.ts';
import { shellByLink } from './rules/shell-by-link.ts';
import { shellFormCommand } from './rules/shell-form-command.ts';
import { stageNameCasing } from './rules/stage-name-casing.ts';
import { sudoInRun } from './rules/sudo-in-run.ts';
import { tlsCheckOff } from './rules/tls-check-off.ts';
import { undefinedArgInFrom } from './rules/undefined-arg-in-from.ts';
import { undefinedVar } from './rules/undefined-var.ts';
import { unsignedPackages } from './rules/unsigned-packages.ts';
import { untrustedRegistry } from './rules/untrusted-registry.ts';
import { userMissing } from './rules/user-missing.ts';
import { userNotNumeric } from './rules/user-not-numeric.ts';
import { userUnknown } from './rules/user-unknown.ts';
import { useraddHighUid } from './rules/useradd-high-uid.ts';
import { wgetAndCurl } from './rules/wget-and-curl.ts';
import { wgetProgress } from './rules/wget-progress.ts';
import { workdirNotAbsolute } from './rules/workdir-not-absolute.ts';
import { workdirRelativePath } from './rules/workdir-relative-path.ts';
import { workdirSystemFolder } from './rules/workdir-system-folder.ts';
import { yarnCacheLeft } from './rules/yarn-cache-left.ts';
import { yumAsks } from './rules/yum-asks.ts';
import { yumCacheLeft } from './rules/yum-cache-left.ts';
import { yumUnpinned } from './rules/yum-unpinned.ts';
import { zypperAsks } from './rules/zypper-asks.ts';
import { zypperCacheLeft } from './rules/zypper-cache-left.ts';
import { zypperDistUpgrade } from './rules/zypper-dist-upgrade.ts';
import { zypperUnpinned } from './rules/zypper-unpinned.ts';

/** Every rule: BuildKit's, hadolint's by number, then our own. */
export const RULES: readonly Rule[] = [
  consistentInstructionCasing,
  duplicateStageName,
  exposeInvalidFormat,
  exposeProtoCasing,
  fromAsCasing,
  fromPlatformFlagConstDisallowed,
  invalidBaseImagePlatform,
  invalidDefaultArgInFrom,
  invalidDefinitionDescription,
  jsonArgsRecommended,
  legacyKeyValueFormat,
  maintainerDeprecated,
  multipleInstructionsDisallowed,
  noEmptyContinuation,
  redundantTargetPlatform,
  reservedStageName,
  secretsUsedInArgOrEnv,
  stageNameCasing,
  undefinedArgInFrom,
  undefinedVar,
  workdirRelativePath,
  inlineIgnorePragma,
  workdirNotAbsolute,
  pointlessCommand,
  lastUserRoot,
  cdInRun,
  sudoInRun,
  imageTagMissing,
  imageTagLatest,
  aptUnpinned,
  aptListsLeft,
  archiveCopiedThenExtracted,
  portOutOfRange,
  pipUnpinned,
  aptAsks,
  aptRecommendsInstalled,
  npmUnpinned,
  apkUnpinned,
  apkCacheLeft,
  addInsteadOfCopy,
  copyToNoFolder,
  copyFromUnknown,
  copyFromSelf,
  shellFormCommand,
  untrustedRegistry,
  aptForPeople,
  gemUnpinned,
  fromPlatformFlag,
  yumAsks,
  yumCacheLeft,
  yumUnpinned,
  zypperAsks,
  zypperDistUpgrade,
  zypperCacheLeft,
  zypperUnpinned,
  dnfAsks,
  dnfCacheLeft,
  dnfUnpinned,
  pipCacheLeft,
  envRefersToItself,
  copyWithoutWorkdir,
  useraddHighUid,
  wgetProgress,
  labelKeyInvalid,
  labelMissing,
  labelSuperfluous,
  labelEmpty,
  labelNotUrl,
  labelNotTime,
  labelNotSpdx,
  labelNotHash,
  labelNotSemver,
  healthCheckMissing,
  labelNotEmail,
  consecutiveRuns,
  yarnCacheLeft,
  goUnpinned,
  sensitiveName,
  userNotNumeric,
  copyWholeFileSystem,
  wgetAndCurl,
  shellByLink,
  pipeWithoutPipefail,
  aptDistUpgrade,
  baseImageMissing,
  baseImageOutdated,
  cacheBreakingOrder,
  copyClutter,
  copySecretFile,
  deletedInLaterLayer,
  directiveCasing,
  exposeInHelperStage,
  exposeSsh,
  insecureDownload,
  jsonSingleQuotes,
  packageUpdateAlone,
  passwordInRun,
  portNotExposed,
  secretValue,
  tlsCheckOff,
  unsignedPackages,
  userMissing,
  userUnknown,
  workdirSystemFolder,
];
