import { SessionContext, SessionContextDialogs } from '@jupyterlab/apputils';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Kernel, ServiceManager } from '@jupyterlab/services';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';

import { greet } from '../handshake';
import { expectTelling } from '../kernels/link';
import { EXTENSION_VERSION, pipCommand } from '../version';
import { explain, type IFailure } from './explain';
import { FailureView } from './failure';
import { type ILiveWidgets, showWidgets } from './widgets';

export interface IKernelPanelOptions {
  /** Where the session is listed: its folder is the kernel's, and a reload finds it by it. */
  sessionPath: string;
  /** What the list of running kernels calls the session. */
  sessionName: string;
  /** Name of the kernel to start; empty for the server's default. */
  kernelName: string;
  /** Python that ends with what is to be shown; asked for again at each run. */
  code: () => string;
  manager: ServiceManager.IManager;
  rendermime: IRenderMimeRegistry;
  translator: ITranslator;
}

/** What a kernel of its own shows: code is run at the start, and again after each restart. */
export class KernelPanel extends Panel {
  readonly sessionContext: SessionContext;

  constructor(private readonly _options: IKernelPanelOptions) {
    super();
    this.addClass('jp-SpreadlabPanel');
    const { manager, translator } = _options;
    this._trans = translator.load('spreadlab');
    this._rendermime = _options.rendermime.clone();
    this.sessionContext = new SessionContext({
      sessionManager: manager.sessions,
      specsManager: manager.kernelspecs,
      kernelManager: manager.kernels,
      path: _options.sessionPath,
      name: _options.sessionName,
      type: 'spreadlab',
      kernelPreference: {
        ...(_options.kernelName === '' ? {} : { name: _options.kernelName }),
        autoStartDefault: true,
        canStart: true,
        shouldStart: true,
        shutdownOnDispose: true
      }
    });
    this._status.addClass('jp-SpreadlabPanel-status');
    this._status.node.setAttribute('role', 'status');
    this.addWidget(this._status);
    this._area = new SimplifiedOutputArea({
      model: new OutputAreaModel({ trusted: true }),
      rendermime: this._rendermime,
      translator
    });
    this.addWidget(this._area);
    this.sessionContext.kernelChanged.connect((_, { newValue }) => {
      greet(newValue, this._trans);
      expectTelling(newValue);
      // Somebody chose another kernel, or started one where there was none.
      if (this._widgets !== null && newValue !== null) {
        void this.run();
      }
    });
    this.sessionContext.statusChanged.connect((_, status) => {
      this._follow(status);
    });
  }

  /** Start or find the session, and show what the code ends with. */
  async start(): Promise<void> {
    const trans = this._trans;
    this._say(trans.__('Starting a kernel …'));
    const choose = await this.sessionContext.initialize();
    if (this.isDisposed) {
      return;
    }
    if (choose || (this.sessionContext.session?.kernel ?? null) === null) {
      this._fail(
        {
          title: trans.__('No kernel'),
          message: trans.__('This tab needs a Python kernel to show anything.'),
          command: null,
          details: ''
        },
        trans.__('Choose a kernel …'),
        () => void this._chooseKernel()
      );
      return;
    }
    try {
      await this._showWidgets();
    } catch (error) {
      this._fail({
        title: trans.__('JupyterLab has no widgets'),
        message: trans.__(
          "Run this in JupyterLab's environment, then reload this page:"
        ),
        command: pipCommand(EXTENSION_VERSION),
        details: String(error)
      });
      return;
    }
    await this.run();
  }

  /** Run the code again; what the kernel has open already it shows as it is. */
  async run(): Promise<void> {
    const kernel = this.sessionContext.session?.kernel ?? null;
    if (kernel === null) {
      return;
    }
    this._say(this._trans.__('Opening …'));
    let code: string;
    try {
      code = this._options.code();
    } catch (error) {
      this._fail({
        title: this._trans.__('This can not be shown'),
        message: error instanceof Error ? error.message : String(error),
        command: null,
        details: ''
      });
      return;
    }
    const future = kernel.requestExecute({
      code,
      store_history: false,
      stop_on_error: true,
      allow_stdin: false
    });
    this._area.future = future;
    const run = ++this._runs;
    try {
      const { content } = await future.done;
      if (this.isDisposed || run !== this._runs) {
        return;
      }
      if (content.status === 'error') {
        this._fail(explain(content, this._trans));
      } else {
        this._show();
      }
    } catch (error) {
      // The kernel went away while it ran; a restart runs the code again.
      if (!this.isDisposed && run === this._runs && !this._restarting) {
        this._fail({
          title: this._trans.__('The kernel stopped'),
          message: error instanceof Error ? error.message : String(error),
          command: null,
          details: ''
        });
      }
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._runs++;
    this._area.model.clear();
    this._widgets?.dispose();
    super.dispose();
    this._area.model.dispose();
    this.sessionContext.dispose();
  }

  protected override onActivateRequest(): void {
    this.node.tabIndex = -1;
    this.node.focus();
  }

  private _follow(status: Kernel.Status): void {
    const trans = this._trans;
    if (status === 'restarting' || status === 'autorestarting') {
      this._restarting = true;
      this._say(trans.__('The kernel is restarting …'));
    } else if (status === 'idle' && this._restarting) {
      this._restarting = false;
      void this._runAfresh();
    } else if (status === 'dead') {
      this._restarting = false;
      this._fail(
        {
          title: trans.__('The kernel died'),
          message: trans.__(
            'It ended without being asked to; there may not be enough memory.'
          ),
          command: null,
          details: ''
        },
        trans.__('Restart the kernel'),
        () => void this.sessionContext.restartKernel()
      );
    }
  }

  /** After a restart the kernel knows none of the models that are shown. */
  private async _runAfresh(): Promise<void> {
    this._area.model.clear();
    await this._widgets?.clear();
    if (!this.isDisposed) {
      await this.run();
    }
  }

  private async _showWidgets(): Promise<void> {
    const { manager } = this._options;
    const widgets = await showWidgets(
      this.sessionContext,
      this._rendermime,
      manager.contents
    );
    if (this.isDisposed) {
      widgets.dispose();
    } else {
      this._widgets = widgets;
    }
  }

  private async _chooseKernel(): Promise<void> {
    const dialogs = new SessionContextDialogs({
      translator: this._options.translator
    });
    await dialogs.selectKernel(this.sessionContext);
    if (!this.isDisposed && this.sessionContext.session?.kernel) {
      if (this._widgets === null) {
        await this._showWidgets();
      }
      await this.run();
    }
  }

  private _say(words: string): void {
    this._clearFailure();
    this._status.node.textContent = words;
    this._status.show();
    this._area.hide();
  }

  private _show(): void {
    this._clearFailure();
    this._status.node.textContent = '';
    this._status.hide();
    this._area.show();
  }

  private _fail(
    failure: IFailure,
    label = this._trans.__('Try again'),
    retry: () => void = () => void this.run()
  ): void {
    this._clearFailure();
    this._status.hide();
    this._area.hide();
    this._failure = new FailureView(failure, retry, label, this._trans);
    this.addWidget(this._failure);
  }

  private _clearFailure(): void {
    this._failure?.dispose();
    this._failure = null;
  }

  private readonly _trans: TranslationBundle;
  private readonly _rendermime: IRenderMimeRegistry;
  private readonly _area: SimplifiedOutputArea;
  private readonly _status = new Widget();
  private _failure: FailureView | null = null;
  private _widgets: ILiveWidgets | null = null;
  private _restarting = false;
  private _runs = 0;
}
