import { createDialog } from '../view/dialog.js';
import { element, setText } from '../view/element.js';
import { RequestFailed, whyItFailed } from '../view/request.js';
import { logIn } from './desk-api.js';
import { createField } from './field.js';

/** @import { DeskContext } from './desk-context.js' */

/**
 * The dialog that asks who it is. It opens above whatever else is open, which keeps what was typed in it.
 * @param {Pick<DeskContext, 'text' | 'session'>} page
 */
export function createLoginDialog({ text, session }) {
  const { dialog, body, foot, form, open, close } = createDialog(text, { className: 'is-narrow', hasForm: true });
  const why = element('p', { class: 'dialog-lead' });
  const name = createField(text.text('login.name'), element('input', { autocomplete: 'username', maxlength: 100 }));
  const password = createField(
    text.text('login.password'),
    element('input', { type: 'password', autocomplete: 'current-password', maxlength: 1000 }),
  );
  const failure = element('p', { class: 'form-failure', role: 'alert' });
  const submit = element('button', { type: 'submit', class: 'button is-primary' }, text.text('login.submit'));
  body.append(why, name.field, password.field, failure);
  foot.append(submit);
  /** @type {((isIn: boolean) => void)[]} */
  let waiting = [];
  let isSending = false;

  async function send() {
    name.refuse(name.input.value.trim() === '' ? text.text('login.name.missing') : '');
    password.refuse(password.input.value === '' ? text.text('login.password.missing') : '');
    const first = [name, password].find((field) => field.isRefused());
    first?.input.focus();
    if (first || isSending) return;
    isSending = true;
    setText(failure, '');
    try {
      const known = await logIn(name.input.value.trim(), password.input.value);
      session.begin(known);
      finish(true);
    } catch (error) {
      setText(failure, whatWentWrong(error));
      password.input.select();
      password.input.focus();
    } finally {
      isSending = false;
    }
  }

  /** @param {unknown} error */
  function whatWentWrong(error) {
    const status = error instanceof RequestFailed ? error.status : undefined;
    if (status === 401) return text.text('login.wrong');
    if (status === 429) return text.text('login.too-many');
    return text.text('login.failed', { why: whyItFailed(error, text) });
  }

  /** @param {boolean} isIn */
  function finish(isIn) {
    const told = waiting;
    waiting = [];
    password.input.value = '';
    if (dialog.open) close();
    for (const tell of told) tell(isIn);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  dialog.addEventListener('close', () => finish(false));

  /**
   * Asks for the login. Resolves with whether somebody is logged in then.
   * @param {string} [reason] why it is asked
   * @returns {Promise<boolean>}
   */
  return (reason = text.text('login.why')) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      setText(why, reason);
      setText(failure, '');
      name.refuse('');
      password.refuse('');
      open(text.text('login.title'), name.input.value === '' ? name.input : password.input);
    });
}
