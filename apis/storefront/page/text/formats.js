import { once } from './once.js';

/**
 * Numbers, money and times as the reader's locale writes them.
 * @param {string} locale
 */
export function createFormats(locale) {
  const whole = once(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }));
  const one = once(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }));
  const cents = once(() => new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
  const compact = once(() => new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 4 }));
  const percent = once(() => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }));
  const clock = once(() => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }));
  const precise = once(
    () =>
      new Intl.DateTimeFormat(locale, {
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        fractionalSecondDigits: 3,
      }),
  );
  const minute = once(() => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }));
  const day = once(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }));
  const relative = once(() => new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' }));

  /** @param {() => Intl.DateTimeFormat} format */
  const withTime = (format) => (/** @type {string | number} */ time) => {
    const at = new Date(time);
    return Number.isNaN(at.getTime()) ? String(time) : format().format(at);
  };
  /** @param {number} value @param {'millisecond' | 'second' | 'minute' | 'hour'} unit @param {number} digits */
  const inUnit = (value, unit, digits) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits }).format(
      value,
    );

  return {
    /** @param {number} value */
    number: (value) => whole().format(value),
    /**
     * A number for where there is little room: exact up to 99,999.
     * @param {number} value
     */
    short: (value) => (Math.abs(value) < 100_000 ? whole().format(value) : compact().format(value)),
    /** @param {number} value */
    rate: (value) => (value < 10 ? one() : whole()).format(value),
    /** @param {number} share 0 to 1 */
    percent: (share) => percent().format(share),
    /**
     * Decimal text, exactly: Intl takes it as text, so no digit is lost to a float. What is no amount (a dead letter may
     * have any price) stays as it is.
     * @param {string} amount
     */
    money: (amount) =>
      /^-?\d+(\.\d+)?$/.test(amount) ? cents().format(/** @type {Intl.StringNumericLiteral} */ (amount)) : amount,
    /**
     * An amount for where there is little room: exact below a million.
     * @param {string} amount decimal text
     */
    shortMoney: (amount) =>
      (Number(amount) < 1_000_000 ? cents() : compact()).format(/** @type {Intl.StringNumericLiteral} */ (amount)),
    time: withTime(clock),
    preciseTime: withTime(precise),
    minute: withTime(minute),
    dateTime: withTime(day),
    /**
     * "in 7 sec.", "2 min. ago".
     * @param {number} milliseconds from now, negative in the past
     */
    fromNow: (milliseconds) => {
      const seconds = Math.round(milliseconds / 1000);
      if (Math.abs(seconds) < 60) return relative().format(seconds, 'second');
      const minutes = Math.round(seconds / 60);
      if (Math.abs(minutes) < 60) return relative().format(minutes, 'minute');
      const hours = Math.round(minutes / 60);
      return Math.abs(hours) < 48 ? relative().format(hours, 'hour') : relative().format(Math.round(hours / 24), 'day');
    },
    /**
     * How long something took.
     * @param {number} milliseconds
     */
    duration: (milliseconds) => {
      if (milliseconds < 1) return inUnit(milliseconds, 'millisecond', 2);
      if (milliseconds < 1000) return inUnit(milliseconds, 'millisecond', milliseconds < 10 ? 1 : 0);
      if (milliseconds < 60_000) return inUnit(milliseconds / 1000, 'second', milliseconds < 10_000 ? 1 : 0);
      if (milliseconds < 3_600_000) return inUnit(milliseconds / 60_000, 'minute', 0);
      return inUnit(milliseconds / 3_600_000, 'hour', 1);
    },
  };
}
/** @typedef {ReturnType<typeof createFormats>} Formats */
