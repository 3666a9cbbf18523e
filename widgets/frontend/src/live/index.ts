import type { Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/chart.css';
import '../shared/controls.css';
import './live.css';
import { LiveView, type LiveTraits } from './view';

const render: Render<LiveTraits> = ({ model, el }) => {
  const view = new LiveView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
