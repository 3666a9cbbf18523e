/** An engine that the user has named in the settings. Files are on the kernel's machine. */
export interface IEngineProfile {
  name: string;
  address: string;
  caFile: string;
  certFile: string;
  keyFile: string;
  tokenFile: string;
}

/** The settings, complete: what is not given has its default. */
export interface ISettings {
  engineProfiles: readonly IEngineProfile[];
  /** Name of a profile; empty for what the kernel's environment says. */
  defaultEngine: string;
  /** Name of a kernel; empty for the server's default. */
  workbenchKernel: string;
}

export const DEFAULTS: ISettings = {
  engineProfiles: [],
  defaultEngine: '',
  workbenchKernel: ''
};

/** Settings as the registry hands them out, where every value may be missing. */
export function readSettings(composite: Readonly<object>): ISettings {
  const given = composite as Record<string, unknown>;
  const profiles = Array.isArray(given['engineProfiles'])
    ? (given['engineProfiles'] as unknown[])
    : [];
  return {
    engineProfiles: profiles.map(readProfile),
    defaultEngine: text(given['defaultEngine']),
    workbenchKernel: text(given['workbenchKernel'])
  };
}

/** The profile of the default engine; null where the kernel's environment decides. */
export function defaultProfile(settings: ISettings): IEngineProfile | null {
  const { defaultEngine, engineProfiles } = settings;
  if (defaultEngine === '') {
    return null;
  }
  const found = engineProfiles.find(({ name }) => name === defaultEngine);
  if (found === undefined) {
    const names = engineProfiles.map(({ name }) => `"${name}"`).join(', ');
    throw new Error(
      `The default engine "${defaultEngine}" is not among the engines in the settings: ${names || 'there are none'}`
    );
  }
  return found;
}

/**
 * Python that makes a profile the engine of its process. The token stays in its file until the
 * kernel reads it: it is in no message and in no history.
 */
export function connectCode(profile: IEngineProfile): string {
  const options = [
    ['ca', profile.caFile],
    ['client_cert', profile.certFile],
    ['client_key', profile.keyFile]
  ]
    .filter(([, path]) => path !== '')
    .map(([name, path]) => `${name}=${pythonPath(path!)}`);
  if (profile.tokenFile !== '') {
    options.push(
      `token=open(${pythonPath(profile.tokenFile)}, encoding="utf-8").read().split()[0]`
    );
  }
  const code = [pythonString(profile.address), ...options].join(', ');
  return `import os\nimport spreadlab as sl\nsl.connect(${code})`;
}

/** A Python literal: every JSON string is one. */
export function pythonString(value: string): string {
  return JSON.stringify(value);
}

function pythonPath(path: string): string {
  return path.startsWith('~')
    ? `os.path.expanduser(${pythonString(path)})`
    : pythonString(path);
}

function readProfile(value: unknown): IEngineProfile {
  const given = (value ?? {}) as Record<string, unknown>;
  return {
    name: text(given['name']),
    address: text(given['address']),
    caFile: text(given['caFile']),
    certFile: text(given['certFile']),
    keyFile: text(given['keyFile']),
    tokenFile: text(given['tokenFile'])
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
