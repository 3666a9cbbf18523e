import { element } from '../shared/dom';

export interface Question {
  words: string;
  choices: readonly (readonly [string, string])[];
}

/** A question that stands in the way until it is answered; Escape answers "cancel". */
export class QuestionBox {
  readonly node = element('div', 'jp-SpreadlabStrategy-question', {
    role: 'alertdialog',
    'data-lm-suppress-shortcuts': 'true'
  });
  private before: Element | null = null;

  constructor(private readonly answer: (choice: string) => void) {
    this.node.hidden = true;
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.answer('cancel');
      }
    });
  }

  show(question: Question | null): void {
    if (question === null) {
      this.hide();
      return;
    }
    this.before ??= document.activeElement;
    this.node.setAttribute('aria-label', question.words);
    this.node.replaceChildren(
      element('span', '', {}, question.words),
      ...question.choices.map(([choice, label]) => {
        const button = element(
          'button',
          'jp-Spreadlab-button',
          { type: 'button', 'data-choice': choice },
          label
        );
        button.addEventListener('click', () => {
          this.answer(choice);
        });
        return button;
      })
    );
    this.node.hidden = false;
    // The last choice changes nothing: Enter pressed too soon does no harm.
    this.node.querySelector<HTMLElement>('button:last-of-type')?.focus();
  }

  private hide(): void {
    const had = this.node.contains(document.activeElement);
    this.node.hidden = true;
    this.node.replaceChildren();
    if (had && this.before instanceof HTMLElement) {
      this.before.focus();
    }
    this.before = null;
  }
}
