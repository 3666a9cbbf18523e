import own from './generated/version.json';

export const EXTENSION_VERSION: string = own.version;

/** Which side has to move, and the command that moves it. */
export interface IMismatch {
  /** The side with the older version. */
  older: 'kernel' | 'extension';
  kernel: string;
  extension: string;
  /** Ready to paste into a terminal of the older side's environment. */
  command: string;
}

/** What has to be done for kernel and extension to agree; null when they do. */
export function compareVersions(
  kernel: string,
  extension: string
): IMismatch | null {
  if (kernel === extension) {
    return null;
  }
  const older = isOlder(kernel, extension) ? 'kernel' : 'extension';
  const newer = older === 'kernel' ? extension : kernel;
  return { older, kernel, extension, command: pipCommand(newer) };
}

export function pipCommand(version: string): string {
  return `python -m pip install "spreadlab[lab]==${version}"`;
}

/**
 * Release order: numbers part by part, and a part with a suffix ("0rc1", "0.dev2")
 * before the plain one, as pip has it.
 */
function isOlder(a: string, b: string): boolean {
  const left = split(a);
  const right = split(b);
  for (let k = 0; k < Math.max(left.length, right.length); k++) {
    const [numberA, suffixA] = left[k] ?? [0, ''];
    const [numberB, suffixB] = right[k] ?? [0, ''];
    if (numberA !== numberB) {
      return numberA < numberB;
    }
    if (suffixA !== suffixB) {
      return suffixB === '' || (suffixA !== '' && suffixA < suffixB);
    }
  }
  return false;
}

function split(version: string): [number, string][] {
  return version.split('.').map(part => {
    const digits = /^\d*/.exec(part)![0];
    // "dev2" alone sorts before the 0 it stands in for.
    return [digits === '' ? 0 : Number(digits), part.slice(digits.length)];
  });
}
