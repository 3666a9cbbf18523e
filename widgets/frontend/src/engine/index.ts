import type { Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/controls.css';
import './engine.css';
import { EngineView, type EngineTraits } from './view';

const render: Render<EngineTraits> = ({ model, el }) => {
  const view = new EngineView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
