/** A virtual host: each scenario has one of its own, so that no queue holds anything of the one before. */
export async function createVhost(managementUrl: string, name: string): Promise<void> {
  await callManagement(managementUrl, 'PUT', `/vhosts/${name}`);
  await callManagement(managementUrl, 'PUT', `/permissions/${name}/guest`, {
    configure: '.*',
    write: '.*',
    read: '.*',
  });
}

export const deleteVhost = (managementUrl: string, name: string): Promise<void> =>
  callManagement(managementUrl, 'DELETE', `/vhosts/${name}`);

async function callManagement(managementUrl: string, method: string, path: string, body?: object): Promise<void> {
  const { username, password, origin } = new URL(managementUrl);
  const answer = await fetch(`${origin}/api${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`${method} ${path} of the management API was answered with ${answer.status}: ${text}`);
}
