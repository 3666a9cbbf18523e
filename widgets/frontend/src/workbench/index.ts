import type { Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/controls.css';
import './workbench.css';
import './screen.css';
import { BarView, type BarTraits } from './view';

const render: Render<BarTraits> = ({ model, el }) => {
  const view = new BarView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
