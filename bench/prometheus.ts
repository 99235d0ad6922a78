/**
 * Value of a metric in Prometheus' text form: the sum over its label sets, or over those that hold `label` (such as
 * `outcome="dead"`). 0 where it is not there: a counter with labels appears with its first increment.
 */
export function metricValue(text: string, name: string, label?: string): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name) || (line[name.length] !== ' ' && line[name.length] !== '{')) continue;
    if (label !== undefined && !line.includes(label)) continue;
    sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}
