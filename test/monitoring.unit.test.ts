import { existsSync, readFileSync } from 'node:fs';
import fastify from 'fastify';
import type { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createMetricsRegistry, registerMetrics } from '../apis/http/metrics.ts';
import { createSourceMetrics } from '../apis/source-system/source-metrics.ts';
import { createStorefrontMetrics } from '../apis/storefront/storefront-metrics.ts';
import { createConsumerMetrics } from '../consumer/metrics.ts';

interface Compose {
  services: Record<string, { image?: string; environment?: Record<string, string>; volumes?: string[] }>;
}
interface Alerts {
  groups: {
    name: string;
    rules: {
      alert: string;
      expr: string;
      labels: { severity: string };
      annotations: { summary: string; description: string; runbook: string };
    }[];
  }[];
}
interface Prometheus {
  rule_files: string[];
  scrape_configs: {
    job_name: string;
    static_configs?: { targets: string[] }[];
    dns_sd_configs?: { names: string[]; port: number }[];
    file_sd_configs?: { files: string[] }[];
  }[];
}
interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { uid: string };
  targets?: { expr: string; datasource: { uid: string } }[];
}

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const read = (path: string) => readFileSync(at(path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const prometheus = parse(read('monitoring/prometheus.yml')) as Prometheus;
const alerts = (parse(read('monitoring/alerts.yml')) as Alerts).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('monitoring/grafana/dashboards/order-ingestion.json')) as {
  uid: string;
  panels: Panel[];
};
const { datasources } = parse(read('monitoring/grafana/provisioning/datasources/prometheus.yml')) as {
  datasources: { uid: string; url: string }[];
};

/** What others than our processes give; seen on RabbitMQ 4.3 with families queue_coarse_metrics and ra_metrics. */
const metricsOfOthers = new Map([
  ['up', []],
  ['ALERTS', ['alertstate']],
  ['rabbitmq_alarms_memory_used_watermark', []],
  ['rabbitmq_alarms_free_disk_space_watermark', []],
  ['rabbitmq_process_resident_memory_bytes', []],
  ['rabbitmq_resident_memory_limit_bytes', []],
  ['rabbitmq_detailed_raft_commit_index', ['queue']],
  ['rabbitmq_detailed_queue_messages', ['queue']],
  ['rabbitmq_detailed_queue_messages_ready', ['queue']],
  ['rabbitmq_detailed_queue_messages_unacked', ['queue']],
]);
/** Labels that Prometheus itself puts on what it reads, `system` by our prometheus.yml. */
const LABELS_OF_TARGETS = ['job', 'instance', 'system'];

/** Every metric that our processes serve, with its labels. */
function metricsOfOurs(): Map<string, string[]> {
  const api = createMetricsRegistry({ system: 'system_1' });
  createSourceMetrics(api);
  registerMetrics(fastify(), api);
  const storefront = createMetricsRegistry({});
  createStorefrontMetrics(storefront);
  return new Map([createConsumerMetrics().registry, api, storefront].flatMap(seriesOf));
}

function seriesOf(registry: Registry): [string, string[]][] {
  return registry.getMetricsAsArray().flatMap((metric): [string, string[]][] => {
    const labels = 'labelNames' in metric ? (metric.labelNames as string[]) : [];
    if (String(metric.type) !== 'histogram') return [[metric.name, labels]];
    return [
      [`${metric.name}_bucket`, [...labels, 'le']],
      [`${metric.name}_sum`, labels],
      [`${metric.name}_count`, labels],
    ];
  });
}

const WORDS = new Set(['or', 'and', 'unless', 'offset', 'bool']);
const GROUPING = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g;
const withoutTexts = (expression: string) => expression.replace(/"(?:[^"\\]|\\.)*"/g, '""');

/** Names of metrics in an expression: names that are no function, word, label or duration. */
function metricsIn(expression: string): string[] {
  const bare = withoutTexts(expression)
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(GROUPING, ' ');
  return [...bare.matchAll(/(?<![\w:$])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name));
}

function labelsIn(expression: string): string[] {
  const text = withoutTexts(expression);
  const matchers = [...text.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = '']) =>
    [...inner.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1] ?? ''),
  );
  const groupings = [...text.matchAll(GROUPING)].flatMap(([, inner = '']) => inner.split(',').map((l) => l.trim()));
  return [...matchers, ...groupings].filter((label) => label !== '');
}

const expressions: [string, string][] = [
  ...alerts.map((rule): [string, string] => [`alert ${rule.alert}`, rule.expr]),
  ...dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ expr }, index): [string, string] => [`panel ${panel.title}, ${index + 1}`, expr]),
  ),
];

describe('expressions', () => {
  const known = new Map<string, string[]>([...metricsOfOurs(), ...metricsOfOthers]);

  test('are taken apart as they should be', () => {
    const expression = 'sum by (le, x) (rate(a_b{c="d",e=~"f|{g}"}[5m])) / on () h offset 15m > 0 or vector(0)';
    expect(metricsIn(expression)).toEqual(['a_b', 'h']);
    expect(labelsIn(expression)).toEqual(['c', 'e', 'le', 'x']);
  });

  test.each(expressions)('%s asks for metrics and labels that exist', (_where, expression) => {
    const metrics = metricsIn(expression);
    expect(metrics).not.toEqual([]);
    expect(metrics.filter((metric) => !known.has(metric))).toEqual([]);
    const labels = [...LABELS_OF_TARGETS, ...metrics.flatMap((metric) => known.get(metric) ?? [])];
    expect(labelsIn(expression).filter((label) => !labels.includes(label))).toEqual([]);
  });

  test('every metric of the consumer, of the sources and of the storefront can be seen on the dashboard', () => {
    const seen = expressions.slice(alerts.length).flatMap(([, expression]) => metricsIn(expression));
    const ours = [...known.keys()].filter((name) => /^(consumer|source|storefront)_/.test(name));
    const base = (name: string) => name.replace(/_(bucket|sum|count)$/, '');
    expect(ours.filter((name) => !seen.some((other) => base(other) === base(name)))).toEqual([]);
  });
});

describe('alerts', () => {
  test('have a name each, in words of their own', () => {
    expect(new Set(alerts.map((rule) => rule.alert)).size).toBe(alerts.length);
  });

  test.each(alerts)('$alert says what is the matter, how bad it is and where to read on', (rule) => {
    expect(rule.alert).toMatch(/^([A-Z][a-z]+)+$/);
    expect(['critical', 'warning']).toContain(rule.labels.severity);
    expect(rule.annotations.summary).toMatch(/\.$/);
    expect(rule.annotations.description).toMatch(/\.$/);
    // No URL: where this repository is looked at is not known here, and a path would lead into Prometheus.
    expect(rule.annotations.runbook).toBe(`docs/operations.md, section ${rule.alert}`);
    expect(rule.annotations).not.toHaveProperty('runbook_url');
  });

  test.runIf(existsSync(at('docs/operations.md')))('each have their section in docs/operations.md', () => {
    const headings = [...read('docs/operations.md').matchAll(/^#+ (\w+)$/gm)].map((match) => match[1] ?? '');
    expect(alerts.filter(({ alert }) => !headings.includes(alert)).map(({ alert }) => alert)).toEqual([]);
  });
});

describe('Prometheus', () => {
  test('scrapes services of the Compose file, ours on the ports on which they listen', () => {
    const port = (service: string) => compose.services[service]?.environment?.HTTP_PORT ?? '';
    const targetsOf = (job: string) =>
      prometheus.scrape_configs
        .find(({ job_name }) => job_name === job)
        ?.static_configs?.flatMap((config) => config.targets);
    expect(targetsOf('source-api')).toEqual(
      ['api-system-1', 'api-system-2'].map((service) => `${service}:${port(service)}`),
    );
    // As many copies as there are, so by name.
    for (const [job, port] of [
      ['storefront', 'STOREFRONT_HTTP_PORT'],
      ['consumer', 'CONSUMER_HTTP_PORT'],
    ] as const) {
      const [copies, ...more] =
        prometheus.scrape_configs.find(({ job_name }) => job_name === job)?.dns_sd_configs ?? [];
      expect(more).toEqual([]);
      expect(copies?.names).toEqual([job]);
      expect(compose.services).toHaveProperty(job);
      expect(read('Dockerfile')).toMatch(new RegExp(`^ENV ${port}=${copies?.port ?? ''}$`, 'm'));
    }
  });

  test('asks every node of the broker, those of a cluster too', () => {
    const jobs = prometheus.scrape_configs.filter(({ job_name }) => job_name.startsWith('rabbitmq'));
    expect(jobs).toHaveLength(2);
    for (const { file_sd_configs } of jobs)
      expect(file_sd_configs).toEqual([{ files: ['/etc/prometheus/rabbitmq-nodes.yml'] }]);
    expect(parse(read('monitoring/rabbitmq-nodes.yml'))).toEqual([{ targets: ['rabbitmq:15692'] }]);
    expect(compose.services.prometheus?.volumes).toContain(
      './monitoring/rabbitmq-nodes.yml:/etc/prometheus/rabbitmq-nodes.yml:ro',
    );
    expect(read('rabbitmq/enabled_plugins')).toContain('rabbitmq_prometheus');
  });

  test('has no sum over the nodes of what the node of a leader alone knows', () => {
    for (const [where, expression] of expressions)
      expect(expression, where).not.toMatch(/\b(sum|avg|min)\b[^(]*\([^)]*rabbitmq_detailed_queue/);
  });

  test('tells errors of a storefront, which has no system, from those of a source', () => {
    expect(alerts.find(({ alert }) => alert === 'ApiErrors')?.expr).toContain('by (job, system)');
  });

  test('every file that a service mounts is there, the rules among them', () => {
    const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) =>
      volumes.filter((mount) => mount.startsWith('./')).map((mount) => mount.split(':')),
    );
    for (const [source = ''] of mounted) expect(existsSync(at(source)), source).toBe(true);
    const targets = mounted.map(([, target]) => target);
    for (const file of prometheus.rule_files) expect(targets).toContain(`/etc/prometheus/${file}`);
  });
});

describe('the dashboard', () => {
  const panels = dashboard.panels.filter((panel) => panel.type !== 'row');

  test('asks the Prometheus of the Compose file', () => {
    const uids = panels.flatMap((panel) => [
      panel.datasource?.uid,
      ...(panel.targets ?? []).map((t) => t.datasource.uid),
    ]);
    expect([...new Set(uids)]).toEqual(datasources.map(({ uid }) => uid));
    expect(compose.services).toHaveProperty(new URL(datasources[0]?.url ?? '').hostname);
  });

  test('says of every panel what it shows', () => {
    expect(new Set(dashboard.panels.map((panel) => panel.id)).size).toBe(dashboard.panels.length);
    for (const panel of panels) expect(panel.description, panel.title).toMatch(/\.$/);
  });

  test('is the first that Grafana shows', () => {
    const home = compose.services.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
    expect(compose.services.grafana?.volumes).toContain(
      `./monitoring/grafana/dashboards:${home.slice(0, home.lastIndexOf('/'))}:ro`,
    );
    expect(existsSync(at(`monitoring/grafana/dashboards/${home.slice(home.lastIndexOf('/') + 1)}`))).toBe(true);
  });
});
