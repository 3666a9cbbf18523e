import {
  connectCode,
  type IEngineProfile,
  pythonString
} from '../settings/profile';

/**
 * Python that shows the workbench of a file, or of the sample of closes.
 *
 * @param file - as the kernel sees it; null for the sample
 * @param engine - where a new workbench computes; one that is open already stays where it is
 */
export function workbenchCode(
  file: string | null,
  engine: IEngineProfile | null
): string {
  const path = file === null ? '' : pythonString(file);
  const connect =
    engine === null
      ? []
      : [
          `if not application.is_open(${path}):`,
          ...connectCode(engine)
            .split('\n')
            .map(line => `    ${line}`)
        ];
  return [
    'from spreadlab_widgets import application',
    ...connect,
    `application.workbench(${path})`
  ].join('\n');
}

const PRICES = /\.(csv|csv\.gz|parquet|pq)$/i;
const RESULTS = /\.pairs\.parquet$/i;

/** Whether a file may hold prices, by its name. */
export function mayBePrices(name: string): boolean {
  return PRICES.test(name) && !RESULTS.test(name);
}

/** The folder and the name of a path of JupyterLab, whose drive ("RTC:") the kernel does not know. */
export function splitPath(localPath: string): { folder: string; name: string } {
  const slash = localPath.lastIndexOf('/');
  return {
    folder: slash < 0 ? '' : localPath.slice(0, slash),
    name: localPath.slice(slash + 1)
  };
}
