import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';

/**
 * Put code into a new cell below the active one. A notebook whose active cell is an empty code cell
 * gets it there.
 *
 * @param run - whether to run it, too
 */
export async function insertCode(
  panel: NotebookPanel,
  code: string,
  run: boolean
): Promise<void> {
  const { content, context, sessionContext } = panel;
  await context.ready;
  const active = content.activeCell?.model;
  const isEmpty =
    active?.type === 'code' && active.sharedModel.getSource().trim() === '';
  if (!isEmpty) {
    NotebookActions.insertBelow(content);
  }
  if (content.activeCell?.model.type !== 'code') {
    NotebookActions.changeCellType(content, 'code');
  }
  content.activeCell?.model.sharedModel.setSource(code);
  if (run) {
    await NotebookActions.run(content, sessionContext);
  } else {
    content.mode = 'edit';
  }
  if (content.activeCell !== null) {
    await content.scrollToCell(content.activeCell);
  }
}
