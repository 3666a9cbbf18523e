import { LabIcon } from '@jupyterlab/ui-components';

import pairsBusySvg from '../style/icons/pairs-busy.svg';
import pairsSvg from '../style/icons/pairs.svg';

export const pairsIcon = new LabIcon({
  name: 'spreadlab:pairs',
  svgstr: pairsSvg
});

/** The same while a kernel is at work. */
export const pairsBusyIcon = new LabIcon({
  name: 'spreadlab:pairs-busy',
  svgstr: pairsBusySvg
});
