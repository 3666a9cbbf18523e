import { MainAreaWidget, Toolbar } from '@jupyterlab/apputils';
import { SessionContextDialogs } from '@jupyterlab/apputils';
import { pairsBusyIcon, pairsIcon } from '../icons';
import { type IKernelPanelOptions, KernelPanel } from '../panel/kernelPanel';

export interface IWorkbenchOptions extends IKernelPanelOptions {
  /** The file of prices, as JupyterLab names it; null for the sample. */
  path: string | null;
}

/** The workbench as a tab: its kernel's state is in the title, its controls in the toolbar. */
export class WorkbenchPanel extends MainAreaWidget<KernelPanel> {
  readonly path: string | null;
  readonly sessionPath: string;

  constructor(options: IWorkbenchOptions) {
    const content = new KernelPanel(options);
    super({ content });
    this.path = options.path;
    this.sessionPath = options.sessionPath;
    this.id = `spreadlab-workbench-${options.sessionPath}`;
    this.addClass('jp-SpreadlabWorkbenchPanel');
    const { sessionContext } = content;
    const { translator } = options;
    const trans = translator.load('spreadlab');
    const dialogs = new SessionContextDialogs({ translator });
    this.toolbar.addItem(
      'interrupt',
      Toolbar.createInterruptButton(sessionContext, translator)
    );
    this.toolbar.addItem(
      'restart',
      Toolbar.createRestartButton(sessionContext, dialogs, translator)
    );
    this.toolbar.addItem('spacer', Toolbar.createSpacerItem());
    this.toolbar.addItem(
      'kernelName',
      Toolbar.createKernelNameItem(sessionContext, dialogs, translator)
    );
    this.toolbar.addItem(
      'kernelStatus',
      Toolbar.createKernelStatusItem(sessionContext, translator)
    );
    this.title.closable = true;
    this.title.label =
      options.path === null
        ? trans.__('Pairs Workbench')
        : (options.path.split('/').pop() ?? options.path);
    const show = () => {
      const status = sessionContext.kernelDisplayStatus;
      const busy = !['idle', 'unknown', 'dead', ''].includes(status);
      this.title.icon = busy ? pairsBusyIcon : pairsIcon;
      this.title.className = busy ? 'jp-mod-busy' : '';
      this.title.caption = trans.__(
        'Pairs Workbench of %1\nKernel: %2',
        options.path ?? trans.__('the sample of closes'),
        status
      );
    };
    show();
    sessionContext.statusChanged.connect(show);
    sessionContext.connectionStatusChanged.connect(show);
  }
}
