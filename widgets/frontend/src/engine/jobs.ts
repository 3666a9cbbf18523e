import { element } from '../shared/dom';
import { short } from '../shared/format';

export interface JobRow {
  id: string;
  task: string;
  done: number;
  planned: number;
  fraction: number;
  seconds: number;
  left: number | null;
}

/** How far a job is, in words. */
export function jobWords(job: JobRow): string {
  const share = `${Math.round(100 * job.fraction)} %`;
  const left = job.left === null ? '' : `, ${short(job.left)} s left`;
  // Tiles are planned when the work begins: until the first is done, their number is not known.
  const tiles = job.planned === 0 ? '' : ` of ${job.planned} tiles`;
  return `${share}${tiles} after ${short(job.seconds)} s${left}`;
}

/** The jobs that run, each with Cancel; rows are kept, so that a button does not lose the focus. */
export class JobList {
  readonly node = element('section', 'jp-SpreadlabEngine-jobs', {
    'aria-label': 'Running jobs'
  });
  private readonly title = element('div', 'jp-SpreadlabEngine-title', {
    role: 'status'
  });
  private readonly rows = new Map<
    string,
    { node: HTMLElement; words: HTMLElement; bar: HTMLProgressElement }
  >();

  constructor(private readonly cancel: (id: string) => void) {
    this.node.append(this.title);
    this.show([]);
  }

  show(jobs: readonly JobRow[]): void {
    const title =
      jobs.length === 0
        ? 'No running jobs'
        : `${jobs.length} running ${jobs.length === 1 ? 'job' : 'jobs'}`;
    if (this.title.textContent !== title) {
      this.title.textContent = title;
    }
    const alive = new Set(jobs.map(job => job.id));
    for (const [id, row] of this.rows) {
      if (!alive.has(id)) {
        row.node.remove();
        this.rows.delete(id);
      }
    }
    for (const job of jobs) {
      const row = this.rows.get(job.id) ?? this.add(job);
      row.words.textContent = jobWords(job);
      row.bar.value = job.fraction;
    }
  }

  private add(job: JobRow): {
    node: HTMLElement;
    words: HTMLElement;
    bar: HTMLProgressElement;
  } {
    const node = element('div', 'jp-SpreadlabEngine-job');
    const words = element('span', 'jp-SpreadlabEngine-progress');
    const bar = element('progress', 'jp-SpreadlabEngine-bar', {
      max: '1',
      'aria-label': `Progress of ${job.task}`
    });
    const stop = element(
      'button',
      'jp-Spreadlab-button',
      { type: 'button', 'aria-label': `Cancel ${job.task}` },
      'Cancel'
    );
    stop.addEventListener('click', () => {
      this.cancel(job.id);
    });
    node.append(
      element('strong', 'jp-SpreadlabEngine-task', {}, job.task),
      bar,
      words,
      stop
    );
    this.node.append(node);
    const row = { node, words, bar };
    this.rows.set(job.id, row);
    return row;
  }
}
