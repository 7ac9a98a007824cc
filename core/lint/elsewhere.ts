/** What another tool checks, and what of ours finds it: a rule's code or a problem's. */
export interface ElsewhereCheck {
  readonly name: string;
  readonly ours: readonly string[];
  /** Why there is no rule of ours, or how ours differs. */
  readonly note?: string;
}

/** BuildKit's checks that need more than the Dockerfile. */
export const BUILDKIT_ELSEWHERE: readonly ElsewhereCheck[] = [
  {
    name: 'CopyIgnoredFile',
    ours: ['copy-source-ignored'],
    note: 'needs the context: the editor, `lapstrake lint --context`',
  },
];

/** hadolint's rules that are errors of the build to us. */
export const HADOLINT_ELSEWHERE: readonly ElsewhereCheck[] = [
  {
    name: 'DL1000',
    ours: ['instruction-unknown'],
    note: 'whatever keeps the file from being read; every error has its own code',
  },
  { name: 'DL3043', ours: ['trigger-invalid'] },
  { name: 'DL3061', ours: ['no-stage'] },
];

/** dockerfile-utils' validations. */
export const UTILS: readonly ElsewhereCheck[] = [
  {
    name: 'CASING_INSTRUCTION',
    ours: ['ConsistentInstructionCasing'],
    note: 'a file all in lower case is fine, as to BuildKit',
  },
  { name: 'CASING_DIRECTIVE', ours: ['directive-casing'] },
  { name: 'ARGUMENT_MISSING', ours: ['argument-missing'] },
  { name: 'ARGUMENT_EXTRA', ours: ['argument-extra'] },
  { name: 'ARGUMENT_REQUIRES_ONE', ours: ['argument-missing'] },
  { name: 'ARGUMENT_REQUIRES_AT_LEAST_ONE', ours: ['argument-missing'] },
  { name: 'ARGUMENT_REQUIRES_TWO', ours: ['pair-without-value', 'argument-missing'] },
  { name: 'ARGUMENT_REQUIRES_AT_LEAST_TWO', ours: ['destination-missing'] },
  { name: 'ARGUMENT_REQUIRES_ONE_OR_THREE', ours: ['from-arguments'] },
  { name: 'ARGUMENT_UNNECESSARY', ours: ['argument-extra'] },
  { name: 'DUPLICATE_BUILD_STAGE_NAME', ours: ['DuplicateStageName'], note: 'a warning: BuildKit builds it' },
  { name: 'EMPTY_CONTINUATION_LINE', ours: ['NoEmptyContinuation'] },
  { name: 'INVALID_BUILD_STAGE_NAME', ours: ['stage-name-invalid'] },
  { name: 'FLAG_AT_LEAST_ONE', ours: ['retries-invalid'], note: '0 is fine to BuildKit' },
  { name: 'FLAG_DUPLICATE', ours: ['flag-duplicate'] },
  { name: 'FLAG_INVALID_DURATION', ours: ['duration-invalid'] },
  { name: 'FLAG_LESS_THAN_1MS', ours: ['duration-too-short'] },
  { name: 'FLAG_MISSING_DURATION', ours: ['duration-invalid'], note: 'an empty one is fine to BuildKit' },
  { name: 'FLAG_MISSING_VALUE', ours: ['flag-value-missing'] },
  { name: 'FLAG_UNKNOWN_UNIT', ours: ['duration-invalid'] },
  { name: 'NO_SOURCE_IMAGE', ours: ['no-stage', 'no-instructions'] },
  { name: 'INVALID_ESCAPE_DIRECTIVE', ours: ['escape-invalid'] },
  { name: 'INVALID_AS', ours: ['from-arguments'] },
  { name: 'INVALID_DESTINATION', ours: ['copy-destination-invalid', 'DL3021'] },
  { name: 'INVALID_PORT', ours: ['port-invalid', 'DL3011'] },
  { name: 'INVALID_PROTO', ours: ['port-invalid'] },
  { name: 'INVALID_REFERENCE_FORMAT', ours: ['base-invalid'] },
  { name: 'INVALID_SIGNAL', ours: ['signal-invalid'], note: 'lower case is fine to BuildKit' },
  { name: 'INVALID_SYNTAX', ours: ['json-not-strings'] },
  { name: 'ONBUILD_CHAINING_DISALLOWED', ours: ['trigger-invalid'] },
  { name: 'ONBUILD_TRIGGER_DISALLOWED', ours: ['trigger-invalid'] },
  { name: 'SHELL_JSON_FORM', ours: ['shell-form'] },
  { name: 'SHELL_REQUIRES_ONE', ours: ['argument-missing'] },
  { name: 'SYNTAX_MISSING_EQUALS', ours: ['pair-without-equals'] },
  { name: 'SYNTAX_MISSING_NAMES', ours: ['name-blank'] },
  { name: 'SYNTAX_MISSING_SINGLE_QUOTE', ours: ['expansion-failed'] },
  { name: 'SYNTAX_MISSING_DOUBLE_QUOTE', ours: ['expansion-failed'] },
  { name: 'MULTIPLE_INSTRUCTIONS', ours: ['MultipleInstructionsDisallowed'] },
  { name: 'UNKNOWN_INSTRUCTION', ours: ['instruction-unknown'] },
  { name: 'UNKNOWN_ADD_FLAG', ours: ['flag-unknown'] },
  { name: 'UNKNOWN_COPY_FLAG', ours: ['flag-unknown'] },
  { name: 'UNKNOWN_FROM_FLAG', ours: ['flag-unknown'] },
  { name: 'UNKNOWN_HEALTHCHECK_FLAG', ours: ['flag-unknown'] },
  { name: 'UNKNOWN_TYPE', ours: ['type-unknown'] },
  { name: 'UNSUPPORTED_MODIFIER', ours: ['expansion-failed'] },
  { name: 'DEPRECATED_MAINTAINER', ours: ['MaintainerDeprecated'] },
  { name: 'HEALTHCHECK_CMD_ARGUMENT_MISSING', ours: ['command-missing'] },
  { name: 'FLAG_INVALID_FROM_VALUE', ours: ['stage-unknown', 'DL3022'] },
  { name: 'FLAG_INVALID_LINK_VALUE', ours: ['flag-not-boolean'] },
  { name: 'FLAG_EXPECTED_BOOLEAN_VALUE', ours: ['flag-not-boolean'] },
  { name: 'JSON_IN_SINGLE_QUOTES', ours: ['json-single-quotes'] },
  { name: 'WORKDIR_IS_NOT_ABSOLUTE', ours: ['WorkdirRelativePath', 'DL3000'] },
  { name: 'BASE_NAME_EMPTY', ours: ['UndefinedArgInFrom', 'base-invalid'] },
  { name: 'DUPLICATED_ESCAPE_DIRECTIVE', ours: ['directive-duplicate'] },
];
