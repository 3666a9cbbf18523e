import type { Render } from '@anywidget/types';

import '../shared/base.css';
import './window.css';
import { WindowView, type WindowTraits } from './view';

const render: Render<WindowTraits> = ({ model, el }) => {
  const view = new WindowView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
