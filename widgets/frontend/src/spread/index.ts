import type { Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/chart.css';
import './spread.css';
import { SpreadChartView, type SpreadTraits } from './view';

const render: Render<SpreadTraits> = ({ model, el }) => {
  const view = new SpreadChartView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
