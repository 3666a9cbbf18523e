import {
  ABCWidgetFactory,
  type DocumentRegistry,
  DocumentWidget,
  TextModelFactory
} from '@jupyterlab/docregistry';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Contents, ServiceManager } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';

import { KernelPanel } from '../panel/kernelPanel';
import { pythonString, type ISettingsModel } from '../settings';
import { joinPath } from '../quickstart';
import { splitPath } from '../workbench/code';

/** A document whose content stays on the server: the kernel reads the file itself. */
export class PathModelFactory extends TextModelFactory {
  override get name(): string {
    return 'spreadlab-path';
  }

  override get fileFormat(): Contents.FileFormat {
    return null;
  }
}

export interface IResultOptions {
  manager: ServiceManager.IManager;
  rendermime: IRenderMimeRegistry;
  settings: ISettingsModel;
}

/** Parquet files: rows of a result, or the workbench of prices; the kernel sees which it is. */
export class ResultFactory extends ABCWidgetFactory<
  DocumentWidget<KernelPanel>
> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<
      DocumentWidget<KernelPanel>
    >,
    private readonly _result: IResultOptions
  ) {
    super(options);
  }

  protected createNewWidget(
    context: DocumentRegistry.Context
  ): DocumentWidget<KernelPanel> {
    const { manager, rendermime, settings } = this._result;
    const { folder, name } = splitPath(
      manager.contents.localPath(context.path)
    );
    const content = new KernelPanel({
      // The same for the same file, so that a reload of the page finds the kernel again.
      sessionPath: joinPath(folder, `${name}.view`),
      sessionName: name,
      kernelName: settings.settings.workbenchKernel,
      code: () =>
        `from spreadlab_widgets import application\napplication.show(${pythonString(name)})`,
      manager,
      rendermime,
      translator: this.translator ?? nullTranslator
    });
    const widget = new DocumentWidget({ content, context });
    void context.ready.then(() => {
      if (!widget.isDisposed) {
        void content.start();
        context.fileChanged.connect(() => void content.run());
      }
    });
    return widget;
  }
}
