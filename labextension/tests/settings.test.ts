import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import {
  connectCode,
  DEFAULTS,
  defaultProfile,
  type IEngineProfile,
  pythonString,
  readSettings
} from '../src/settings/profile';

const desk: IEngineProfile = {
  name: 'desk',
  address: 'grpcs://desk:50051',
  caFile: '~/ca.pem',
  certFile: '',
  keyFile: '',
  tokenFile: '/run/secrets/it\'s a "token"'
};

interface Property {
  title?: string;
  description?: string;
  default?: unknown;
}

const schema = JSON.parse(
  readFileSync(new URL('../schema/settings.json', import.meta.url), 'utf8')
) as {
  properties: Record<string, Property>;
  definitions: { engineProfile: { properties: Record<string, Property> } };
};

describe('the schema', () => {
  it('has the defaults that the code has', () => {
    const defaults = Object.fromEntries(
      Object.entries(schema.properties).map(([name, { default: value }]) => [
        name,
        value
      ])
    );
    expect(readSettings(defaults)).toEqual(DEFAULTS);
    expect(Object.keys(DEFAULTS).every(name => name in defaults)).toBe(true);
  });

  it('describes every setting, and has no place for a secret', () => {
    const profile = schema.definitions.engineProfile.properties;
    for (const [name, property] of [
      ...Object.entries(schema.properties),
      ...Object.entries(profile)
    ]) {
      expect(property.title, name).toBeTruthy();
      expect(property.description, name).toBeTruthy();
      expect(property.default, name).toBeDefined();
    }
    expect(Object.keys(profile).sort()).toEqual(Object.keys(desk).sort());
  });
});

describe('readSettings', () => {
  it('completes what is missing and takes no other shape', () => {
    expect(readSettings({})).toEqual(DEFAULTS);
    const read = readSettings({
      engineProfiles: [{ name: ' desk ', address: 'grpc://a:1', caFile: 7 }],
      defaultEngine: 'desk'
    });
    expect(defaultProfile(read)).toEqual({
      ...desk,
      address: 'grpc://a:1',
      caFile: '',
      tokenFile: ''
    });
  });
});

describe('defaultProfile', () => {
  it('is null without a name, and an error that lists names with a wrong one', () => {
    expect(defaultProfile(DEFAULTS)).toBeNull();
    expect(() =>
      defaultProfile({
        ...DEFAULTS,
        defaultEngine: 'dusk',
        engineProfiles: [desk]
      })
    ).toThrow('"dusk" is not among the engines in the settings: "desk"');
  });
});

describe('connectCode', () => {
  it('passes files, and the token only by its file', () => {
    expect(connectCode(desk).split('\n').pop()).toBe(
      'sl.connect("grpcs://desk:50051", ca=os.path.expanduser("~/ca.pem"), ' +
        'token=open("/run/secrets/it\'s a \\"token\\"", encoding="utf-8").read().split()[0])'
    );
  });
});

describe('pythonString', () => {
  it.each(['plain', 'it\'s "quoted"', 'back\\slash\nline', 'héé 数 😀', '{}%'])(
    'is read by Python as %j',
    text => {
      const { stdout } = spawnSync(
        'python3',
        ['-c', `import json; print(json.dumps(${pythonString(text)}))`],
        { encoding: 'utf8', env: { ...process.env, PYTHONUTF8: '1' } }
      );
      expect(JSON.parse(stdout)).toBe(text);
    }
  );
});
