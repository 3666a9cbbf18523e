import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

/** Name, in the browser's performance timeline, of what starting spreadlab takes. */
export const ACTIVATION = 'spreadlab:activate';

/** The same plugin, whose activation is in the browser's performance timeline. */
export function measured<T>(
  plugin: JupyterFrontEndPlugin<T>
): JupyterFrontEndPlugin<T> {
  const { activate } = plugin;
  return {
    ...plugin,
    activate: (app: JupyterFrontEnd, ...services: unknown[]) => {
      const start = performance.now();
      try {
        return (
          activate as (app: JupyterFrontEnd, ...services: unknown[]) => T
        )(app, ...services);
      } finally {
        performance.measure(ACTIVATION, {
          start,
          end: performance.now(),
          detail: plugin.id
        });
      }
    }
  };
}
