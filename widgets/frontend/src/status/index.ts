import type { Render } from '@anywidget/types';

import '../shared/base.css';
import './status.css';
import { StatusView, type StatusTraits } from './view';

const render: Render<StatusTraits> = ({ model, el }) => {
  const view = new StatusView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
