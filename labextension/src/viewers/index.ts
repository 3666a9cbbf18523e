import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type {
  DocumentRegistry,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { pairsIcon } from '../icons';
import { type ISettingsModel, ISpreadlabSettings } from '../settings';
import { PluginIDs } from '../tokens';
import { PolicyFactory } from './policyViewer';
import { PathModelFactory, ResultFactory } from './resultViewer';

const POLICY = 'Pairs Policy';
const RESULT = 'Pairs Results';

/** File types with an icon, and what opens them by double click. */
export const viewersPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.viewers,
  description: 'Opens saved results: policies, scans and prices in Parquet.',
  autoStart: true,
  requires: [ISpreadlabSettings],
  optional: [ILabShell, IRenderMimeRegistry, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    settings: ISettingsModel,
    shell: ILabShell | null,
    rendermime: IRenderMimeRegistry | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const { docRegistry } = app;
    const translation = translator ?? nullTranslator;
    const trans = translation.load('spreadlab');
    docRegistry.addFileType({
      name: 'spreadlab-policy',
      displayName: trans.__('Pairs policy'),
      extensions: ['.policy.json'],
      mimeTypes: ['application/json'],
      fileFormat: 'text',
      contentType: 'file',
      icon: pairsIcon
    });
    docRegistry.addFileType({
      name: 'spreadlab-pairs',
      displayName: trans.__('Pairs of a scan'),
      extensions: ['.pairs.parquet'],
      mimeTypes: ['application/vnd.apache.parquet'],
      fileFormat: 'base64',
      contentType: 'file',
      icon: pairsIcon
    });
    docRegistry.addFileType({
      name: 'spreadlab-parquet',
      displayName: trans.__('Parquet'),
      extensions: ['.parquet', '.pq'],
      mimeTypes: ['application/vnd.apache.parquet'],
      fileFormat: 'base64',
      contentType: 'file',
      icon: pairsIcon
    });
    // Notebook 7 gives each document a page of its own, and opens no others than its own in it.
    if (shell === null || rendermime === null) {
      return;
    }
    const tracker = new WidgetTracker<IDocumentWidget>({
      namespace: 'spreadlab-viewers'
    });
    docRegistry.addModelFactory(new PathModelFactory());
    const factories = [
      new PolicyFactory({
        name: POLICY,
        label: trans.__('Pairs Policy'),
        fileTypes: ['spreadlab-policy'],
        defaultFor: ['spreadlab-policy'],
        readOnly: true,
        translator: translation
      }),
      new ResultFactory(
        {
          name: RESULT,
          label: trans.__('Pairs Results'),
          modelName: 'spreadlab-path',
          fileTypes: ['spreadlab-pairs', 'spreadlab-parquet'],
          defaultFor: ['spreadlab-pairs', 'spreadlab-parquet'],
          readOnly: true,
          translator: translation
        },
        { manager: app.serviceManager, rendermime, settings }
      )
    ];
    for (const factory of factories) {
      docRegistry.addWidgetFactory(
        factory as unknown as DocumentRegistry.WidgetFactory
      );
      factory.widgetCreated.connect((_, widget: IDocumentWidget) => {
        widget.title.icon = pairsIcon;
        widget.context.pathChanged.connect(() => void tracker.save(widget));
        void tracker.add(widget);
      });
    }
    if (restorer !== null) {
      void restorer.restore(tracker, {
        command: 'docmanager:open',
        args: widget => ({
          path: widget.context.path,
          factory: widget.context.path.endsWith('.policy.json')
            ? POLICY
            : RESULT
        }),
        name: widget => widget.context.path
      });
    }
  }
};
