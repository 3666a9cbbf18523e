import type { Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/chart.css';
import './oufit.css';
import { FitView, type FitTraits } from './view';

const render: Render<FitTraits> = ({ model, el }) => {
  const view = new FitView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
