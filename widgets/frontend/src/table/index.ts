import type { Render } from '@anywidget/types';

import '../shared/base.css';
import './table.css';
import { TableView, type TableTraits } from './view';

const render: Render<TableTraits> = ({ model, el }) => {
  const view = new TableView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
