export const ENGINE_PROGRAMS: Readonly<Record<string, string>>;
export const KEEPERS: string;
