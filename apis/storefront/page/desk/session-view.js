import { byId, element, foreignText, icon, setText } from '../view/element.js';
import { whyItFailed } from '../view/request.js';
import { whyNot } from './operator-button.js';

/** @import { DeskContext } from './desk-context.js' */
/** @import { Notices } from '../view/notices.js' */

/**
 * Who is logged in, with the way in and out; and what those who are not cannot do.
 * @param {DeskContext} page
 * @param {Notices} notices
 */
export function startSessionView(page, notices) {
  const { text, session } = page;
  const who = byId('who');
  const mayNot = byId('may-not');

  function draw() {
    const current = session.current();
    if (current === undefined) {
      const button = element('button', { type: 'button', class: 'button' }, icon('user'), text.text('login.submit'));
      button.addEventListener('click', () => page.openLogin());
      who.replaceChildren(button);
    } else {
      const role = text.text(`role.${current.role}`);
      const label = text.text('logout');
      const button = element('button', { type: 'button', class: 'button' }, label);
      button.addEventListener('click', () => void leave());
      who.replaceChildren(
        element(
          'p',
          { class: 'who-name', title: `${current.name}, ${role}` },
          icon('user'),
          foreignText(current.name),
          element('span', { class: 'quiet' }, role),
        ),
        button,
      );
    }
    const reason = whyNot(page);
    mayNot.hidden = reason === undefined;
    setText(mayNot, reason ?? '');
  }

  async function leave() {
    try {
      await session.end();
    } catch (error) {
      const why = whyItFailed(error, text);
      notices.show('logout', { tone: 'bad', text: text.text('logout.failed', { why }), canDismiss: true });
    }
  }

  session.onChange((how) => {
    const hadFocus = who.contains(document.activeElement);
    draw();
    if (hadFocus) who.querySelector('button')?.focus();
    notices.hide('session');
    const current = session.current();
    if (current) page.announce(text.text('login.is', { name: current.name }));
    else if (how === 'out') page.announce(text.text('logout.is'));
    else
      notices.show('session', {
        tone: 'info',
        text: text.text('login.ended'),
        action: { text: text.text('login.submit'), run: page.openLogin },
      });
  });
  draw();
}
