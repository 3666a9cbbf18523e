import type { ISessionContext } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Contents } from '@jupyterlab/services';
import { RenderMimeRegistry } from '@jupyterlab/rendermime';
import { PromiseDelegate } from '@lumino/coreutils';
import { type IDisposable, DisposableDelegate } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { WidgetModel } from '@jupyter-widgets/base';
import type * as Manager from '@jupyter-widgets/jupyterlab-manager';

type Registered = Parameters<typeof Manager.registerWidgetManager>;

/** Live widgets of one session, outside of a notebook. */
export interface ILiveWidgets extends IDisposable {
  /** Let go of all models, as after a restart, when the kernel no longer knows them. */
  clear(): Promise<void>;
}

/**
 * Let a rendermime registry show the widgets of a session.
 *
 * The manager is the one that notebooks have: it knows every widget package that is installed. It
 * asks for a notebook's context, of which it uses what is given here.
 */
export async function showWidgets(
  sessionContext: ISessionContext,
  rendermime: IRenderMimeRegistry,
  contents: Contents.IManager
): Promise<ILiveWidgets> {
  const { registerWidgetManager, WidgetRenderer } =
    await import('@jupyter-widgets/jupyterlab-manager');
  const received = new PromiseDelegate<Manager.LabWidgetManager>();
  /** A renderer is handed the manager, which nothing else gives out. */
  class Receiver extends WidgetRenderer {
    override set manager(value: Manager.LabWidgetManager) {
      received.resolve(value);
    }
  }
  const receiver = new Receiver({
    mimeType: 'application/vnd.jupyter.widget-view+json',
    sanitizer: rendermime.sanitizer,
    resolver: null,
    linkHandler: null,
    latexTypesetter: null
  });
  const context = {
    sessionContext,
    saveState: new Signal({}),
    model: { getMetadata: () => undefined, setMetadata: () => undefined },
    urlResolver: new RenderMimeRegistry.UrlResolver({
      path: sessionContext.path,
      contents
    })
  };
  const registration = registerWidgetManager(
    context as unknown as Registered[0],
    rendermime,
    [receiver].values() as unknown as Registered[2]
  );
  const live = await received.promise;
  receiver.dispose();
  const models = new Map<string, Promise<WidgetModel>>();
  const register = live.register_model.bind(live);
  live.register_model = (id, model) => {
    models.set(id, model);
    register(id, model);
  };
  const clear = async () => {
    const known = await Promise.allSettled(models.values());
    models.clear();
    for (const model of known) {
      if (model.status === 'fulfilled') {
        // As if the kernel had closed it: the manager forgets it, and no message is sent.
        model.value.trigger('comm:close');
        await model.value.close(true);
      }
    }
  };
  const disposable = new DisposableDelegate(() => {
    // JupyterLab keeps the manager for good, but not what it held.
    void clear().then(() => {
      registration.dispose();
    });
  });
  return {
    get isDisposed() {
      return disposable.isDisposed;
    },
    dispose: () => {
      disposable.dispose();
    },
    clear
  };
}
