import type { Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/chart.css';
import '../shared/controls.css';
import '../shared/liveTable.css';
import './portfolio.css';
import { PortfolioPanel, type PortfolioTraits } from './view';

const render: Render<PortfolioTraits> = ({ model, el }) => {
  const view = new PortfolioPanel(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
