import { expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';
import { rabbitmqSettings } from './settings.ts';
import { splitUrls } from './url-list.ts';

test('several URLs are separated by commas; a comma in a password separates nothing', () => {
  expect(splitUrls('amqp://a')).toEqual(['amqp://a']);
  expect(splitUrls('amqp://a:1, amqps://user:x,y@b:2/v ,amqp://c')).toEqual([
    'amqp://a:1',
    'amqps://user:x,y@b:2/v',
    'amqp://c',
  ]);
});

test.each([
  ['amqp://a:secret@h,http://b:secret@i', '(URL 2 of 2) does not begin with amqp:// or amqps://'],
  ['amqp://a:secret@h1,amqp://b:secret@[', '(URL 2 of 2) is no readable URL'],
  ['amqp://a:secret@h1,amqp:///v', '(URL 2 of 2) names no host'],
  ['amqp://a:secret@h1,h2', 'has a comma in its host'],
  ['amqp://a:secret@h1:1,h2:2', 'is no readable URL'],
  ['amqp://a:secret@h1,', 'has a comma in its host'],
  ['amqp://[,amqp://x,amqp://[', '(URL 1 of 3) is no readable URL, (URL 3 of 3) is no readable URL'],
  ['amqp://a:secret@h/one,amqp://a:secret@i/two', 'names different paths'],
])('%s is a fault, which names the bad one and no password', (RABBITMQ_URL, fault) => {
  const read = () => readConfiguration(rabbitmqSettings, { RABBITMQ_URL });
  expect(read).toThrow(`RABBITMQ_URL ${fault}`);
  expect(read).not.toThrow('secret');
});

test('the virtual host / may be written or left out', () => {
  const RABBITMQ_URL = 'amqp://a, amqp://b/';
  expect(readConfiguration(rabbitmqSettings, { RABBITMQ_URL })).toMatchObject({ RABBITMQ_URL });
});
